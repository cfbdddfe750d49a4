"""Comments that silence a warning: `# osmoc: ignore OSM0717 the folder is empty in our image`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.source import Source, Span

_COMMENT = re.compile(
    r"(?:^|(?<=\s))(?:#|\{#[-+]?)\s*osmoc:\s*ignore\b(?P<rest>.*?)\s*(?:[-+]?#\}|\s#\s|$)", re.MULTILINE
)
_REST = re.compile(r"\s*(?P<codes>\w+(?:\s*,\s*\w+)*)?[\s:]*(?P<reason>.*)", re.DOTALL)
_ONLY_A_COMMENT = re.compile(r"\s*(?:#|\{#)")


def find_ignores(diagnostics: Diagnostics, source: Source) -> None:
    """Tell the diagnostics what to be silent about: warnings of these codes at the comment's own line, or,
    where nothing else stands in it, at the next line that is more than a comment.

    Any line counts, those of a script within the spec too: what is wrong with one has no other place for it.
    """
    for match in _COMMENT.finditer(source.text):
        at = source.span(match.start(), match.end())
        rest = _REST.fullmatch(match["rest"])
        assert rest is not None
        for code in _codes(diagnostics, rest["codes"] or "", at):
            if rest["reason"].strip():
                diagnostics.ignore(code, at, _line_meant(source, at))
            else:
                diagnostics.warning(
                    Code.IGNORE_MALFORMED,
                    "this says no reason, and ignores nothing without one",
                    at,
                    help=f"write `# osmoc: ignore {code.value} ` and why",
                )


def _codes(diagnostics: Diagnostics, words: str, at: Span) -> Iterator[Code]:
    written = [word.strip() for word in words.split(",") if word.strip()]
    known = {code.value: code for code in Code}
    wrong = [word for word in written if word not in known]
    if wrong or not written:
        diagnostics.warning(
            Code.IGNORE_MALFORMED,
            f"there is no code `{wrong[0]}` to ignore" if wrong else "this does not say what to ignore",
            at,
            help="write `# osmoc: ignore CODE reason`, with the code that the warning shows",
        )
    yield from (known[word] for word in written if word in known)


def _line_meant(source: Source, at: Span) -> int:
    line, last = at.line, len(source.line_starts)
    while line < last and _ONLY_A_COMMENT.match(source.line(line)):
        line += 1
    return line
