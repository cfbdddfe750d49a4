"""The expanded text as YAML: places in the template, and mistakes of which Jinja wrote a part."""

from __future__ import annotations

import pytest

from osmoc.diagnostics.codes import Code
from tests.unit.front import field, shown, through


def test_the_root_is_the_mapping_that_holds_the_workflow() -> None:
    front = through("workflow:\n  name: a\n'other': 1\n")
    assert front.root is not None
    assert front.value == {"name": "a"}


def test_the_structure_that_a_value_makes_counts() -> None:
    assert field("{{ v }}", "v: '{a: 1, b: [2]}'").value == {"x": {"a": 1, "b": [2]}}


def test_a_value_that_breaks_the_structure_is_shown_with_what_it_became() -> None:
    said = field("{{ v }}", "v: 'a: b'").only
    assert (said.code, shown(said), said.at.became) == (Code.VALUE_NEEDS_QUOTES, "{{ v }}", "a: b")
    assert said.help == 'write `"{{ v }}"`'


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("{{output}}", '"{{output}}"'),
        ("{{output}}/x", '"{{output}}/x"'),
        ('{{output}} "a"', "'{{output}} \"a\"'"),
    ],
)
def test_a_value_that_begins_with_a_token_needs_quotes(text: str, quoted: str) -> None:
    said = field(f"{text} # why").only
    assert (said.code, shown(said), said.help) == (Code.VALUE_NEEDS_QUOTES, text, f"write `{quoted}`")


def test_a_token_first_in_a_list_needs_quotes() -> None:
    assert field("[{{output}}, a]").only.help == 'write `"{{output}}"`'
    assert through("workflow:\n  - {{input:0}}/a\n").only.help == 'write `"{{input:0}}/a"`'


def test_an_anchor_that_a_loop_repeats_is_explained() -> None:
    front = through("workflow:\n{% for i in [1, 2] %}\n  x{{ i }}: &a {b: 1}\n{% endfor %}\n")
    assert (front.only.code, front.only.at.line) == (Code.ALIAS, 3)
    assert "inside a loop" in front.only.help


def test_a_key_that_stands_twice_in_the_spec_is_warned_of_at_the_first() -> None:
    front = through("workflow:\n  a: 1\n  b: 2\n  a: 3\n")
    assert (front.only.code, front.only.at.line, front.only.labels[0].at.line) == (Code.KEY_TWICE, 2, 4)
    assert front.value == {"b": 2, "a": 3}


def test_a_workflow_with_no_blank_behind_its_name_is_told_so() -> None:
    said = through("workflow:{{ 1 }}\n").only
    assert (said.code, "a blank is missing" in said.message) == (Code.YAML_SYNTAX, True)
