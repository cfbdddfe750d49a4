"""Shapes: which fields a part of a spec has and of what type they are, as `grammar/schema/*.yaml` says.

Cerberus (`schemas.py`) is the judge, and finds the words where a shape is wrong. `fits` answers the same
question for the rules that the schemas use, without Cerberus, whose import alone costs a quarter of a small
compilation; a property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from osmoc import document
from osmoc.document import Node, Scalar, Sequence

Rules = Mapping[str, Any]
Fields = Mapping[str, Rules]

TYPES: Final[Mapping[str, tuple[tuple[type, ...], tuple[type, ...]]]] = {
    "string": ((str,), ()),
    "boolean": ((bool,), ()),
    "integer": ((int,), (bool,)),
    # A number becomes text, as in the reference (osmo-spec 2.4).
    "text": ((str, int, float), (bool,)),
    "scalar": ((str, int, float, bool), ()),
    # What is no `true` may still be `yes` or 1; the constructors look at the value.
    "flag": ((str, int, float, bool), ()),
    "whole_number": ((str, int, float, bool), ()),
    "duration": ((str, int, float, bool), ()),
}
"""Types of scalars: instances of the first classes and of none of the second. `dict` and `list` are more."""

RULES: Final = frozenset(
    {"type", "required", "nullable", "minlength", "schema", "keysrules", "valuesrules", "meta"}
)
"""All that a schema file may use."""


def mapping_fits(fields: Fields, mapping: document.Mapping) -> bool:
    """Whether every field is known and fits, and none is missing."""
    found = set()
    for entry in mapping.entries:
        name = entry.key.value
        rules = fields.get(name) if isinstance(name, str) else None
        if rules is None or not fits(rules, entry.value):
            return False
        found.add(name)
    return all(name in found for name, rules in fields.items() if rules.get("required"))


def fits(rules: Rules, node: Node) -> bool:
    """Whether Cerberus would accept the node under these rules."""
    match node:
        case Scalar(None):
            return bool(rules.get("nullable"))
        case Scalar(value):
            return any(scalar_is(name, value) for name in type_names(rules))
        case Sequence(items):
            if "list" not in type_names(rules) or len(items) < rules.get("minlength", 0):
                return False
            inner = rules.get("schema")
            return inner is None or all(fits(inner, item) for item in items)
        case document.Mapping():
            return "dict" in type_names(rules) and _entries_fit(rules, node)


def scalar_is(name: str, value: object) -> bool:
    """Whether the value is of the type; no scalar is a `dict` or a `list`."""
    if name not in TYPES:
        return False
    included, excluded = TYPES[name]
    return isinstance(value, included) and not isinstance(value, excluded)


def type_names(rules: Rules) -> tuple[str, ...]:
    names = rules["type"]
    return (names,) if isinstance(names, str) else tuple(names)


def _entries_fit(rules: Rules, mapping: document.Mapping) -> bool:
    inner, keys, values = rules.get("schema"), rules.get("keysrules"), rules.get("valuesrules")
    if inner is not None and not mapping_fits(inner, mapping):
        return False
    for entry in mapping.entries:
        if keys is not None and not fits(keys, entry.key):
            return False
        if values is not None and not fits(values, entry.value):
            return False
    return True


def shape(node: Node) -> object:
    """All that the rules look at: keys, lengths and types of scalars. Equal shapes get equal verdicts."""
    match node:
        case Scalar(value):
            return type(value)
        case Sequence(items):
            return tuple(shape(item) for item in items)
        case document.Mapping(entries):
            return frozenset((entry.key.value, shape(entry.value)) for entry in entries)
