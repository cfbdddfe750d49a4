"""How the readers of single values say no."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Unfit(Exception):
    """A value that cannot be taken: `message` goes on after it in a sentence, `help` is to be typed."""

    message: str
    help: str = ""
    note: str = ""
