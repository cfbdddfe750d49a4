"""Shapes: which fields a part of a spec has and of what type they are, as `grammar/schema/*.yaml` says.

Cerberus (`schemas.py`) is the judge, and finds the words where a shape is wrong. `Form.fits` answers the same
question for the rules that the schemas use, without Cerberus, whose import alone costs a quarter of a small
compilation; a property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from osmoc import document, yamltext
from osmoc.document import Node, Scalar, Sequence
from osmoc.grammars import grammar_folder

Rules = Mapping[str, Any]
Fields = Mapping[str, Rules]

TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    # A number becomes text, as in the reference (osmo-spec 2.4).
    "text": (str, int, float),
    "scalar": (str, int, float, bool),
    # What is no `true` may still be `yes` or 1; the constructors look at the value.
    "flag": (str, int, float, bool),
    "whole_number": (str, int, float, bool),
    "duration": (str, int, float, bool),
}
"""Types of scalars, by the exact classes that YAML's values have; `dict` and `list` stand beside them."""

RULES: Final = frozenset(
    {"type", "required", "nullable", "minlength", "schema", "keysrules", "valuesrules", "meta"}
)
"""All that a schema file may use."""

SPEC_PARTS: Final = {
    "workflow": "the workflow",
    "group": "a group",
    "task": "a task",
    "resources": "an entry of the workflow's `resources`",
}
"""The schema files that describe a spec, and what they describe in words."""


@cache
def fields(part: str) -> Fields:
    """The rules of a part: workflow, group, task, resources, pool, project."""
    loaded: Fields = yamltext.load_plain((grammar_folder() / "schema" / f"{part}.yaml").read_text("utf-8"))
    return loaded


@cache
def form(part: str) -> Form:
    """The part as a whole."""
    return Form({"type": "dict", "schema": fields(part)})


class Form:
    """Rules, made ready to be asked of many nodes."""

    __slots__ = (
        "_fields",
        "_items",
        "_keys",
        "_least",
        "_list",
        "_mapping",
        "_required",
        "_scalars",
        "_values",
    )

    def __init__(self, rules: Rules) -> None:
        names = type_names(rules)
        self._list = "list" in names
        self._mapping = "dict" in names
        self._scalars = frozenset(one for name in names if name in TYPES for one in TYPES[name])
        if rules.get("nullable"):
            self._scalars |= {type(None)}
        self._least = rules.get("minlength", 0)
        inner: Any = rules.get("schema")
        self._items = Form(inner) if self._list and inner else None
        self._fields: dict[Any, Form] | None = None
        self._required: list[str] = []
        if self._mapping and inner:
            self._fields = {name: Form(one) for name, one in inner.items()}
            self._required = [name for name, one in inner.items() if one.get("required")]
        self._keys = Form(rules["keysrules"]) if "keysrules" in rules else None
        self._values = Form(rules["valuesrules"]) if "valuesrules" in rules else None

    def fits(self, node: Node) -> bool:
        """Whether Cerberus would accept the node under these rules."""
        if isinstance(node, Scalar):
            return type(node.value) in self._scalars
        if isinstance(node, Sequence):
            if not self._list or len(node.items) < self._least:
                return False
            return self._items is None or all(map(self._items.fits, node.items))
        return self._mapping and self._entries_fit(node)

    def _entries_fit(self, mapping: document.Mapping) -> bool:
        if self._fields is not None:
            found = set()
            for entry in mapping.entries:
                name = entry.key.value
                form = self._fields.get(name)
                if form is None or not form.fits(entry.value):
                    return False
                found.add(name)
            return all(name in found for name in self._required)
        return all(
            (self._keys is None or self._keys.fits(entry.key))
            and (self._values is None or self._values.fits(entry.value))
            for entry in mapping.entries
        )


def type_names(rules: Rules) -> tuple[str, ...]:
    """The types that the rules allow; a schema writes a single one without a list."""
    names = rules["type"]
    return (names,) if isinstance(names, str) else tuple(names)


def shape(node: Node) -> object:
    """All that the rules look at: keys, lengths and types of scalars. Equal shapes get equal verdicts."""
    match node:
        case Scalar(value):
            return type(value)
        case Sequence(items):
            return tuple(shape(item) for item in items)
        case document.Mapping(entries):
            return frozenset((entry.key.value, shape(entry.value)) for entry in entries)
