"""What to say when a text is not YAML: a parser's words are about its states, ours about the user's text."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics, Label
from osmoc.passing import SourceMap
from osmoc.source import Span


class Malformed(Exception):
    """A parser's problem at an offset of the text, and the context that it saw it in."""

    def __init__(
        self, problem: str, at: int | None, context: str = "", context_at: int | None = None
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.at = at if at is not None else context_at or 0
        self.context = context
        self.context_at = context_at


@dataclass(frozen=True, slots=True)
class _Said:
    code: Code
    message: str
    at: Span
    help: str = ""
    labels: tuple[Label, ...] = ()


_TOKEN_FIRST = re.compile(r"(?:^|[-:?,\[{])[ ]+(?=\{\{)|\[(?=\{\{)")


def complain(diagnostics: Diagnostics, problem: Malformed, text: str, origins: SourceMap) -> None:
    """Say one error about the problem, at the place in the template that wrote the guilty text."""
    place = _Place(text, origins)
    said = _unquoted_token(problem, place) or _by_kind(problem, place) or _by_words(problem, place)
    diagnostics.error(said.code, said.message, said.at, help=said.help, labels=said.labels)


@dataclass(frozen=True, slots=True)
class _Place:
    """Finds places and the text around them."""

    text: str
    origins: SourceMap

    def span(self, start: int, end: int) -> Span:
        return self.origins.span(start, end)

    def point(self, at: int) -> Span:
        """The character at `at`; where a template expression wrote it, what that wrote on this line."""
        at = min(at, len(self.text))
        starts = self.origins.starts
        if not starts:
            return self.origins.span(at, at)
        piece = max(bisect_right(starts, at) - 1, 0)
        if self.origins.verbatim[piece]:
            return self.origins.span(at, min(at + 1, self.line_end(at)))
        end = starts[piece + 1] if piece + 1 < len(starts) else len(self.text)
        start = max(starts[piece], self.line_start(at))
        return self.origins.span(start, max(min(end, self.line_end(at)), start))

    def rest(self, at: int) -> Span:
        """From `at` to the end of its line, without blanks at the end."""
        return self.origins.span(at, at + len(self.text[at : self.line_end(at)].rstrip()))

    def line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end

    def line(self, at: int) -> str:
        return self.text[self.line_start(at) : self.line_end(at)]

    def character(self, at: int) -> str:
        return self.text[at : at + 1]


def _unquoted_token(problem: Malformed, place: _Place) -> _Said | None:
    """`key: {{output}}/x`: YAML takes the braces for a mapping in a mapping."""
    for at in (problem.at, problem.context_at):
        if at is None or not (found := _TOKEN_FIRST.search(place.line(at))):
            continue
        start = place.line_start(at) + found.end()
        value = place.text[start : place.line_end(at)].rstrip()
        token = re.match(r"\{\{[^{}\n]*\}\}", value)
        if token is None:
            continue
        quoted = "'" + value + "'" if '"' in value else '"' + value + '"'
        return _Said(
            Code.VALUE_NEEDS_QUOTES,
            f"a value that begins with `{token[0]}` needs quotes, or YAML takes the braces for a mapping",
            place.rest(start),
            help=f"write `{quoted}`" if "[" not in found[0] and "]" not in value else f'write `"{token[0]}"`',
        )
    return None


def _by_kind(problem: Malformed, place: _Place) -> _Said | None:
    """Problems that `yamltext` found itself."""
    at = problem.at
    match problem.problem.partition(" "):
        case ("scalar", _, "timestamp"):
            return _Said(
                Code.SCALAR_MALFORMED,
                f"`{problem.context}` looks like a date to YAML, and there is no such day or time",
                place.span(at, at + len(problem.context)),
                f'write `"{problem.context}"` for text',
            )
        case ("scalar", _, "sign"):
            sign = "=" if problem.context.endswith("value") else "<<"
            return _Said(
                Code.SCALAR_MALFORMED,
                f"`{sign}` alone means something else in YAML",
                place.span(at, at + len(sign)),
                f'write `"{sign}"` for the text',
            )
        case ("scalar", _, kind):
            return _Said(
                Code.SCALAR_MALFORMED,
                f"`{problem.context}` is no {kind} that YAML knows",
                place.rest(at),
                f'write `"{problem.context}"` for text',
            )
        case ("tag", _, ""):
            return _tag(problem, place)
        case ("key", _, _):
            return _Said(
                Code.KEY_NOT_SCALAR,
                "a list or a mapping stands where the name of a field is needed",
                place.point(at),
                "put the name in quotes if it begins with a bracket or a brace",
            )
        case ("alias", _, _):
            return _Said(
                Code.ALIAS,
                "this anchor contains an alias of itself",
                place.rest(at),
                "write out what the alias stands for",
            )
        case ("aliases", _, _):
            return _Said(
                Code.ALIAS,
                "aliases of aliases make more than a million values of this",
                place.rest(at),
                "write out what is needed, or make it with a `{% for %}` loop",
            )
        case ("merge", _, _):
            return _Said(
                Code.ALIAS,
                "`<<` takes a mapping or a list of mappings, and this is neither",
                place.rest(at),
                "give `<<: *name`, where `&name` stands before a mapping",
            )
        case ("forbidden", _, _):
            return _Said(
                Code.CHARACTER_FORBIDDEN,
                f"the character U+{ord(place.character(at) or ' '):04X} cannot stand in YAML",
                place.point(at),
                f"take it out, or write it in double quotes as `{_escape(place.character(at))}`",
            )
    return None


def _escape(character: str) -> str:
    number = ord(character or " ")
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"


def _tag(problem: Malformed, place: _Place) -> _Said:
    tag = problem.context.replace("tag:yaml.org,2002:", "!!")
    found = re.match(r"!\S*", place.text[problem.at :])
    # Where an anchor or the value comes first, the tag itself stands elsewhere on the line.
    end = problem.at + (found.end() if found else 1)
    helps = {"!!binary": "for a file, give `base64: true` and the text under `contents:`"}
    return _Said(
        Code.TAG_UNKNOWN,
        f"the tag `{tag}` makes nothing that a spec can hold",
        place.span(problem.at, end),
        helps.get(tag, "take the tag out"),
    )


def _by_words(problem: Malformed, place: _Place) -> _Said:
    """Problems in a parser's own words, libyaml's or PyYAML's."""
    words = problem.problem
    for pattern, say in _SAYINGS:
        if re.search(pattern, words):
            return say(problem, place)
    return _Said(Code.YAML_SYNTAX, f"this is no YAML: {words}", place.point(problem.at))


def _too_deep(problem: Malformed, place: _Place) -> _Said:
    return _Said(
        Code.TOO_DEEP,
        "lists and mappings are nested more than a hundred deep here",
        place.point(problem.at),
        "put the text in quotes if its brackets mean nothing to YAML",
    )


def _second_colon(problem: Malformed, place: _Place) -> _Said:
    at = problem.at
    before = place.text[place.line_start(at) : at]
    value = re.search(r":\s+(\S.*)$", before)
    if value is None:
        return _Said(
            Code.YAML_SYNTAX,
            "a field cannot begin here: what stands above is a value already",
            place.point(at),
            "indent this line as the field that it belongs beside",
        )
    start = place.line_start(at) + value.start(1)
    text = place.text[start : place.line_end(at)].rstrip()
    quoted = "'" + text + "'" if '"' in text else '"' + text + '"'
    return _Said(
        Code.VALUE_NEEDS_QUOTES,
        "a value with `: ` in it needs quotes, or YAML takes it for a field within a field",
        place.point(at) if place.point(at).became else place.rest(start),
        f"write `{quoted}`",
    )


def _no_colon(problem: Malformed, place: _Place) -> _Said:
    at = problem.context_at if problem.context_at is not None else problem.at
    return _Said(
        Code.YAML_SYNTAX,
        "this line is neither `name: value` nor `- item`",
        place.rest(at),
        "give it a `:` and a value, or indent it if it goes on with the text above",
    )


def _indentation(problem: Malformed, place: _Place) -> _Said:
    labels: tuple[Label, ...] = ()
    if problem.context_at is not None:
        labels = (Label(place.point(problem.context_at), "the block began here"),)
    before = place.text[place.line_start(problem.at) : problem.at].rstrip()
    if before.endswith(("'", '"')):
        return _Said(
            Code.YAML_SYNTAX,
            f"a closing `{before[-1]}` ends a value, and more stands behind it",
            place.rest(problem.at),
            "put the quotes round the whole value"
            + ("; write `''` for one `'` in it" if before[-1] == "'" else ""),
        )
    return _Said(
        Code.YAML_SYNTAX,
        "this does not fit the block that it stands in",
        place.rest(problem.at) if place.text[problem.at :].strip() else place.point(problem.at),
        "indent it like the fields or items of that block; write a blank after `-`",
        labels,
    )


def _unclosed_quote(problem: Malformed, place: _Place) -> _Said:
    at = problem.context_at if problem.context_at is not None else problem.at
    quote = place.character(at)
    return _Said(
        Code.YAML_SYNTAX,
        f"the quote `{quote}` that opens here is never closed",
        place.rest(at),
        f"put a `{quote}` where the text ends"
        + ("; inside single quotes, write `''` for one" if quote == "'" else ""),
    )


def _unclosed_bracket(problem: Malformed, place: _Place) -> _Said:
    at = problem.context_at if problem.context_at is not None else problem.at
    bracket = place.character(at)
    closing = {"[": "]", "{": "}"}.get(bracket, "]")
    return _Said(
        Code.YAML_SYNTAX,
        f"a `,` or the `{closing}` is missing here",
        place.point(problem.at),
        f"close it with `{closing}`, or put the text in quotes if it begins with `{bracket}`",
        (Label(place.point(at), "it opens here"),),
    )


def _undefined_alias(problem: Malformed, place: _Place) -> _Said:
    # libyaml sees a malformed name one character behind the star.
    at = problem.at if place.character(problem.at) in ("*", "&") else problem.at - 1
    found = re.match(r"[*&][^\s,\]}]*", place.text[max(at, 0) :])
    alias = found[0] if found else "*"
    return _Said(
        Code.ALIAS,
        f"`{alias}` is an alias to YAML, and no anchor `&{alias[1:]}` stands before it"
        if alias.startswith("*")
        else f"`{alias}` is an anchor to YAML, and its name is malformed",
        place.span(at, at + len(alias)),
        f'write `"{alias}"` for text that begins with this sign',
    )


def _anchor_twice(problem: Malformed, place: _Place) -> _Said:
    # PyYAML's "problem" is the second occurrence, its "context" the first.
    labels: tuple[Label, ...] = ()
    if problem.context_at is not None:
        labels = (Label(place.rest(problem.context_at), "the first one"),)
    return _Said(
        Code.ALIAS,
        "an anchor of this name was set before",
        place.rest(problem.at),
        "give each anchor a name of its own; inside a loop, add `{{ loop.index }}` to it",
        labels,
    )


def _escape_unknown(problem: Malformed, place: _Place) -> _Said:
    at = place.text.rfind("\\", 0, problem.at + 1)
    at = problem.at if at < 0 else at
    written = place.text[at : at + 2]
    return _Said(
        Code.YAML_SYNTAX,
        f"`{written}` means nothing inside double quotes",
        place.span(at, at + 2),
        f"write `\\{written}`, or put the text in single quotes, where a backslash is itself",
    )


def _cannot_start(problem: Malformed, place: _Place) -> _Said:
    character = place.character(problem.at)
    if character == "\t":
        return _Said(
            Code.YAML_SYNTAX,
            "a tab stands in the indentation, and YAML takes blanks only",
            place.point(problem.at),
            "write two blanks for each step",
        )
    value = place.text[problem.at : place.line_end(problem.at)].rstrip()
    return _Said(
        Code.VALUE_NEEDS_QUOTES,
        f"a value cannot begin with `{character}` unless it is in quotes",
        place.rest(problem.at),
        f"write `'{value}'`" if "'" not in value else f'write `"{value}"`',
    )


def _documents(problem: Malformed, place: _Place) -> _Said:
    return _Said(
        Code.NOT_ONE_DOCUMENT,
        "a second YAML document begins here, and a spec is one",
        place.rest(problem.at),
        "keep one workflow in a file",
    )


def _block_header(problem: Malformed, place: _Place) -> _Said:
    return _Said(
        Code.YAML_SYNTAX,
        "text stands behind the `|` or `>`, and a block of lines begins on the next line",
        place.rest(problem.at),
        'begin a new line, or write the text in quotes: `"a | b"`',
    )


def _handle(problem: Malformed, place: _Place) -> _Said:
    at = problem.context_at if problem.context_at is not None else problem.at
    return _Said(
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
    (r"duplicate anchor", _anchor_twice),
    (r"unknown escape character|hexadecimal numbers?|expected hexdecimal", _escape_unknown),
    (r"single document|another document|document start|incompatible YAML|%YAML", _documents),
    (
        r"chomping or indentation indicator|comment or (?:a )?line break",
        _block_header,
    ),
    (r"tag handle|expected '!'|tag URI|expected URI|expected whitespace or line break", _handle),
    (r"',' or '[\]}]'", _unclosed_bracket),
    (
        r"expected key|block end|'-' indicator|expected node content|not allowed (?:here|in this context)",
        _indentation,
    ),
)
