"""Kubernetes objects as YAML text: block style, keys in their order, the same bytes each time.

Own, since the ready writers are slow or leave strings bare that another reader takes for something else
(`1e3`, `08`, `0o17`, `on`): a string is quoted here where YAML 1.1, YAML 1.2 or Go's reader could see more
than a string in it. What is bare is named by one regular expression; everything that it does not know is
quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from osmoc.shared import SharedList, SharedMap

SEPARATOR = "---\n"

# Bare: begins like a word, a path or an option, and has nothing inside that YAML reads as syntax. A colon
# must stand before text.
_BARE = re.compile(
    r"(?:[A-Za-z/$]|_+[A-Za-z]|--?[A-Za-z]|\.{1,2}/|[0-9](?=[0-9.]*[G-WYZg-mp-wyz]))"
    r"(?:[A-Za-z0-9_./@+=,%~^()$;&<>'\"\\|-]|:(?=[A-Za-z0-9_./@-])| (?=[A-Za-z0-9_./@$(<>&|=+'\"%-]))*"
)
# Words that are booleans or nothing, for one reader or another.
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "y", "n", "null"))
_TIME = re.compile(r"[0-9]{4}-[0-9]")

# What stands in the text as it is; all else is escaped. Not Python's own idea of printable, which each
# version changes.
_ASCII = " -~"
_VISIBLE = (
    " -~\u00a1-\u00ac\u00ae-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\ud7ff"
    "\uf900-\ufdcf\ufdf0-\ufefe\uff00-\uffef\U00010000-\U000dffff"
)

_ESCAPES = {
    "\n": "\\n",
    "\t": "\\t",
    "\r": "\\r",
    "\0": "\\0",
}

_LIST_TYPES = (list, tuple)


def write(objects: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """The objects as a stream of YAML documents, a text for each, `---` before all but the first."""
    writer = _Writer(text_value)
    separator = ""
    for body in objects:
        yield separator + writer.document(body)
        separator = SEPARATOR


def document(body: Mapping[str, object], write_text: Callable[[str, str], str] | None = None) -> str:
    """One object, with a line end at its end. Values: mappings with texts as keys, lists, texts, numbers,
    booleans, None.

    `write_text`: what writes a value that is a text, instead of `text_value`.
    """
    return _Writer(write_text or text_value).document(body)


class _Writer:
    """Writes objects, and remembers the texts of the parts that they share."""

    def __init__(self, write_text: Callable[[str, str], str]) -> None:
        self._text = write_text
        # By identity, indent, and whether the part begins behind a dash; the parts are kept, so that no
        # identity is used twice.
        self._known: dict[tuple[int, str, str], tuple[object, str]] = {}

    def document(self, body: Mapping[str, object]) -> str:
        if not body:
            return "{}\n"
        lines: list[str] = []
        self._mapping(lines, body, "", "")
        return "".join(lines)

    def _mapping(self, lines: list[str], body: Mapping[str, object], pad: str, first: str) -> None:
        """The entries at the indent `pad`, the first one behind `first` instead, which is as wide."""
        if type(body) is SharedMap:
            lines.append(self._once(body, pad, first))
            return
        start = first
        for key, value in body.items():
            name = start + _key(key)
            if type(value) is str:
                lines.append(f"{name}: {self._text(value, pad)}\n")
            elif isinstance(value, Mapping) and value:
                lines.append(f"{name}:\n")
                inner = pad + "  "
                self._mapping(lines, value, inner, inner)
            elif isinstance(value, _LIST_TYPES) and value:
                lines.append(f"{name}:\n")
                self._sequence(lines, value, pad, pad)
            else:
                lines.append(f"{name}: {_simple(value)}\n")
            start = pad

    def _sequence(self, lines: list[str], items: Iterable[object], pad: str, first: str) -> None:
        """The items, each behind a dash at the indent `pad`; dashes stand below the key, as kubectl writes
        them.
        """
        if type(items) is SharedList:
            lines.append(self._once(items, pad, first))
            return
        start = first
        inner = pad + "  "
        for item in items:
            if type(item) is str:
                lines.append(f"{start}- {self._text(item, pad)}\n")
            elif isinstance(item, Mapping) and item:
                self._mapping(lines, item, inner, f"{start}- ")
            elif isinstance(item, _LIST_TYPES) and item:
                self._sequence(lines, item, inner, f"{start}- ")
            else:
                lines.append(f"{start}- {_simple(item)}\n")
            start = pad

    def _once(self, part: SharedMap | SharedList, pad: str, first: str) -> str:
        place = (id(part), pad, first)
        if place not in self._known:
            lines: list[str] = []
            if isinstance(part, SharedMap):
                self._mapping(lines, dict(part), pad, first)
            else:
                self._sequence(lines, list(part), pad, first)
            self._known[place] = (part, "".join(lines))
        return self._known[place][1]


def _simple(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _float(value)
        case str():
            return scalar(str(value))
        case Mapping():
            return "{}"
        case list() | tuple():
            return "[]"
        case _:
            raise TypeError(f"{value!r} is nothing that YAML can say")


def _float(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        raise TypeError(f"{value!r} is no number of JSON")
    text = repr(value)
    # `1e+16` is a text for YAML 1.1, which wants a point.
    mantissa, exponent, power = text.partition("e")
    return text if not exponent or "." in mantissa else f"{mantissa}.0e{power}"


def text_value(value: str, pad: str) -> str:
    """A text as a value at the indent `pad`: on one line, or as a block where it has several."""
    if "\n" in value and len(value) > 1:
        block = _block(value, pad + "  ")
        if block is not None:
            return block
    return scalar(value)


def _block(value: str, pad: str) -> str | None:
    """The text as a literal block without the last line end; None where a reader could lose something
    of it.
    """
    begun = value.lstrip("\n")
    if not begun or begun[0] in " \t" or not _shows(value, "\n\t"):
        return None
    body = value.rstrip("\n")
    ends = len(value) - len(body)
    mark = ("|-", "|")[ends] if ends < 2 else "|+"
    lines = [f"{pad}{line}" if line else "" for line in body.split("\n")]
    if any(line.isspace() for line in lines):
        return None
    return "\n".join([mark, *lines, *[""] * (ends - 1)])


@lru_cache(maxsize=4096)
def _key(key: str) -> str:
    return scalar(key)


def scalar(value: str) -> str:
    """The text on one line: bare where every reader takes it for a text, quoted otherwise."""
    if len(value) < 100:
        return _short(value)
    return _scalar(value)


def _scalar(value: str) -> str:
    if _BARE.fullmatch(value) and value.lower() not in _WORDS and not _TIME.match(value):
        return value
    if _shows(value) and "'" not in value and ('"' in value or "\\" in value):
        return f"'{value}'"
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _pattern(f"[^{_ASCII if quoted.isascii() else _VISIBLE}]").sub(_escape, quoted) + '"'


def _shows(value: str, also: str = "") -> bool:
    """Whether all of the text can stand in the output as it is."""
    visible = _ASCII if value.isascii() else _VISIBLE
    return _pattern(f"[{visible}{also}]*").fullmatch(value) is not None


@lru_cache(maxsize=16)
def _pattern(form: str) -> re.Pattern[str]:
    # On first use: Unicode's ranges take longer to compile than a small workflow to write.
    return re.compile(form)


_short = lru_cache(maxsize=16384)(_scalar)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _ESCAPES:
        return _ESCAPES[character]
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
