"""`NAME=VALUE` of the command line, as texts that have a place like those of a spec."""

from __future__ import annotations

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.source import Source
from osmoc.spec import Text


def assignments(diagnostics: Diagnostics, option: str, given: tuple[str, ...]) -> list[tuple[Text, Text]]:
    """Names and values, parted at the first `=`; what has none is complained about."""
    read = []
    for number, assignment in enumerate(given):
        source = Source("command line", " ".join(f"{option} {one}" for one in given))
        start = sum(len(option) + len(one) + 2 for one in given[:number]) + len(option) + 1
        name, equals, value = assignment.partition("=")
        if not equals:
            diagnostics.error(
                Code.OPTION_MALFORMED,
                f"`{option} {assignment}` has no `=`",
                source.span(start, start + len(assignment)),
                help=f"write `{option} {assignment or 'NAME'}=VALUE`",
            )
            continue
        middle = start + len(name)
        end = start + len(assignment)
        read.append((Text(name, source.span(start, middle)), Text(value, source.span(middle + 1, end))))
    return read
