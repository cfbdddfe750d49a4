"""Complaints drawn for people: the user's own line, carets below it, what it became, notes and help."""

from __future__ import annotations

import os
import re
import shutil
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostic, Severity
from osmoc.source import Span
from osmoc_runtime.values import dataclass

WIDTH = 120
"""Columns where there is no terminal to ask."""
LONGEST_BECAME = 60
MOST_AT_A_PLACE = 3
TAB = "    "

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Style:
    """How wide the drawing may be, and whether it has colours."""

    width: int = WIDTH
    colour: bool = False

    def paint(self, text: str, codes: str) -> str:
        """The text in a colour, given as codes of ECMA-48."""
        return f"\x1b[{codes}m{text}\x1b[0m" if self.colour and text else text


RED, YELLOW, BLUE, CYAN, BOLD, DIM = "1;31", "1;33", "1;34", "1;36", "1", "2"
_OF = {Severity.ERROR: RED, Severity.WARNING: YELLOW}


def style_of_stderr() -> Style:
    """Colours on a terminal or where FORCE_COLOR is set, and never where NO_COLOR is (no-color.org)."""
    terminal = sys.stderr.isatty()
    wanted = bool(os.environ.get("FORCE_COLOR")) or (terminal and os.environ.get("TERM") != "dumb")
    width = shutil.get_terminal_size((WIDTH, 24)).columns if terminal else WIDTH
    return Style(max(width, 40), wanted and not os.environ.get("NO_COLOR"))


def draw(diagnostics: Iterable[Diagnostic], style: Style | None = None) -> Iterator[str]:
    """Each complaint as lines of text, with an empty line at its end.

    A template's loop makes the same mistake again and again: of a kind at one place the first few are drawn.
    """
    style = style_of_stderr() if style is None else style
    said = list(diagnostics)
    # Whatever the place became: each round of a loop may write something else there.
    kinds = [(one.code, one.at.source.name, one.at.start, one.at.end) for one in said]
    left = Counter(kinds)
    drawn: Counter[tuple[Code, str, int, int]] = Counter()
    for one, kind in zip(said, kinds, strict=True):
        drawn[kind] += 1
        left[kind] -= 1
        if drawn[kind] <= MOST_AT_A_PLACE:
            more = left[kind] if drawn[kind] == MOST_AT_A_PLACE else 0
            yield "\n".join(_lines(one, more, style)) + "\n\n"


def closing(diagnostics: Sequence[Diagnostic], otherwise: str, style: Style | None = None) -> str:
    """The last line: how many mistakes there are and where, and what therefore was not done."""
    style = style_of_stderr() if style is None else style
    errors = [one for one in diagnostics if one.severity is Severity.ERROR]
    names = list(dict.fromkeys(_plain(one.at.source.name) for one in errors))
    count = "1 mistake" if len(errors) == 1 else f"{len(errors)} mistakes"
    places = " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
    end = f"; {otherwise}" if otherwise else ""
    return f"{style.paint('error', RED)}{style.paint(':', BOLD)} {count} in {places}{end}\n"


def further(diagnostics: Sequence[Diagnostic], style: Style | None = None) -> str:
    """Where more can be read: of the first mistake, or of the first warning where there are only such."""
    style = style_of_stderr() if style is None else style
    first = next((one for one in diagnostics if one.severity is Severity.ERROR), diagnostics[0])
    return style.paint(f"for more: osmoc explain {first.code.value}", DIM) + "\n"


def _lines(diagnostic: Diagnostic, more: int, style: Style) -> Iterator[str]:
    colour = _OF[diagnostic.severity]
    head = style.paint(f"{diagnostic.severity.value}[{diagnostic.code.value}]", colour)
    yield head + style.paint(f": {_plain(diagnostic.message)}", BOLD)
    marks = _marks(diagnostic)
    gutter = max((len(str(mark.at.line)) for mark in marks), default=1)
    yield from _snippets(marks, gutter, style, colour)
    pad = " " * gutter
    again = f"{more} more like this at the same place" if more else ""
    for title, text in (("note", diagnostic.note), ("note", again), ("help", diagnostic.help)):
        for number, line in enumerate(_plain(text, keep_lines=True).split("\n") if text else ()):
            opening = f"{pad} {style.paint('=', BLUE)} {style.paint(f'{title}:', CYAN)} "
            yield (opening if number == 0 else f"{pad}         ") + line


@dataclass(frozen=True, slots=True)
class _Mark:
    at: Span
    text: str
    sign: str


def _marks(diagnostic: Diagnostic) -> list[_Mark]:
    became = f"became `{_became(diagnostic.at.became)}`" if diagnostic.at.became else ""
    others = [_Mark(label.at, _plain(label.text), "-") for label in diagnostic.labels]
    return [_Mark(diagnostic.at, became, "^"), *others]


def _became(text: str) -> str:
    first, more, _ = text.strip("\n").partition("\n")
    first = _plain(first)
    return f"{first[: LONGEST_BECAME - 1]}…" if more or len(first) > LONGEST_BECAME else first


def _snippets(marks: list[_Mark], gutter: int, style: Style, colour: str) -> Iterator[str]:
    """The place of the first mark and its file's marked lines in their order; then those of other files."""
    pad = " " * gutter
    bar = style.paint("|", BLUE)
    for number, name in enumerate(dict.fromkeys(mark.at.source.name for mark in marks)):
        here = [mark for mark in marks if mark.at.source.name == name]
        arrow = style.paint("-->" if number == 0 else ":::", BLUE)
        yield f"{pad}{arrow} {_plain(_place(here[0].at))}"
        if not here[0].at.source.text:
            continue
        yield f"{pad} {bar}"
        before = None
        for mark in sorted(here, key=lambda mark: (mark.at.line, mark.sign != "^", mark.at.start)):
            line = mark.at.line
            if line != before:
                if before is not None and line > before + 1:
                    yield style.paint("...", BLUE)
                shown = [other for other in here if other.at.line == line]
                cut = _cut(mark.at, style.width - gutter - 3, shown)
                yield f"{style.paint(str(line).rjust(gutter), BLUE)} {bar} {cut.text}".rstrip()
                before = line
            yield f"{pad} {bar} {_pointer(mark, cut, style, colour if mark.sign == '^' else BLUE)}"


def _place(at: Span) -> str:
    return str(at) if at.source.text else at.source.name


@dataclass(frozen=True, slots=True)
class _Cut:
    """A line as shown: from the character `start` on, with `before` columns put before it."""

    text: str
    start: int
    before: int
    end: int


def _cut(at: Span, room: int, marks: list[_Mark]) -> _Cut:
    """The line, or the part of it around the first mark where it is longer than the room."""
    line = at.source.line(at.line)
    if _width(line) <= room:
        return _Cut(_shown(line), 0, 0, len(line))
    first = min(mark.at.column - 1 for mark in marks)
    start = 0 if _width(line[:first]) < room // 2 else max(first - room // 4, 0)
    before = 1 if start else 0
    end = start
    used = before
    while end < len(line) and used + _width(line[end]) < room:
        used += _width(line[end])
        end += 1
    more = "…" if end < len(line) else ""
    return _Cut(("…" if start else "") + _shown(line[start:end]) + more, start, before, end)


def _pointer(mark: _Mark, cut: _Cut, style: Style, colour: str) -> str:
    line = mark.at.source.line(mark.at.line)
    first = min(max(mark.at.column - 1, cut.start), cut.end)
    last = min(first + mark.at.end - mark.at.start, len(line), cut.end)
    indent = cut.before + _width(line[cut.start : first])
    length = max(_width(line[first:last]), 1)
    return " " * indent + style.paint(mark.sign * length + (f" {mark.text}" if mark.text else ""), colour)


def _plain(text: str, *, keep_lines: bool = False) -> str:
    """The text with nothing in it that would move the cursor or change colours."""
    if not keep_lines:
        text = text.replace("\n", "\\n")
    return _CONTROL.sub(_visible, text.replace("\t", TAB))


def _shown(line: str) -> str:
    return _CONTROL.sub(_visible, line.replace("\t", TAB))


def _visible(match: re.Match[str]) -> str:
    number = ord(match[0])
    # Unicode has a picture of each control character.
    return chr(0x2400 + number) if number < 0x20 else "\ufffd"


def _width(text: str) -> int:
    """Columns of a terminal: none for a combining mark, two for a wide character."""
    if text.isascii():
        return len(text) + (len(TAB) - 1) * text.count("\t")
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if character == "\t":
        return len(TAB)
    if _CONTROL.match(character):
        return 1
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
