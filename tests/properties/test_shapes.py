"""What is judged without Cerberus is judged as Cerberus judges it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osmoc import schemas
from osmoc.document import Entry, Mapping, Node, Scalar, Sequence
from osmoc.shapes import RULES, SPEC_PARTS, TYPES, fields, form, shape, type_names
from osmoc.source import Source

AT = Source("spec.yaml", "").start()
PARTS = (*SPEC_PARTS, "pool")
SCALARS = ["a", "", 1, 0, -2, 1.5, True, False, None, date(2024, 1, 1)]
VALUES: st.SearchStrategy[object] = st.sampled_from(SCALARS)


def node(value: object) -> Node:
    match value:
        case dict():
            return Mapping(tuple(Entry(Scalar(key, AT), node(inner)) for key, inner in value.items()), AT)
        case list():
            return Sequence(tuple(node(item) for item in value), AT)
        case str() | int() | float() | date() | None:
            return Scalar(value, AT)
    raise AssertionError(value)


def values_for(rules: dict[str, Any]) -> st.SearchStrategy[object]:
    """Values that mostly fit the rules, and now and then do not."""
    right: list[st.SearchStrategy[object]] = []
    for name in type_names(rules):
        if name == "list":
            right.append(
                st.lists(values_for(rules["schema"]), max_size=2) if "schema" in rules else st.lists(VALUES)
            )
        elif name == "dict" and "schema" in rules:
            right.append(mappings_for(rules["schema"]))
        elif name == "dict":
            inner = values_for(rules["valuesrules"]) if "valuesrules" in rules else VALUES
            right.append(st.dictionaries(st.sampled_from(["x", "y", "z", 5]), inner, max_size=2))
        else:
            right.append(st.sampled_from([value for value in SCALARS if _is(name, value)]))
    wrong: st.SearchStrategy[object] = st.one_of(
        VALUES, st.just([]), st.just({}), st.just(["a"]), st.just({"a": 1})
    )
    return st.integers(0, 19).flatmap(lambda one: wrong if one == 0 else st.one_of(right))


def _is(name: str, value: object) -> bool:
    return type(value) in TYPES[name]


def mappings_for(fields: Any) -> st.SearchStrategy[object]:
    required = {name: values_for(rules) for name, rules in fields.items() if rules.get("required")}
    optional = {name: values_for(rules) for name, rules in fields.items() if not rules.get("required")}
    whole = st.fixed_dictionaries(required, optional=optional)

    def bent(value: dict[str, object]) -> st.SearchStrategy[object]:
        unknown = st.just({**value, "unknown": 1})
        less = st.sampled_from(sorted(value)).map(lambda out: {k: v for k, v in value.items() if k != out})
        return st.one_of(unknown, less) if value else unknown

    return whole.flatmap(
        lambda value: st.integers(0, 9).flatmap(lambda one: bent(value) if one == 0 else st.just(value))
    )


@pytest.mark.parametrize("part", PARTS)
def test_what_fits_is_what_cerberus_accepts(part: str) -> None:
    verdicts = set()

    @settings(max_examples=150, deadline=None)
    @given(mappings_for(fields(part)))
    def run(value: object) -> None:
        mapping = node(value)
        assert isinstance(mapping, Mapping)
        problems = schemas.judge(part, mapping)
        assert form(part).fits(mapping) == (not problems), problems
        verdicts.add(not problems)

    run()
    assert verdicts == {True, False}


@pytest.mark.parametrize("part", PARTS)
def test_equal_shapes_have_equal_verdicts(part: str) -> None:
    """With every scalar replaced by another of its type, Cerberus finds the same problems."""

    def other(value: object) -> object:
        match value:
            case dict():
                return {key: other(inner) for key, inner in value.items()}
            case list():
                return [other(item) for item in value]
            case bool():
                return not value
            case str():
                return value + "?"
            case int() | float():
                return value + 7
            case _:
                return value

    @settings(max_examples=60, deadline=None)
    @given(mappings_for(fields(part)))
    def run(value: object) -> None:
        first, second = node(value), node(other(value))
        assert isinstance(first, Mapping)
        assert isinstance(second, Mapping)
        assert shape(first) == shape(second)
        assert schemas.judge(part, first) == schemas.judge(part, second)

    run()


@pytest.mark.parametrize("part", PARTS)
def test_a_schema_uses_only_the_rules_and_types_that_are_known(part: str) -> None:
    def look(rules: Any) -> None:
        assert set(rules) <= RULES
        assert set(type_names(rules)) <= {*TYPES, "list", "dict"}
        for name in ("keysrules", "valuesrules"):
            if name in rules:
                look(rules[name])
        if "schema" in rules:
            if "list" in type_names(rules):
                look(rules["schema"])
            else:
                for inner in rules["schema"].values():
                    look(inner)

    for field, rules in fields(part).items():
        look(rules)
        assert rules["meta"]["about"].endswith((".", "?")), field
