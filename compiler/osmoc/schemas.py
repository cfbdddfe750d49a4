"""The door to Cerberus: what is wrong with the shape of a part of a spec, of a pool or project file.

The only importer of cerberus, and only where a shape is wrong: `shapes.Form` lets the others pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from functools import cache
from typing import Any

from osmoc.document import Mapping, OddKey, key_of, plain
from osmoc.shapes import SPEC_PARTS, TYPES, Fields, Rules, fields, shape, type_names
from osmoc_runtime.values import dataclass


class Kind(Enum):
    """What can be wrong with a shape."""

    UNKNOWN_FIELD = auto()
    MISSING_FIELD = auto()
    WRONG_TYPE = auto()
    WRONG_KEY = auto()
    TOO_FEW = auto()


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a shape, at `path` from the judged mapping on; a missing or unknown field ends its path.

    `wanted` are the types that the place takes, `required` whether it may not be left out, `fields` the names
    that an unknown field could have.
    """

    kind: Kind
    path: tuple[Any, ...]
    wanted: tuple[str, ...] = ()
    least: int = 0
    required: bool = False
    fields: tuple[str, ...] = ()


def places_of(name: str) -> tuple[str, ...]:
    """The places of a spec that have a field of that name, in words."""
    return tuple(place for part, words in SPEC_PARTS.items() for place in _places(name, fields(part), words))


def _places(name: str, inside: Fields, words: str) -> Iterator[str]:
    if name in inside:
        yield words
    for field, rules in inside.items():
        is_list = "list" in type_names(rules)
        inner = rules.get("schema", {})
        deeper = inner.get("schema") if is_list else inner
        if deeper:
            yield from _places(name, deeper, f"an entry of `{field}`" if is_list else f"`{field}`")


_verdicts: dict[tuple[str, object], tuple[Problem, ...]] = {}


def problems(part: str, mapping: Mapping) -> tuple[Problem, ...]:
    """What is wrong with the shape; equal shapes are judged once."""
    key = (part, shape(mapping))
    if key not in _verdicts:
        _verdicts[key] = judge(part, mapping)
    return _verdicts[key]


def judge(part: str, mapping: Mapping) -> tuple[Problem, ...]:
    """Cerberus' own verdict."""
    validator = _validator(part)
    if validator.validate(plain(mapping, key_of), normalize=False):
        return ()
    return tuple(_flat(validator._errors, fields(part)))


@cache
def _validator(part: str) -> Any:
    from cerberus import TypeDefinition, Validator

    own = {
        name: TypeDefinition(name, classes, (OddKey,) if bool in classes else (bool, OddKey))
        for name, classes in TYPES.items()
    }

    class Judge(Validator):  # type: ignore[misc]
        types_mapping = Validator.types_mapping | own

    return Judge(fields(part))


def _flat(errors: Any, top: Fields, *, in_keys: bool = False) -> Iterator[Problem]:
    """Cerberus nests the errors of a list's items and of a mapping's fields; here each stands for itself."""
    from cerberus import errors as kinds

    for error in errors:
        if error.is_group_error:
            yield from _flat(error.child_errors, top, in_keys=error.code == kinds.KEYSRULES.code)
        else:
            yield _problem(error, top, in_keys=in_keys)


def _problem(error: Any, top: Fields, *, in_keys: bool) -> Problem:
    from cerberus import errors as kinds

    path = tuple(error.document_path)
    if in_keys:
        return Problem(Kind.WRONG_KEY, path)
    if error.code == kinds.UNKNOWN_FIELD.code:
        return Problem(Kind.UNKNOWN_FIELD, path, fields=tuple(_fields_at(top, path[:-1])))
    if error.code == kinds.REQUIRED_FIELD.code:
        return Problem(Kind.MISSING_FIELD, path)
    if error.code == kinds.MIN_LENGTH.code:
        return Problem(Kind.TOO_FEW, path, least=error.constraint)
    rules = _rules_at(top, path)
    assert rules is not None
    return Problem(Kind.WRONG_TYPE, path, wanted=type_names(rules), required=bool(rules.get("required")))


def _fields_at(top: Fields, path: tuple[Any, ...]) -> Fields:
    """The fields that the mapping at `path` may have."""
    if not path:
        return top
    rules = _rules_at(top, path)
    return rules.get("schema", {}) if rules else {}


def _rules_at(top: Fields, path: tuple[Any, ...]) -> Rules | None:
    rules: Rules = {"type": "dict", "schema": top}
    for step in path:
        inner = rules.get("schema")
        if inner is None:
            inner = rules.get("valuesrules")
            if inner is None:
                return None
            rules = inner
        elif "list" in type_names(rules):
            rules = inner
        else:
            if step not in inner:
                return None
            rules = inner[step]
    return rules
