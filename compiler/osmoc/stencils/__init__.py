"""Many like tasks, compiled once: what a loop of the template repeats differs in a few words, and what
becomes of it differs in the same few.

    cutting    the expanded text, cut into the items of `tasks:`, and each into copied text and slots
    exploring  which slots stand where any word will do, so that items can share a family
    probing    two small specs with a stand-in for each item's open slots go through all passes
    filling    what came out, with slots: filled for each item, and hashed

The result is what the passes would have given, byte for byte, or None: whatever is not surely the same (a
complaint, a dependency, a word that means something, too few items) is left to the passes. A property test
holds both together. Reference: perf, section 6.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from osmoc.options import Options
from osmoc.passing import Expanded
from osmoc.pool import Pool
from osmoc.stencils.cutting import cut
from osmoc.stencils.exploring import explore, families
from osmoc.stencils.filling import sheet_of
from osmoc.stencils.probing import Setting, probe

__all__ = ["documents"]

FEWEST_ITEMS = 32
"""Fewer are compiled faster than families are found."""
ITEMS_OF_A_FAMILY = 4
"""Each family costs as much as two or three items."""


def documents(expanded: Expanded, folder: Path, options: Options, pool: Pool) -> Iterator[str] | None:
    """The manifests' YAML, a text for each document, where the spec is a list of many like tasks; else None.

    Every check is made before the first text is asked for.
    """
    items = cut(expanded, FEWEST_ITEMS)
    if items is None:
        return None
    shapes = explore(items)
    if shapes is None:
        return None
    like = families(items, shapes)
    if like is None or len(like.members) * ITEMS_OF_A_FAMILY > len(items.values):
        return None
    setting = Setting(folder, options, pool)
    short, long = (probe(items, shapes, like, longer, setting) for longer in (0, 3))
    sheet = None if short is None or long is None else sheet_of(items, like, short, long)
    return None if sheet is None else sheet.documents()
