"""How commands end: the exit codes, by sysexits.h where it has one."""

from __future__ import annotations

REJECTED = 1
"""The spec is wrong, the workflow failed, or what `--check` compares differs."""
WORLD = 2
"""The cluster, the storage or the disk failed."""
USAGE = 64
BUG = 70
INTERRUPTED = 130
PIPE = 141
"""Who read our output has gone, as with every program that SIGPIPE ends."""


class Interrupted(Exception):
    """Ctrl-C. Typer would make an ordinary exit of KeyboardInterrupt."""


class ReaderGone(Exception):
    """Who read our output has gone. Typer would make exit code 1 of it."""
