"""The user's own text, and places in it."""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from functools import cached_property

from osmoc_runtime.values import dataclass


@dataclasses.dataclass(frozen=True)
class Source:
    """A text that the user wrote, and the name under which messages show it.

    `name` is the path as the user typed it; it never reaches a manifest.
    """

    name: str
    text: str

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Offsets at which the lines begin; only a line feed ends a line, as in editors and in YAML."""
        starts = [0]
        find = self.text.find
        position = find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = find("\n", position + 1)
        return tuple(starts)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from one."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line, without its end; lines are counted from one."""
        start = self.line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start:] if end < 0 else self.text[start:end]

    def span(self, start: int, end: int, became: str = "") -> Span:
        """The place from `start` up to, but not including, `end`."""
        return Span(self, start, max(end, start), became)

    def start(self) -> Span:
        """The place where nothing more exact can be named: the beginning of the text."""
        return Span(self, 0, 0)


@dataclass(frozen=True, slots=True)
class Span:
    """A place in the user's text: from offset `start` up to, but not including, `end`.

    `became` is what the text turned into, where the template wrote something else there than the user sees.
    """

    source: Source
    start: int
    end: int
    became: str = ""

    @property
    def line(self) -> int:
        return self.source.place(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.place(self.start)[1]

    def __str__(self) -> str:
        line, column = self.source.place(self.start)
        return f"{self.source.name}:{line}:{column}"

    def __repr__(self) -> str:
        return f"<{self}>"

    def __hash__(self) -> int:
        return hash((self.source.name, self.start, self.end))
