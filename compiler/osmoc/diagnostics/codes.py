"""Every code that a message can carry. Numbers never change; the hundreds are the pass that says it.

01 read and command line · 02 template · 03 expand · 04 parse · 05 check · 06 resolve · 07 lower · 08 pool · 09 verify
"""

from __future__ import annotations

from enum import Enum


class Code(Enum):
    """One member a complaint; its text is what the complaint is about, in one line."""

    # 01: read, and what the command line says
    FILE_MISSING = "OSM0101"
    FILE_NOT_TEXT = "OSM0102"
    FILE_UNREADABLE = "OSM0103"
    # 02: template
    # 03: expand
    # 04: parse
    # 05: check
    # 06: resolve
    # 07: lower
    # 08: pool
    # 09: verify
