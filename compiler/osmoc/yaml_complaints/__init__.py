"""What to say when a text is not YAML: a parser's words are about its states, ours about the user's text."""

from __future__ import annotations

import re

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.passing import SourceMap
from osmoc.yaml_complaints.ours import by_kind
from osmoc.yaml_complaints.parsers import by_words
from osmoc.yaml_complaints.places import Malformed, Place, Said

__all__ = ["Malformed", "complain"]

_TOKEN_FIRST = re.compile(r"(?:^|[-:?,\[{])[ ]+(?=\{\{)|\[(?=\{\{)")


def complain(diagnostics: Diagnostics, problem: Malformed, text: str, origins: SourceMap) -> None:
    """Say one error about the problem, at the place in the template that wrote the guilty text."""
    place = Place(text, origins)
    said = _unquoted_token(problem, place) or by_kind(problem, place) or by_words(problem, place)
    diagnostics.error(said.code, said.message, said.at, help=said.help, labels=said.labels)


def _unquoted_token(problem: Malformed, place: Place) -> Said | None:
    """`key: {{output}}/x`: YAML takes the braces for a mapping in a mapping."""
    for at in (problem.at, problem.context_at):
        if at is None or not (found := _TOKEN_FIRST.search(place.line(at))):
            continue
        start = place.line_start(at) + found.end()
        end = place.value_end(start)
        token = re.match(r"\{\{[^{}\n]*\}\}", place.text[start:end])
        if token is None:
            continue
        if "[" in found[0] or "]" in place.text[start:end]:
            end = start + token.end()
        return Said(
            Code.VALUE_NEEDS_QUOTES,
            f"a value that begins with `{token[0]}` needs quotes, or YAML takes the braces for a mapping",
            place.span(start, end),
            f"write `{place.quoted(start, end)}`",
        )
    return None
