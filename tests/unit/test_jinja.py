"""The door to Jinja: what comes out is text with places, or a Problem."""

from __future__ import annotations

import pytest

from osmoc.jinja import Kind, Problem, render, undefined_beside


def problem(text: str, **values: object) -> Problem:
    with pytest.raises(Problem) as raised:
        render(text, values)
    return raised.value


def test_parts_come_in_order_with_their_offsets() -> None:
    assert render("a{{ b }}{% if b %}c{% endif %}", {"b": 1}).parts == [
        ("a", 0, 1, True),
        ("1", 1, 8, False),
        ("c", 18, 19, True),
    ]


def test_text_of_a_macro_keeps_its_place_at_each_call() -> None:
    text = "{% macro m(x) %}a{{ x }}{% endmacro %}{{ m(1) }}{{ m(2) }}"
    assert [part[:2] for part in render(text, {}).parts] == [("a", 16), ("1", 17), ("a", 16), ("2", 17)]


def test_text_that_a_filter_changed_has_the_place_of_the_whole_expression() -> None:
    text = "{% macro m() %}a{% endmacro %}{{ m() | upper }}"
    assert render(text, {}).parts == [("A", 30, 47, False)]


def test_output_of_macros_is_text_to_the_template() -> None:
    text = (
        "{% macro m() %}a{% endmacro %}{% set s %}a{% endset %}{{ m() == 'a' }}{{ m() ~ s }}{{ m() + s }}"
        "{{ {'a': 1}[s] }}{{ s is string }}{{ s | length }}{{ s * 2 }}"
    )
    assert "".join(part[0] for part in render(text, {}).parts) == "Trueaaaa1True1aa"


def test_values_are_not_changed_for_the_caller() -> None:
    values: dict[str, object] = {"a": 1}
    render("{% set a = 2 %}{{ a }}", values)
    assert values == {"a": 1}


def test_a_problem_knows_the_name_and_the_names_beside_it() -> None:
    found = problem("{% set here = 1 %}{% macro there() %}{% endmacro %}{{ missing }}", value=1)
    assert (found.kind, found.name, (found.start, found.end)) == (Kind.UNDEFINED, "missing", (54, 61))
    assert {"here", "there", "value"} <= set(found.known)


def test_the_innermost_block_that_is_open_is_blamed() -> None:
    found = problem("{% for a in [1] %}{% if a %}{% set b = 1 %}{% endif %}{% filter upper %}")
    assert (found.kind, found.name, found.start) == (Kind.UNCLOSED, "filter", 54)


def undefined_in(text: str) -> list[str]:
    with pytest.raises(Problem) as raised:
        render(text, {"known": 1})
    others = undefined_beside(text, {"known": 1}, raised.value)
    return [raised.value.name, *(other.name for other in others)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{ a }} {{ known }} {{ b }} {{ a }}", ["a", "b"]),
        ("{{ a | upper }}{% for i in range(2) %}{{ b ~ i }}{% endfor %}", ["a", "b"]),
        ("{{ a }}{{ b | default('x') }}{{ c }}", ["a", "c"]),
        ("{{ a }}{% if b is defined %}{{ b }}{% endif %}{{ c }}", ["a", "c"]),
        # What is decided by a missing value could go the other way.
        ("{{ a }}{% if a %}{{ b }}{% else %}{{ c }}{% endif %}", ["a"]),
        ("{{ a }}{% if a == 1 %}{{ b }}{% else %}{{ c }}{% endif %}", ["a"]),
        ("{{ a }}{% for x in a %}{{ b }}{% else %}{{ c }}{% endfor %}", ["a"]),
        ("{{ a.name }}{{ a['x'] }}{{ b }}", ["a", "b"]),
        ("{{ a }}{{ 1 in a }}{{ b }}", ["a"]),
        ("{{ a }}{{ known / 0 }}{{ b }}", ["a"]),
    ],
)
def test_variables_that_are_printed_are_missed_together(text: str, names: list[str]) -> None:
    assert undefined_in(text) == names


def test_of_very_many_some_are_enough() -> None:
    assert len(undefined_in("".join(f"{{{{ v{i} }}}}" for i in range(100)))) == 20
