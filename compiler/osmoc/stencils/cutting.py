"""The expanded text, cut into the items of `tasks:`, and each item into copied text and slots."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise

from osmoc.passing import Expanded
from osmoc.source import Span
from osmoc_runtime.values import dataclass

_TASKS = re.compile(r"^ +tasks:[ \t]*(?:#.*)?$", re.MULTILINE)
_FIRST = re.compile(r"\n(?:[ \t]*(?:#.*)?\n)*( +)- ")


@dataclass(frozen=True, slots=True)
class Piece:
    """Text and the place that wrote it; `copied`: it stands there as it is here. Else it is a slot's."""

    text: str
    origin: Span
    copied: bool


Shape = tuple[Piece, ...]
"""The pieces of an item. Items of one shape differ in the texts of their slots and in nothing else."""


@dataclass(frozen=True, slots=True)
class Items:
    """The text before the items, a shape for each kind of item, and the text behind them.

    Item i is of the shape `shape[i]`, and `values[i]` are the texts of its slots.
    """

    head: Shape
    shapes: tuple[Shape, ...]
    tail: Shape
    shape: tuple[int, ...]
    values: tuple[tuple[str, ...], ...]


def cut(expanded: Expanded, fewest: int) -> Items | None:
    """The items; None where no loop wrote them, or fewer than `fewest`.

    Found by their indentation alone: `explore` asks YAML whether they are items indeed.
    """
    text, origins = expanded.text, expanded.origins
    if len(origins.starts) < fewest:
        return None
    lists = list(_TASKS.finditer(text))
    first = _FIRST.match(text, lists[0].end()) if len(lists) == 1 else None
    if first is None:
        return None
    pad, begin = first[1], first.start(1)
    behind = re.compile(rf"^(?!{pad}[ -]| *(?:#|$))", re.MULTILINE).search(text, begin)
    end = behind.start() if behind else len(text)
    starts = [match.start() for match in re.compile(f"^{pad}- ", re.MULTILINE).finditer(text, begin, end)]
    if len(starts) < fewest:
        return None
    return _shaped(_Pieces(expanded), [*starts, end])


def _shaped(pieces: _Pieces, bounds: list[int]) -> Items | None:
    numbers: dict[tuple[int, ...], int] = {}
    shapes: list[Shape] = []
    shape: list[int] = []
    values: list[tuple[str, ...]] = []
    for start, end in pairwise(bounds):
        found = pieces.key(start, end)
        if found is None:
            return None
        key, texts = found
        number = numbers.setdefault(key, len(shapes))
        if number == len(shapes):
            shapes.append(pieces.between(start, end))
        shape.append(number)
        values.append(texts)
    return Items(
        pieces.between(0, bounds[0]),
        tuple(shapes),
        pieces.between(bounds[-1], pieces.length),
        tuple(shape),
        tuple(values),
    )


class _Pieces:
    """The pieces of the expanded text, read from the front."""

    def __init__(self, expanded: Expanded) -> None:
        origins = expanded.origins
        self._text = expanded.text
        self._starts = (*origins.starts, len(expanded.text))
        self._origins = origins.origins
        self._copied = origins.verbatim
        self._next = 0
        self.length = len(expanded.text)

    def key(self, start: int, end: int) -> tuple[tuple[int, ...], tuple[str, ...]] | None:
        """What items of one shape have in common, and the texts of the slots. None where a slot is in two
        items. To be called with growing places.
        """
        text, starts, copied, origins = self._text, self._starts, self._copied, self._origins
        index = self._next
        while starts[index + 1] <= start:
            index += 1
        key: list[int] = []
        values: list[str] = []
        position = start
        while position < end:
            begun, stop, origin = starts[index], starts[index + 1], origins[index]
            if copied[index]:
                # Copied text is known by where it is copied from.
                stop = min(stop, end)
                key += (origin.start + position - begun, stop - position)
            elif begun < start or stop > end:
                return None
            else:
                key += (origin.start, -1)
                values.append(text[position:stop])
            position = stop
            if stop == starts[index + 1]:
                index += 1
        self._next = max(index - 1, 0)
        return tuple(key), tuple(values)

    def between(self, start: int, end: int) -> Shape:
        """The pieces from `start` to `end`, those at the ends cut."""
        pieces: list[Piece] = []
        index = max(bisect_right(self._starts, start) - 1, 0)
        while start < end:
            stop = min(self._starts[index + 1], end)
            origin, copied = self._origins[index], self._copied[index]
            if copied:
                moved = origin.start - self._starts[index]
                origin = Span(origin.source, start + moved, stop + moved)
            pieces.append(Piece(self._text[start:stop], origin, copied))
            start = stop
            index += 1
        return tuple(pieces)
