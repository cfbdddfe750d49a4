"""Comments that silence a warning: `# osmoc: ignore OSM0717 the folder is empty in our image`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from osmoc.diagnostics.codes import WARNINGS, Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.source import Source, Span

_COMMENT = re.compile(
    r"(?:^|(?<=\s))(?:#|\{#[-+]?)[ \t]*osmoc:[ \t]*ignore\b(?P<rest>.*?)[ \t]*(?:[-+]?#\}|[ \t]#[ \t]|$)",
    re.MULTILINE,
)
_REST = re.compile(r"\s*(?P<codes>\w+(?:\s*,\s*\w+)*)?[\s:]*(?P<reason>.*)", re.DOTALL)
_ONLY_A_COMMENT = re.compile(r"\s*(?:#|\{#)")
_FORM = "write `# osmoc: ignore CODE reason`, with the code that the warning shows"


def find_ignores(diagnostics: Diagnostics, source: Source, *, must_help: bool = True) -> None:
    """Tell the diagnostics what to be silent about: warnings of these codes at the comment's own line, or,
    where nothing else stands in it, at the next line that is more than a comment.

    Any line counts, those of a script within the spec too: what is wrong with one has no other place for it.
    `must_help`: a comment that silences nothing is to be named; not so in a file that many specs share.
    """
    for match in _COMMENT.finditer(source.text):
        at = source.span(match.start(), match.end())
        rest = _REST.fullmatch(match["rest"])
        assert rest is not None
        for code in _codes(diagnostics, rest["codes"] or "", at):
            if rest["reason"].strip():
                diagnostics.ignore(code, at, _line_meant(source, at), must_help=must_help)
            else:
                diagnostics.warning(
                    Code.IGNORE_MALFORMED,
                    "this says no reason, and ignores nothing without one",
                    at,
                    help=f"write `# osmoc: ignore {code.value} ` and why",
                )


def _codes(diagnostics: Diagnostics, words: str, at: Span) -> Iterator[Code]:
    """The codes of warnings among the words; the first of the others is complained about."""
    written = [word.strip() for word in words.split(",") if word.strip()]
    if not written:
        diagnostics.warning(Code.IGNORE_MALFORMED, "this does not say what to ignore", at, help=_FORM)
    wrong = ""
    for word in written:
        code = _KNOWN.get(word)
        if code in WARNINGS:
            yield code
        elif not wrong:
            wrong = word
            diagnostics.warning(
                Code.IGNORE_MALFORMED,
                f"`{word}` is an error, and errors cannot be ignored" if code else _unknown(word),
                at,
                help="take the comment out, and mend what the error says" if code else _FORM,
            )


_KNOWN = {code.value: code for code in Code}


def _unknown(word: str) -> str:
    from osmoc.diagnostics.suggest import did_you_mean

    advice = did_you_mean(word, sorted(code.value for code in WARNINGS))
    return f"there is no code `{word}` to ignore" + (f"; {advice}" if advice else "")


def _line_meant(source: Source, at: Span) -> int:
    line, last = at.line, len(source.line_starts)
    while line < last and _ONLY_A_COMMENT.match(source.line(line)):
        line += 1
    return line
