"""Output that knows its places: what each piece of a template wrote, and where that piece stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from jinja2 import nodes, pass_context
from jinja2.visitor import NodeTransformer

from osmoc.jinja.marks import Marks
from osmoc.templating import bounds

Part = tuple[str, int, int, bool]
"""A text, the start and end of what wrote it, and whether it was copied from there."""

# Names with a blank: no template can mention these filters.
COPIED = "copied from"
PRINTED = "printed at"
JOINED = "joined with"

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


_PLAIN = (str, int, float, type(None))


class Written(str):
    """Output of a template, and the parts that it is made of."""

    # The underscore keeps it from templates: the sandbox refuses such attributes.
    __slots__ = ("_parts",)
    _parts: tuple[Part, ...]

    def __str__(self) -> str:
        return self


class Rendering:
    """`parts`: the output, in order. `objects`: where a Python object was printed, and as what."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.objects: list[tuple[int, int, str]] = []


def written(text: str, start: int, end: int, *, copied: bool = False) -> Written:
    """The text as written by what stands at `start` to `end`."""
    piece = Written(text)
    piece._parts = ((text, start, end, copied),)
    return piece


def joined(pieces: Sequence[str]) -> Written:
    """The pieces as one text, with the places of all."""
    whole = Written("".join(pieces))
    bounds.check_size(len(whole))
    parts: list[Part] = []
    for piece in pieces:
        if type(piece) is Written:
            parts.extend(piece._parts)
        elif piece:
            # A `{% call %}` of something that is no macro: its place is that of its neighbour.
            parts.append((str(piece), *(parts[-1][1:3] if parts else (0, 0)), False))
    whole._parts = tuple(parts)
    return whole


def mark_output(tree: nodes.Template, marks: Marks, rendering: Rendering) -> dict[str, Callable[..., object]]:
    """Change the tree so that all that it prints is Written; gives the filters that it then needs."""
    copies: list[Written] = []
    _Marking(marks, copies).visit(tree)

    # Filters that take the context are never evaluated while Jinja compiles.
    @pass_context
    def copied_from(_context: object, index: int) -> Written:
        return copies[index]

    @pass_context
    def printed_at(_context: object, value: object, start: int, end: int) -> Written:
        if type(value) is Written:
            return value
        text = value if type(value) is str else str(value)
        if not isinstance(value, _PLAIN) and _ADDRESS.search(text):
            # The same spec gives the same text: an address is another one each time.
            text = _ADDRESS.sub("", text)
            rendering.objects.append((start, end, text))
        return written(text, start, end)

    return {COPIED: copied_from, PRINTED: printed_at, JOINED: _joined_with}


def _joined_with(*values: object) -> str:
    texts = [str(value) for value in values]
    bounds.check_size(sum(map(len, texts)))
    return "".join(texts)


class _Marking(NodeTransformer):
    def __init__(self, marks: Marks, copies: list[Written]) -> None:
        self._marks = marks
        self._copies = copies

    def visit_Output(self, node: nodes.Output) -> nodes.Output:  # noqa: N802
        self.generic_visit(node)
        node.nodes = [self._marked(child) for child in node.nodes]
        return node

    def visit_FilterBlock(self, node: nodes.FilterBlock) -> nodes.FilterBlock:  # noqa: N802
        self.generic_visit(node)
        node.filter = self._printed(node.filter, *self._marks.around(node.lineno))
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802
        """`a ~ b`, which Jinja offers no way to bound."""
        self.generic_visit(node)
        first, *rest = node.nodes
        return nodes.Filter(first, JOINED, rest, [], None, None, lineno=node.lineno)

    def _marked(self, child: nodes.Expr) -> nodes.Expr:
        if not isinstance(child, nodes.TemplateData):
            return self._printed(child, *self._marks.around(child.lineno))
        start = child.lineno
        self._copies.append(written(child.data, start, start + len(child.data), copied=True))
        index = nodes.Const(len(self._copies) - 1, lineno=start)
        return nodes.Filter(index, COPIED, [], [], None, None, lineno=start)

    def _printed(self, child: nodes.Expr, start: int, end: int) -> nodes.Filter:
        places: list[nodes.Expr] = [nodes.Const(start, lineno=start), nodes.Const(end, lineno=start)]
        return nodes.Filter(child, PRINTED, places, [], None, None, lineno=start)
