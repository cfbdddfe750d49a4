"""Which slots stand where any word will do: in a task's name, a word of its command, the value of a variable,
or behind the scheme of an address. In all other places a word has a meaning, and items that differ there are
of different families.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from osmoc import document, naming, tokens, yamltext
from osmoc.checking.names import MOST_ALONE, claim_alone, is_name
from osmoc.diagnostics.diagnostic import Diagnostics, Rejected
from osmoc.document import Node, Scalar, Sequence
from osmoc.source import Source
from osmoc.stencils.cutting import Items, Shape
from osmoc_runtime import contract
from osmoc_runtime.values import dataclass

# Words that stay what they are in any place where YAML reads a text, and in any name.
_WORD = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")
_NAME_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_WORD = 64
_WHOLE_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
_ADDRESS = re.compile(r"(?:s3|gs)://")
# An anchor, an alias or a merge: what one item says may count for another.
_SHARED = re.compile(r"(?:^|[\s,\[{])[&*]\w|<<[ \t]*:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Use:
    """A text of an item, its name or one with slots: the numbers among `pieces`.

    `plain`: it is not quoted. `mentions`: it speaks of the output folder, whatever the slots say.
    """

    name: bool
    plain: bool
    mentions: bool
    pieces: tuple[str | int, ...]

    def of(self, values: tuple[str, ...]) -> str:
        return "".join([piece if isinstance(piece, str) else values[piece] for piece in self.pieces])


Uses = tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Families:
    """Items that become the same but for their open slots. `members`: for each family, the shape and the
    value of each slot, None where it is open. `family[i]`: that of item i. `longest`: the open words'.
    """

    members: tuple[tuple[int, tuple[str | None, ...]], ...]
    family: tuple[int, ...]
    longest: int


class StandIns:
    """Words that the text has nowhere, to stand for the values of slots."""

    def __init__(self, items: Items) -> None:
        texts = [piece.text.lower() for shape in (items.head, *items.shapes, items.tail) for piece in shape]
        stem = "zq"
        while any(stem in text for text in texts):
            stem += "q"
        self._stem = stem
        self.pattern = re.compile(rf"{stem}([0-9]+)x")

    def short(self, slot: int) -> str:
        return f"{self._stem}{slot}x"

    def word(self, slot: int, length: int, *, name: bool) -> str:
        """At least `length` long, and with every sign that a word may have."""
        return self.short(slot) + ("-" if name else "-K_v.") + "7w" * (length // 2 + 1)


def explore(items: Items) -> tuple[Uses, ...] | None:
    """The uses of slots in each shape; None where the items are none of the list `tasks`.

    YAML reads one item of each shape, and the first twice. Each begins where the one before has ended, so a
    text of any of them, in any order, is a list of such items; but the last, where it ends the text without a
    line end, which stays the last.
    """
    stand_ins = StandIns(items)
    texts = ["".join(_with_stand_ins(shape, stand_ins)) for shape in (items.shapes[0], *items.shapes)]
    if texts[-1].endswith("\n"):
        texts = [*texts[1:], texts[0]]
    head, tail = ("".join([piece.text for piece in part]) for part in (items.head, items.tail))
    whole = head + "".join(texts) + tail
    if _SHARED.search(whole):
        return None
    tasks = _tasks(whole)
    if tasks is None or len(tasks.items) != len(texts):
        return None
    start = len(head)
    for text, item in zip(texts, tasks.items, strict=True):
        if not start <= item.at.start < start + len(text):
            return None
        start += len(text)
    read = tasks.items[:-1] if texts[-1].endswith("\n") else tasks.items[1:]
    shapes = tuple(tuple(_uses(item, whole, stand_ins)) for item in read)
    return shapes if all(any(use.name for use in shape) for shape in shapes) else None


def _with_stand_ins(shape: Shape, stand_ins: StandIns) -> Iterator[str]:
    slot = 0
    for piece in shape:
        yield piece.text if piece.copied else stand_ins.short(slot)
        slot += not piece.copied


def _tasks(text: str) -> Sequence | None:
    try:
        root = yamltext.load_marked(Source("", text), Diagnostics())
    except Rejected:
        return None
    found: Node | None = root
    for key in ("workflow", "tasks"):
        if not isinstance(found, document.Mapping):
            return None
        found = _value(found, key)
    return found if isinstance(found, Sequence) else None


def _value(mapping: document.Mapping, key: str) -> Node | None:
    return next((entry.value for entry in mapping.entries if entry.key.value == key), None)


def _uses(item: Node, text: str, stand_ins: StandIns) -> Iterator[Use]:
    if not isinstance(item, document.Mapping):
        return
    for key, node in _open_texts(item):
        if isinstance(node, Scalar) and isinstance(node.value, str):
            parts = stand_ins.pattern.split(node.value)
            if (len(parts) > 1 or key == "name") and not _half_a_token(parts[::2]):
                yield Use(
                    name=key == "name",
                    plain=text[node.at.start] not in "'\"|>",
                    mentions=any(contract.OUTPUT in part for part in parts[::2]),
                    pieces=tuple(int(part) if index % 2 else part for index, part in enumerate(parts)),
                )


def _open_texts(item: document.Mapping) -> Iterator[tuple[str, Node]]:
    for entry in item.entries:
        key = str(entry.key.value)
        if key == "name":
            yield key, entry.value
        elif key in ("command", "args") and isinstance(entry.value, Sequence):
            yield from ((key, word) for word in entry.value.items)
        elif key == "environment" and isinstance(entry.value, document.Mapping):
            yield from ((key, variable.value) for variable in entry.value.entries)
        elif key in ("inputs", "outputs", "checkpoint") and isinstance(entry.value, Sequence):
            for one in entry.value.items:
                url = _value(one, "url") if isinstance(one, document.Mapping) else None
                if isinstance(url, Scalar) and _ADDRESS.match(str(url.value)):
                    yield key, url


def _half_a_token(parts: list[str]) -> bool:
    """Whether a word between these parts could become a part of a run-time token."""
    return any(
        "{{" in piece or "}}" in piece
        for part in parts
        for piece in tokens.split(part)
        if isinstance(piece, str)
    )


def families(items: Items, shapes: tuple[Uses, ...]) -> Families | None:
    """The items' families; None where a name is taken, which the passes can say better."""
    numbers: dict[tuple[int, tuple[str | None, ...]], int] = {}
    family: list[int] = []
    longest = 0
    names: set[str] = set()
    for shape, values in zip(items.shape, items.values, strict=True):
        slots: set[int] = set()
        for use in shapes[shape]:
            text = use.of(values)
            if use.name and not claim_alone(text, names):
                return None
            if _means_itself(use, text, values):
                slots.update(piece for piece in use.pieces if isinstance(piece, int))
        member = (shape, tuple([None if slot in slots else value for slot, value in enumerate(values)]))
        family.append(numbers.setdefault(member, len(numbers)))
        longest = max(longest, max((len(values[slot]) for slot in slots), default=0))
    return Families(tuple(numbers), tuple(family), longest)


def _means_itself(use: Use, text: str, values: tuple[str, ...]) -> bool:
    """Whether nothing but the text's own words follows from it."""
    if not all(_is_word(use.name, values[piece]) for piece in use.pieces if isinstance(piece, int)):
        return False
    if contract.OUTPUT in text and not use.mentions:
        return False
    return _is_name(text, use.plain) if use.name else _is_opaque(text, use.plain)


@lru_cache(maxsize=65536)
def _is_word(name: bool, value: str) -> bool:
    return len(value) <= _LONGEST_WORD and (_NAME_WORD if name else _WORD).fullmatch(value) is not None


@lru_cache(maxsize=65536)
def _is_opaque(text: str, plain: bool) -> bool:
    # A number becomes the text that it was written as.
    return not plain or yamltext.is_text(text) or _WHOLE_NUMBER.fullmatch(text) is not None


def _is_name(text: str, plain: bool) -> bool:
    return (
        is_name(text)
        and len(text) <= MOST_ALONE
        and naming.container(text) == naming.slug(text)
        and (not plain or yamltext.is_text(text))
    )
