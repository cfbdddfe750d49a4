"""Problems in a parser's own words: libyaml's, or those of PyYAML."""

from __future__ import annotations

import re

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Label
from osmoc.yaml_complaints.places import Malformed, Place, Said


def by_words(problem: Malformed, place: Place) -> Said:
    """What to say; PyYAML's words as they are where they are none of those known."""
    words = problem.problem
    for pattern, say in _SAYINGS:
        if re.search(pattern, words):
            return say(problem, place)
    return Said(Code.YAML_SYNTAX, f"this is no YAML: {words}", place.point(problem.at))


def _too_deep(problem: Malformed, place: Place) -> Said:
    return Said(
        Code.TOO_DEEP,
        "lists and mappings are nested more than a hundred deep here",
        place.point(problem.at),
        "put the text in quotes if its brackets mean nothing to YAML",
    )


def _second_colon(problem: Malformed, place: Place) -> Said:
    at = problem.at
    before = place.text[place.line_start(at) : at]
    value = re.search(r":\s+(\S.*)$", before)
    if value is None:
        return Said(
            Code.YAML_SYNTAX,
            "a field cannot begin here: what stands above is a value already",
            place.point(at),
            "indent this line as the field that it belongs beside",
        )
    start = place.line_start(at) + value.start(1)
    return Said(
        Code.VALUE_NEEDS_QUOTES,
        "a value with `: ` in it needs quotes, or YAML takes it for a field within a field",
        place.point(at) if place.point(at).became else place.rest(start),
        f"write `{place.quoted(start, place.value_end(start))}`",
    )


def _no_value(problem: Malformed, place: Place) -> Said:
    return Said(
        Code.YAML_SYNTAX,
        "a value is missing here",
        place.point(problem.at),
        "write one, or close what is open with `]` or `}`",
    )


def _no_colon(problem: Malformed, place: Place) -> Said:
    at = problem.context_at if problem.context_at is not None else problem.at
    return Said(
        Code.YAML_SYNTAX,
        "this line is neither `name: value` nor `- item`",
        place.rest(at),
        "give it a `:` and a value, or indent it if it goes on with the text above",
    )


def _indentation(problem: Malformed, place: Place) -> Said:
    labels: tuple[Label, ...] = ()
    if problem.context_at is not None:
        labels = (Label(place.point(problem.context_at), "the block began here"),)
    before = place.text[place.line_start(problem.at) : problem.at].rstrip()
    if before.endswith(("'", '"')):
        return Said(
            Code.YAML_SYNTAX,
            f"a closing `{before[-1]}` ends a value, and more stands behind it",
            place.rest(problem.at),
            "put the quotes round the whole value"
            + ("; write `''` for one `'` in it" if before[-1] == "'" else ""),
        )
    return Said(
        Code.YAML_SYNTAX,
        "this does not fit the block that it stands in",
        place.rest(problem.at) if place.text[problem.at :].strip() else place.point(problem.at),
        "indent it like the fields or items of that block; write a blank after `-`",
        labels,
    )


def _unclosed_quote(problem: Malformed, place: Place) -> Said:
    at = problem.context_at if problem.context_at is not None else problem.at
    quote = place.character(at)
    return Said(
        Code.YAML_SYNTAX,
        f"the quote `{quote}` that opens here is never closed",
        place.rest(at),
        f"put a `{quote}` where the text ends"
        + ("; inside single quotes, write `''` for one" if quote == "'" else ""),
    )


def _unclosed_bracket(problem: Malformed, place: Place) -> Said:
    at = problem.context_at if problem.context_at is not None else problem.at
    bracket = place.character(at)
    closing = {"[": "]", "{": "}"}.get(bracket, "]")
    return Said(
        Code.YAML_SYNTAX,
        f"a `,` or the `{closing}` is missing here",
        place.point(problem.at),
        f"close it with `{closing}`, or put the text in quotes if it begins with `{bracket}`",
        (Label(place.point(at), "it opens here"),),
    )


def _undefined_alias(problem: Malformed, place: Place) -> Said:
    # libyaml sees a malformed name one character behind the star.
    at = problem.at if place.character(problem.at) in ("*", "&") else problem.at - 1
    found = re.match(r"[*&][^\s,\]}]*", place.text[max(at, 0) :])
    alias = found[0] if found else "*"
    return Said(
        Code.ALIAS,
        f"`{alias}` is an alias to YAML, and no anchor `&{alias[1:]}` stands before it"
        if alias.startswith("*")
        else f"`{alias}` is an anchor to YAML, and its name is malformed",
        place.span(at, at + len(alias)),
        f'write `"{alias}"` for text that begins with this sign',
    )


def _anchor_twice(problem: Malformed, place: Place) -> Said:
    # PyYAML's "problem" is the second occurrence, its "context" the first.
    labels: tuple[Label, ...] = ()
    if problem.context_at is not None and place.rest(problem.context_at) != place.rest(problem.at):
        labels = (Label(place.rest(problem.context_at), "the first one"),)
    return Said(
        Code.ALIAS,
        "an anchor of this name was set before",
        place.rest(problem.at),
        "give each anchor a name of its own; inside a loop, add `{{ loop.index }}` to it",
        labels,
    )


def _escape_unknown(problem: Malformed, place: Place) -> Said:
    at = place.text.rfind("\\", 0, problem.at + 1)
    at = problem.at if at < 0 else at
    written = place.text[at : at + 2]
    return Said(
        Code.YAML_SYNTAX,
        f"`{written}` means nothing inside double quotes",
        place.span(at, at + 2),
        f"write `\\{written}`, or put the text in single quotes, where a backslash is itself",
    )


def _cannot_start(problem: Malformed, place: Place) -> Said:
    character = place.character(problem.at)
    if character == "\t":
        return Said(
            Code.YAML_SYNTAX,
            "a tab stands in the indentation, and YAML takes blanks only",
            place.point(problem.at),
            "write two blanks for each step",
        )
    return Said(
        Code.VALUE_NEEDS_QUOTES,
        f"a value cannot begin with `{character}` unless it is in quotes",
        place.rest(problem.at),
        f"write `{place.quoted(problem.at, place.value_end(problem.at))}`",
    )


def _documents(problem: Malformed, place: Place) -> Said:
    return Said(
        Code.NOT_ONE_DOCUMENT,
        "a second YAML document begins here, and a file is one",
        place.rest(problem.at),
        "make it a file of its own",
    )


def _block_header(problem: Malformed, place: Place) -> Said:
    return Said(
        Code.YAML_SYNTAX,
        "text stands behind the `|` or `>`, and a block of lines begins on the next line",
        place.rest(problem.at),
        'begin a new line, or write the text in quotes: `"a | b"`',
    )


def _handle(problem: Malformed, place: Place) -> Said:
    at = problem.context_at if problem.context_at is not None else problem.at
    return Said(
        Code.TAG_UNKNOWN,
        "text that begins with `!` is a tag to YAML, and this one is unknown",
        place.rest(at),
        "put the text in quotes",
    )


# The first pattern that is found decides; libyaml's words and PyYAML's differ here and there.
_SAYINGS = (
    (r"nesting depth", _too_deep),
    (r"mapping values are not allowed", _second_colon),
    (r"could not find expected ':'", _no_colon),
    (r"unexpected end of stream|unexpected document indicator", _unclosed_quote),
    (r"tab character|cannot start any token", _cannot_start),
    (r"undefined alias|alphabetic or numeric", _undefined_alias),
    (r"second occurrence", _anchor_twice),
    (r"unknown escape character|hexadecimal numbers?|expected hexdecimal", _escape_unknown),
    (r"single document|another document|document start|incompatible YAML|%YAML", _documents),
    (
        r"chomping or indentation indicator|comment or (?:a )?line break",
        _block_header,
    ),
    (r"tag handle|expected '!'|tag URI|expected URI|expected whitespace or line break", _handle),
    (r"expected node content|expected the node content", _no_value),
    (r"',' or '[\]}]'", _unclosed_bracket),
    (
        r"expected key|block end|'-' indicator|not allowed (?:here|in this context)",
        _indentation,
    ),
)
