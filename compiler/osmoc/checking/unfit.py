"""How the readers of single values say no."""

from __future__ import annotations


class Unfit(Exception):
    """A value that cannot be taken: `message` goes on after it in a sentence, `help` is to be typed."""

    def __init__(self, message: str, advice: str = "", note: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = advice
        self.note = note
