"""Reading a mapping of the spec field by field.

The shape was judged before: what is missing or of a wrong type was complained about, and reads as absent
here, so that the constructors find what else is wrong in the same pass.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from datetime import date

from osmoc.checking.unfit import Unfit
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.document import Entry, Mapping, Node, Scalar, Sequence
from osmoc.source import Span
from osmoc.spec import Text

_TRUE = frozenset({"1", "on", "t", "true", "y", "yes"})
_FALSE = frozenset({"0", "off", "f", "false", "n", "no"})
# What the reference's int takes from a string; Kubernetes counts in 64 bits.
_WHOLE = re.compile(r"\s*[+-]?[0-9]+(?:_[0-9]+)*(?:\.0+)?\s*")
_MOST = 2**63 - 1


class Part:
    """A mapping of the spec with its fields by name, and the collector of complaints."""

    __slots__ = ("_entries", "diagnostics", "mapping")

    def __init__(self, diagnostics: Diagnostics, mapping: Mapping) -> None:
        self.diagnostics = diagnostics
        self.mapping = mapping
        self._entries: dict[object, Entry] = {entry.key.value: entry for entry in mapping.entries}

    @property
    def at(self) -> Span:
        """The place of the mapping's first line."""
        return self.mapping.at

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    @property
    def names(self) -> set[object]:
        """The fields that are there, known or not."""
        return set(self._entries)

    def node(self, name: str) -> Node | None:
        """The field's value, or None where it is absent."""
        entry = self._entries.get(name)
        return None if entry is None else entry.value

    def key_at(self, name: str) -> Span:
        """The place of the field's name, or of the whole where it is absent."""
        entry = self._entries.get(name)
        return self.at if entry is None else entry.key.at

    def string(self, name: str) -> Text | None:
        """The field as the string that it is."""
        node = self.node(name)
        return Text(node.value, node.at) if isinstance(node, Scalar) and isinstance(node.value, str) else None

    def text(self, name: str) -> Text | None:
        """The field as text; a number becomes text."""
        node = self.node(name)
        return None if node is None else as_text(node)

    def texts(self, name: str) -> tuple[Text, ...]:
        """The texts of a list; what is none is left out."""
        return tuple(text for item in self.items(name) if (text := as_text(item)) is not None)

    def items(self, name: str) -> tuple[Node, ...]:
        """The list's nodes; none where the field is absent or no list."""
        node = self.node(name)
        return node.items if isinstance(node, Sequence) else ()

    def parts(self, name: str) -> Iterator[Part]:
        """The mappings of a list."""
        for item in self.items(name):
            if isinstance(item, Mapping):
                yield Part(self.diagnostics, item)

    def part(self, name: str) -> Part | None:
        """The mapping that the field is, if it is one."""
        node = self.node(name)
        return Part(self.diagnostics, node) if isinstance(node, Mapping) else None

    def entries(self, name: str) -> tuple[Entry, ...]:
        """The mapping's entries in the order written."""
        node = self.node(name)
        return node.entries if isinstance(node, Mapping) else ()

    def flag(self, name: str, *, default: bool) -> bool:
        """The field as the reference reads a truth value: true, yes, on, 1 … in any case (osmo-spec 2.3)."""
        node = self.node(name)
        if not isinstance(node, Scalar):
            return default
        word = _flag_word(node.value)
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
        if word is not None:
            self.diagnostics.error(
                Code.NOT_YES_OR_NO,
                f"`{name}` is `{node.value}`, and `true` or `false` is needed",
                node.at,
                help=f"write `{name}: true` or `{name}: false`",
            )
        return default

    def whole_number(self, name: str) -> int | None:
        """The field as the reference reads an integer: `2`, `"2"`, `2.0`, and true as 1 (osmo-spec 2.10)."""
        node = self.node(name)
        if not isinstance(node, Scalar) or node.value is None or isinstance(node.value, date):
            return None
        number = _whole(node.value)
        if number is None:
            self.diagnostics.error(
                Code.NOT_WHOLE,
                f"`{name}` is `{node.value}`, and a whole number is needed",
                node.at,
                help=_rounded(name, node.value),
            )
        elif number < 0:
            self.diagnostics.error(
                Code.NEGATIVE, f"`{name}` is {number}, and Kubernetes takes none below 0", node.at
            )
        return number

    def pattern(self, name: str = "regex") -> str:
        """The field as a regular expression of Python's; empty where it is absent or a wrong one."""
        text = self.string(name)
        if text is None:
            return ""
        try:
            with warnings.catch_warnings():
                # Python's own remarks on a pattern are for programmers, not for the command line.
                warnings.simplefilter("ignore")
                re.compile(text.value)
        except (re.error, OverflowError, RecursionError) as error:
            self.diagnostics.error(
                Code.NOT_A_PATTERN, f"`{text.value}` is no regular expression: {error}", text.at
            )
            return ""
        return text.value

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """The field as one of the words; `default` where it is absent or, complained about, another."""
        text = self.string(name)
        if text is None:
            return default
        if text.value not in allowed:
            from osmoc.diagnostics.suggest import did_you_mean

            words = " or ".join(f"`{word}`" for word in allowed)
            self.diagnostics.error(
                Code.NOT_ALLOWED,
                f"`{name}` is `{text.value}`, and {words} is needed",
                text.at,
                help=did_you_mean(text.value, allowed),
            )
            return default
        return text.value

    def unfit(self, code: Code, text: Text, why: Unfit, *, what: str = "") -> None:
        """Say that the value at `text` cannot be taken."""
        value = f"`{text.value}`" if text.value else "" if what else "the value"
        words = " ".join(word for word in (what, value, why.message) if word)
        self.diagnostics.error(code, words, text.at, help=why.help, note=why.note)


def as_text(node: Node) -> Text | None:
    """The text that the reference makes of a string or a number; of nothing else."""
    match node:
        case Scalar(str() as value):
            return Text(value, node.at)
        case Scalar(bool()):
            return None
        case Scalar(int() | float() as value):
            return Text(str(value), node.at)
        case _:
            return None


def as_scalar_text(node: Node) -> Text | None:
    """As text what the reference makes text of by str(): also `True` and `False` (osmo-spec 2.4.1)."""
    if isinstance(node, Scalar) and isinstance(node.value, str | int | float):
        return Text(str(node.value), node.at)
    return None


def key_text(key: Scalar) -> Text:
    """The key as text, as by str() in the reference."""
    return Text(str(key.value), key.at)


def _flag_word(value: object) -> str | None:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return value.lower()
        case int() | float():
            return str(int(value)) if value in (0, 1) else str(value)
        case _:
            return None


def _whole(value: str | int | float) -> int | None:
    match value:
        case str():
            if len(value) > 40 or not _WHOLE.fullmatch(value):
                return None
            number = int(value.strip().partition(".")[0])
        case float():
            if not value.is_integer():
                return None
            number = int(value)
        case _:
            number = int(value)
    return number if abs(number) <= _MOST else None


def _rounded(name: str, value: str | int | float) -> str:
    if name == "cpu" and isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}m", value):
        return f"write `cpu: {max(1, -(-int(value[:-1]) // 1000))}`; the language has whole cores only"
    if isinstance(value, float) and value == value and abs(value) < 1e15:
        return f"write `{name}: {int(-(-value // 1))}`"
    return ""
