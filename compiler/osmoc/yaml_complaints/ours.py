"""Problems that `yamltext` finds itself, in what a parser takes."""

from __future__ import annotations

import re

from osmoc.diagnostics.codes import Code
from osmoc.yaml_complaints.places import Malformed, Place, Said


def by_kind(problem: Malformed, place: Place) -> Said | None:
    """What to say; None where the problem is a parser's."""
    at = problem.at
    match problem.problem.partition(" "):
        case ("scalar", _, kind):
            return _scalar(kind, problem, place)
        case ("tag", _, ""):
            return _tag(problem, place)
        case ("key", _, _):
            return Said(
                Code.KEY_NOT_SCALAR,
                "a list or a mapping stands where the name of a field is needed",
                place.point(at),
                "put the name in quotes if it begins with a bracket or a brace",
            )
        case ("alias" | "aliases" | "merge" as kind, _, _):
            message, advice = _ALIASES[kind]
            return Said(Code.ALIAS, message, place.rest(at), advice)
        case ("forbidden", _, _):
            return Said(
                Code.CHARACTER_FORBIDDEN,
                f"the character U+{ord(place.character(at) or ' '):04X} cannot stand in YAML",
                place.point(at),
                f"take it out, or write it in double quotes as `{_escape(place.character(at))}`",
            )
    return None


_ALIASES = {
    "alias": ("this anchor contains an alias of itself", "write out what the alias stands for"),
    "aliases": (
        "aliases of aliases make more than a million values of this",
        "write out what is needed, or make it with a `{% for %}` loop",
    ),
    "merge": (
        "`<<` takes a mapping or a list of mappings, and this is neither",
        "give `<<: *name`, where `&name` stands before a mapping",
    ),
}


def _scalar(kind: str, problem: Malformed, place: Place) -> Said:
    written = problem.context
    if kind == "sign":
        sign = "=" if written.endswith("value") else "<<"
        return Said(
            Code.SCALAR_MALFORMED,
            f"`{sign}` alone means something else in YAML",
            place.span(problem.at, problem.at + len(sign)),
            f'write `"{sign}"` for the text',
        )
    message = (
        f"`{written}` is a date to YAML, and there is no such day or time"
        if kind == "timestamp"
        else f"`{written}` is no {kind} that YAML knows"
    )
    return Said(Code.SCALAR_MALFORMED, message, place.rest(problem.at), f'write `"{written}"` for text')


def _escape(character: str) -> str:
    number = ord(character or " ")
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"


def _tag(problem: Malformed, place: Place) -> Said:
    tag = problem.context.replace("tag:yaml.org,2002:", "!!")
    found = re.match(r"!\S*", place.text[problem.at :])
    # Where an anchor or the value comes first, the tag itself stands elsewhere on the line.
    end = problem.at + (found.end() if found else 1)
    helps = {"!!binary": "for a file, give `base64: true` and the text under `contents:`"}
    return Said(
        Code.TAG_UNKNOWN,
        f"the tag `{tag}` makes nothing that a spec can hold",
        place.span(problem.at, end),
        helps.get(tag, "take the tag out"),
    )
