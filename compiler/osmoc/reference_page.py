"""The fields of a part of the language as a page of text, from the rules that `osmoc check` uses."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from osmoc.shapes import SPEC_PARTS, Fields, Rules, fields, type_names

PARTS: Final = {**SPEC_PARTS, "pool": "a pool file"}
"""What `osmoc explain` knows beside codes, and what it is in words."""

_WORDS: Final = {
    "string": "text",
    "text": "text",
    "scalar": "text, number or true/false",
    "boolean": "true or false",
    "flag": "true or false",
    "integer": "whole number",
    "whole_number": "whole number",
    "duration": "duration",
    "dict": "mapping",
    "list": "list",
}
WIDTH: Final = 100


def page(part: str) -> str:
    """Every field of the part: its type, whether it must be there, its default, what it means, an example."""
    title = f"{part}: {PARTS[part]}"
    return "\n".join([title, "", *_fields(fields(part), "")]) + "\n"


def _fields(inner: Fields, indent: str) -> Iterator[str]:
    for name, rules in inner.items():
        yield f"{indent}{name}  ({_kind(rules)})"
        yield from _about(rules, indent + "    ")
        deeper = rules.get("schema") or rules.get("valuesrules") or {}
        nested = deeper.get("schema") if "type" in deeper and isinstance(deeper["type"], str) else deeper
        if isinstance(nested, dict) and nested and "type" not in nested:
            yield from _fields(nested, indent + "  ")


def _kind(rules: Rules) -> str:
    words = list(dict.fromkeys(_WORDS[name] for name in type_names(rules)))
    kind = " or ".join(words)
    if rules.get("required"):
        return f"{kind}, required"
    default = rules.get("meta", {}).get("default")
    if default is None:
        return kind
    shown = str(default).lower() if isinstance(default, bool) else default
    return f"{kind}, default {shown}"


def _about(rules: Rules, indent: str) -> Iterator[str]:
    meta = rules.get("meta", {})
    about = meta.get("about", "")
    if "allowed" in meta:
        about += f" One of {', '.join(meta['allowed'])}."
    if "each" in meta:
        about += f" See `osmoc explain {meta['each']}`."
    if "example" in meta:
        about += f" Example: {meta['example']}"
    yield from textwrap.wrap(about.strip(), WIDTH, initial_indent=indent, subsequent_indent=indent)
