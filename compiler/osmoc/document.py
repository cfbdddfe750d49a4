"""A YAML document with a place for every part of it: what `parse` gives and `check` takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from osmoc.source import Span
from osmoc_runtime.values import dataclass

# What YAML 1.1 makes of a plain scalar; a `datetime` is a `date`. Binary is refused by `parse`.
Value = str | int | float | bool | date | None


@dataclass(frozen=True, slots=True)
class Scalar:
    value: Value
    at: Span


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple[Node, ...]
    at: Span


@dataclass(frozen=True, slots=True)
class Entry:
    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Entries as written; of entries with an equal key only the last is kept (and a warning was given)."""

    entries: tuple[Entry, ...]
    at: Span


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Document:
    """The whole expanded spec: `root` is the mapping that holds `workflow`."""

    root: Mapping


class OddKey(str):
    """A key that is no text and no number, as a text: `~`, `.nan`, a date. No field is called so."""

    __slots__ = ()


def key_of(key: Scalar) -> str | int | OddKey:
    """What a key is to Cerberus, which sorts keys and compares them: it can do neither with all of YAML's."""
    value = key.value
    return value if isinstance(value, str | int) else OddKey(value)


def plain(node: Node, key: Callable[[Scalar], object] = lambda key: key.value) -> object:
    """The node as ordinary Python values, without places; `key` says what a key becomes."""
    match node:
        case Scalar(value):
            return value
        case Sequence(items):
            return [plain(item, key) for item in items]
        case Mapping(entries):
            return {key(entry.key): plain(entry.value, key) for entry in entries}
