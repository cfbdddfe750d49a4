"""The sections of a spec's file: found by names in the first column, before anything is taken for YAML."""

from __future__ import annotations

import re

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics, Label
from osmoc.source import Source, Span
from osmoc_runtime.values import dataclass

_SECTION = re.compile(r"^([a-zA-Z][a-zA-Z0-9_-]*):", re.MULTILINE)
_ALLOWED = ("workflow", "default-values", "version")
_OF_A_WORKFLOW = frozenset(("name", "tasks", "groups", "resources", "timeout", "labels", "pool", "backend"))
_SET = re.compile(
    r"\{%[-+]?\s*set\s+[\w\s,.()]+=.*?%\}|\{%[-+]?\s*set\s+\w+\s*(?:\|.*?)?[-+]?%\}.*?\{%[-+]?\s*endset\b.*?%\}",
    re.DOTALL,
)
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_LINE_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_COMMENT_IN_LINE = re.compile(r"(?:^|(?<=\s))#.*", re.MULTILINE)
_IDLE_LINE = re.compile(r"^(?:---.*|%[A-Z].*|\s*)$")


@dataclass(frozen=True, slots=True)
class Section:
    """From the first letter of its name up to the next section."""

    name: str
    start: int
    end: int

    def name_in(self, source: Source) -> Span:
        return source.span(self.start, self.start + len(self.name))

    def body_in(self, source: Source) -> str:
        return source.text[self.start + len(self.name) + 1 : self.end]


def find_sections(diagnostics: Diagnostics, source: Source) -> dict[str, Section]:
    """The sections by name. Raises Rejected for unknown or repeated ones, and without a `workflow`."""
    found = [(match[1], match.start()) for match in _SECTION.finditer(source.text)]
    ends = [*(start for _, start in found), len(source.text)][1:]
    sections: dict[str, Section] = {}
    for (name, start), end in zip(found, ends, strict=True):
        section = Section(name, start, end)
        if name not in _ALLOWED:
            _unknown(diagnostics, source, section)
        elif name in sections:
            diagnostics.error(
                Code.SECTION_TWICE,
                f"a second section `{name}`",
                section.name_in(source),
                labels=(Label(sections[name].name_in(source), "the first one"),),
                help=f"put both into one `{name}:`",
            )
        else:
            sections[name] = section
    if "workflow" not in sections:
        _missing(diagnostics, source, [name for name, _ in found])
    diagnostics.stop_if_any()
    return sections


def _unknown(diagnostics: Diagnostics, source: Source, section: Section) -> None:
    from osmoc.diagnostics.suggest import nearest

    near = nearest(section.name, _ALLOWED)
    if near is not None:
        advice = f"write `{near}:`"
    elif section.name in _OF_A_WORKFLOW:
        advice = f"indent `{section.name}:`, so that it stands within `workflow:`"
    else:
        advice = (
            "indent it if it belongs to the text above; a section is `workflow`, `default-values`, `version`"
        )
    diagnostics.error(
        Code.SECTION_UNKNOWN,
        f"there is no section `{section.name}`",
        section.name_in(source),
        help=advice,
    )


def _missing(diagnostics: Diagnostics, source: Source, found: list[str]) -> None:
    from osmoc.diagnostics.suggest import nearest

    if nearest("workflow", found) is not None:
        return  # The misspelt section was named already.
    indented = re.search(r"^[ \t]+(workflow):", source.text, re.MULTILINE)
    quoted = re.search(r"^([\"']workflow[\"']\s*|workflow\s+):", source.text, re.MULTILINE)
    if indented:
        at = source.span(*indented.span(1))
        message, advice = (
            "`workflow:` is indented, and a section begins in the first column",
            "move it to the left",
        )
    elif quoted:
        at = source.span(*quoted.span(1))
        message, advice = "the section `workflow` is not written plainly", "write `workflow:`"
    else:
        at = source.start()
        message = "there is no section `workflow`" if source.text.strip() else "the file is empty"
        advice = "begin with `workflow:` in the first column"
    diagnostics.error(Code.SECTION_MISSING, message, at, help=advice)


def check_version(diagnostics: Diagnostics, source: Source, section: Section) -> None:
    """Warn of a version other than 2: it changes nothing (design, deviation 14)."""
    body = blank(section.body_in(source), _COMMENT_IN_LINE)
    written = body.strip().partition("\n")[0].rstrip()
    if written.strip("\"'") in ("2", "2.0"):
        return
    start = section.start + len(section.name) + 1 + len(body) - len(body.lstrip())
    diagnostics.warning(
        Code.VERSION_IGNORED,
        f"version `{written}` is read as version 2" if written else "this version is empty, and 2 is meant",
        source.span(start, start + len(written)) if written else section.name_in(source),
        help="write `version: 2`",
    )


def preamble(diagnostics: Diagnostics, source: Source, end: int) -> str:
    """The text before the first section, all but its `{% set %}` tags blanked out; warns of what is lost."""
    text = source.text[:end]
    rest = blank(text, _LINE_COMMENT)
    rest = blank(rest, _COMMENT)
    kept = [(match.start(), match.end()) for match in _SET.finditer(rest)]
    result = blanked(text)
    for start, stop in kept:
        result = result[:start] + text[start:stop] + result[stop:]
        rest = rest[:start] + blanked(rest[start:stop]) + rest[stop:]
    position = 0
    for line in rest.split("\n"):
        if not _IDLE_LINE.match(line):
            start = position + len(line) - len(line.lstrip())
            diagnostics.warning(
                Code.TEXT_BEFORE_SECTIONS,
                "text before the first section is dropped",
                source.span(start, position + len(line.rstrip())),
                help="move it below `workflow:`",
            )
            break
        position += len(line) + 1
    return result


def blank(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda match: blanked(match[0]), text)


def blanked(text: str) -> str:
    """Blanks, and line ends where there are line ends."""
    return "\n".join([" " * len(line) for line in text.split("\n")])
