"""The variables of a template: `default-values`, and what the command line sets above them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from osmoc import yamltext
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.document import Mapping, Scalar, plain
from osmoc.options import Options
from osmoc.passing import SourceMap
from osmoc.source import Source, Span
from osmoc.templating.sections import Section

_NAME = re.compile(r"[^\W\d]\w*")
_SEEMS_FALSE = frozenset(("false", "no", "off", "none", "null"))


def default_values(diagnostics: Diagnostics, source: Source, section: Section) -> dict[str, object]:
    """The section's mapping, read as YAML with no template run. Raises Rejected where it is none."""
    text = source.text[section.start : section.end]
    origins = SourceMap(source, (0,), (source.span(section.start, section.end),), (True,), text)
    root = yamltext.load_mapped(diagnostics, text, origins)
    values = (
        next((entry.value for entry in root.entries if entry.key.value == section.name), None)
        if isinstance(root, Mapping)
        else None
    )
    # The reference takes whatever Python holds for false as no variables at all.
    if values is None or not plain(values):
        return {}
    if not isinstance(values, Mapping):
        kind = "a value" if isinstance(values, Scalar) else "a list"
        diagnostics.error(
            Code.VALUES_NOT_MAPPING,
            f"`default-values` is {kind} here, and names with values are needed",
            values.at,
            help="write `name: value` lines below it",
        )
        diagnostics.stop_if_any()
        return {}
    for entry in values.entries:
        if not isinstance(entry.key.value, str):
            diagnostics.error(
                Code.VALUE_NAME_NOT_TEXT,
                f"YAML reads the name `{entry.key.value}` as something other than text",
                entry.key.at,
                help=_as_name(entry.key),
            )
    diagnostics.stop_if_any()
    return {str(entry.key.value): plain(entry.value) for entry in values.entries}


def _as_name(key: Scalar) -> str:
    written = key.at.source.text[key.at.start : key.at.end]
    return f'write `"{written}"`' if _NAME.fullmatch(written) else "give it a name that begins with a letter"


def set_values(diagnostics: Diagnostics, options: Options) -> dict[str, object]:
    """What `--set`, `--set-string` and `--set-json` give, each above the one before. Raises Rejected."""
    values: dict[str, object] = {}
    for name, value, at in _pairs(diagnostics, "--set", options.set):
        values[name] = _typed(value)
        if value.strip().lower() in _SEEMS_FALSE:
            diagnostics.warning(
                Code.SET_IS_TRUE,
                f"`{value}` is text here, and any text is true to `{{% if {name} %}}`",
                at,
                help=f"write `--set-json {name}=false` for a condition, or `--set-string {name}={value}`",
            )
    values.update((name, value) for name, value, _ in _pairs(diagnostics, "--set-string", options.set_string))
    for name, value, at in _pairs(diagnostics, "--set-json", options.set_json):
        values[name] = _json(diagnostics, name, value, at)
    diagnostics.stop_if_any()
    return values


def _pairs(diagnostics: Diagnostics, option: str, given: Iterable[str]) -> Iterable[tuple[str, str, Span]]:
    """Name, value, and where the value stands in the argument."""
    for argument in given:
        source = Source(option, argument)
        name, equals, value = argument.partition("=")
        if not equals or not name:
            diagnostics.error(
                Code.SET_MALFORMED,
                f"`{argument}` is not `NAME=VALUE`",
                source.span(0, len(argument)),
                help=f"write `{option} {name or 'name'}={value or 'value'}`",
            )
            continue
        if not _NAME.fullmatch(name):
            diagnostics.warning(
                Code.SET_WITHOUT_EFFECT,
                f"no template can mention a variable named `{name}`",
                source.span(0, len(name)),
                help=_other_name(name),
            )
        yield name, value, source.span(len(name) + 1, len(argument))


def _other_name(name: str) -> str:
    first, dot, _ = name.partition(".")
    if dot and _NAME.fullmatch(first):
        return f"to change what is in `{first}`, give all of it: `--set-json '{first}={{…}}'`"
    return "use letters, digits and `_` in the name, there and in the template"


def _typed(value: str) -> int | float | str:
    """As the reference types it: what Python's `int` takes, else what its `float` takes, else the text."""
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value


def _json(diagnostics: Diagnostics, name: str, value: str, at: Span) -> object:
    import json

    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        start = min(at.start + error.pos, max(at.end - 1, at.start))
        diagnostics.error(
            Code.SET_MALFORMED,
            f"`{value}` is no JSON: {error.msg[:1].lower()}{error.msg[1:]}",
            at.source.span(start, start + 1),
            help=f"for text, write `--set-string {name}={value}`",
        )
    except RecursionError:
        diagnostics.error(Code.SET_MALFORMED, "this JSON is nested too deep", at)
    return None
