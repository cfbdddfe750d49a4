"""JSON Schema (draft 2020-12) of specs and pool files, for editors, from the rules of `osmoc check`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from osmoc.shapes import SPEC_PARTS, Fields, Rules, fields, type_names

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "string": ("string",),
    "boolean": ("boolean",),
    "integer": ("integer",),
    "text": ("string", "number"),
    "scalar": ("string", "number", "boolean"),
    "flag": ("boolean", "string", "integer"),
    "whole_number": ("integer", "string"),
    "duration": ("string", "number"),
    "dict": ("object",),
    "list": ("array",),
}


def of_spec() -> Schema:
    """The schema of a spec that is no template, or of what a template writes."""
    top = {
        "workflow": {"$ref": "#/$defs/workflow"},
        "default-values": {"type": ["object", "null"], "description": "Values of the template's variables."},
        "version": {"description": "Has no effect."},
    }
    schema: Schema = {
        "$schema": DIALECT,
        "title": "A workflow spec of OSMO",
        "type": "object",
        "properties": top,
        "required": ["workflow"],
        "additionalProperties": False,
        "$defs": {part: _mapping(fields(part)) for part in SPEC_PARTS},
    }
    return schema


def of_pool() -> Schema:
    """The schema of a pool file: one pool, or several by name below `pools`."""
    several = {
        "type": "object",
        "properties": {"pools": {"type": "object", "additionalProperties": {"$ref": "#/$defs/pool"}}},
        "required": ["pools"],
        "additionalProperties": False,
    }
    return {
        "$schema": DIALECT,
        "title": "A pool file of osmoc",
        "anyOf": [{"$ref": "#/$defs/pool"}, several],
        "$defs": {"pool": {**_mapping(fields("pool")), "type": ["object", "null"]}},
    }


SCHEMAS: Final = {"workflow": of_spec, "pool": of_pool}
"""What `osmoc schema` can print."""


def _mapping(inner: Fields) -> Schema:
    schema: Schema = {
        "type": "object",
        "properties": {name: _rule(rules) for name, rules in inner.items()},
        "additionalProperties": False,
    }
    required = [name for name, rules in inner.items() if rules.get("required")]
    if required:
        schema["required"] = required
    return schema


def _rule(rules: Rules) -> Schema:
    names = type_names(rules)
    types = list(dict.fromkeys(one for name in names for one in _TYPES[name]))
    if rules.get("nullable"):
        types.append("null")
    meta = rules.get("meta", {})
    schema: Schema = {"type": types[0] if len(types) == 1 else types}
    if "about" in meta:
        schema["description"] = meta["about"]
    if "default" in meta:
        schema["default"] = meta["default"]
    if "allowed" in meta:
        schema["enum"] = meta["allowed"] + ([None] if rules.get("nullable") else [])
    if "minlength" in rules:
        schema["minItems"] = rules["minlength"]
    return schema | _inside(rules, names, meta)


def _inside(rules: Rules, names: tuple[str, ...], meta: Mapping[str, Any]) -> Schema:
    """What stands in a list or a mapping. `each`: the part of the spec that its entries are."""
    if "each" in meta:
        entry = {"$ref": f"#/$defs/{meta['each']}"}
        return {"items": entry} if "list" in names else {"additionalProperties": entry}
    if "schema" in rules:
        if "list" in names:
            return {"items": _rule(rules["schema"])}
        mapping = _mapping(rules["schema"])
        del mapping["type"]
        return mapping
    return {"additionalProperties": _rule(rules["valuesrules"])} if "valuesrules" in rules else {}
