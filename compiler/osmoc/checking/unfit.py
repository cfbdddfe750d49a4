"""How the readers of single values say no."""

from __future__ import annotations


class Unfit(Exception):
    """A value that cannot be taken: the message ends a sentence that begins with the value; `help` is something to type."""

    def __init__(self, message: str, help: str = "", note: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help
        self.note = note
