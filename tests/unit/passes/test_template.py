"""Sections, variables, and run-time tokens hidden from Jinja."""

from __future__ import annotations

import pytest

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Severity
from osmoc.options import Options
from tests.unit.front import field, shown, through

# Sections


def test_only_the_workflow_section_goes_on_and_offsets_stay() -> None:
    text = "version: 2\ndefault-values:\n  a: 1\nworkflow:\n  x: y\n"
    front = through(text)
    assert front.template is not None
    assert front.template.text[text.index("workflow:") :] == "workflow:\n  x: y\n"
    assert front.template.text[: text.index("workflow:")].split() == []
    assert front.value == {"x": "y"}


def test_the_order_of_sections_does_not_matter() -> None:
    assert through("workflow:\n  x: '{{ a }}'\ndefault-values:\n  a: 1\n").value == {"x": "1"}


def test_what_follows_the_workflow_adds_nothing_to_a_text_at_its_end() -> None:
    front = through("workflow:\n  x: |+\n    a\n\ndefault-values:\n                  y: 1\n")
    assert front.value == {"x": "a\n"}


@pytest.mark.parametrize(
    ("text", "at", "advice"),
    [
        ("workflow:\n  x: 1\nworkflows: 1\n", "workflows", "write `workflow:`"),
        ("workflow:\n  x: 1\ntasks: []\n", "tasks", "indent `tasks:`, so that it stands within `workflow:`"),
        ("workflow:\n  x: |\nsome: text\n", "some", "indent it if it belongs to the text above"),
    ],
)
def test_an_unknown_section_is_refused_with_advice(text: str, at: str, advice: str) -> None:
    said = through(text).only
    assert (said.code, shown(said)) == (Code.SECTION_UNKNOWN, at)
    assert said.help.startswith(advice)


def test_a_repeated_section_is_refused_and_the_first_one_shown() -> None:
    said = through("workflow:\n  x: 1\nworkflow:\n  y: 1\n").only
    assert (said.code, said.at.line, said.labels[0].at.line) == (Code.SECTION_TWICE, 3, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("# nothing\n", "there is no section `workflow`"),
        ("  workflow:\n    x: 1\n", "is indented"),
        ("'workflow':\n  x: 1\n", "not written plainly"),
    ],
)
def test_a_missing_workflow_is_said_with_its_probable_cause(text: str, message: str) -> None:
    said = through(text).only
    assert said.code is Code.SECTION_MISSING
    assert message in said.message


@pytest.mark.parametrize("version", ["2", "'2'", "2.0", "2 # the second"])
def test_version_2_is_the_version(version: str) -> None:
    assert through(f"version: {version}\nworkflow:\n  x: 1\n").said == ()


@pytest.mark.parametrize(("version", "at"), [("1", "1"), ("abc # x", "abc"), ("", "version")])
def test_another_version_is_warned_of(version: str, at: str) -> None:
    said = through(f"version: {version}\nworkflow:\n  x: 1\n").only
    assert (said.severity, said.code, shown(said)) == (Severity.WARNING, Code.VERSION_IGNORED, at)


def test_set_tags_before_the_first_section_work() -> None:
    front = through("---\n{% set a = 3 %}\n{% set b %}text{% endset %}\nworkflow:\n  x: '{{ a }}{{ b }}'\n")
    assert (front.value, front.said) == ({"x": "3text"}, ())


def test_a_set_tag_in_a_comment_before_the_first_section_does_nothing() -> None:
    front = through("# {% set a = 3 %}\nworkflow:\n  x: {{ a }}\ndefault-values:\n  a: 5\n")
    assert front.value == {"x": 5}


def test_other_text_before_the_first_section_is_dropped_with_a_warning() -> None:
    said = through("# fine\n{# fine\n too #}\n - a list\nworkflow:\n  x: 1\n").only
    assert (said.code, shown(said), said.at.line) == (Code.TEXT_BEFORE_SECTIONS, "- a list", 4)


# Default values


@pytest.mark.parametrize("values", ["", "null", "{}", "[]"])
def test_default_values_may_be_empty(values: str) -> None:
    assert through(f"workflow:\n  x: 1\ndefault-values: {values}\n").value == {"x": 1}


def test_default_values_keep_their_types_and_are_no_template() -> None:
    front = field("'{{ a.b + 1 }} {{ c }}'", 'a: {b: 2}\nc: "{{ a }}"')
    assert front.value == {"x": "3 {{ a }}"}


@pytest.mark.parametrize("values", ["text", "[1]"])
def test_default_values_that_are_no_mapping_are_refused(values: str) -> None:
    said = through(f"workflow:\n  x: 1\ndefault-values: {values}\n").only
    assert (said.code, shown(said)) == (Code.VALUES_NOT_MAPPING, values)


def test_a_name_that_yaml_reads_as_no_text_is_refused() -> None:
    front = field("1", "yes: 1\n5: 2")
    assert front.codes() == [Code.VALUE_NAME_NOT_TEXT] * 2
    assert [one.help for one in front.said] == ['write `"yes"`', "give it a name that begins with a letter"]


def test_mistakes_in_default_values_have_their_place_in_the_file() -> None:
    said = through("workflow:\n  x: 1\ndefault-values:\n  a: b: c\n").only
    assert (said.code, said.at.line, shown(said)) == (Code.VALUE_NEEDS_QUOTES, 4, "b: c")


# --set


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("5", 5),
        ("05", 5),
        ("1_000", 1000),
        (" 5", 5),
        ("1e3", 1000.0),
        ("inf", float("inf")),
        ("true", "true"),
        ("0x10", "0x10"),
        ("[1]", "[1]"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_set_is_typed_as_the_reference_types_it(given: str, value: object) -> None:
    front = field("1", options=Options(set=(f"v={given}",)))
    assert front.template is not None
    assert front.template.values == {"v": value}
    assert type(front.template.values["v"]) is type(value)


def test_later_and_more_exact_values_win() -> None:
    options = Options(
        set=("a=1", "b=1", "a=2", "c=1", "d=1"), set_string=("b=2", "c=2"), set_json=('c={"e": [true]}',)
    )
    front = field("1", "d: 0\nf: 0", options)
    assert front.template is not None
    assert front.template.values == {"d": 1, "f": 0, "a": 2, "b": "2", "c": {"e": [True]}}


def test_a_malformed_set_is_shown_as_it_was_typed() -> None:
    front = field("1", options=Options(set=("v", "=5"), set_json=("v=[1, 2",)))
    assert front.codes() == [Code.SET_MALFORMED] * 3
    assert [one.at.source.name for one in front.said] == ["--set", "--set", "--set-json"]
    assert shown(front.said[0]) == "v"


@pytest.mark.parametrize("value", ["false", "False", "no", "none"])
def test_a_text_that_looks_false_is_warned_of(value: str) -> None:
    front = field("'{% if v %}yes{% endif %}'", options=Options(set=(f"v={value}",)))
    assert (front.only.code, front.value) == (Code.SET_IS_TRUE, {"x": "yes"})
    assert field("1", options=Options(set_string=(f"v={value}",), set_json=("w=false",))).said == ()


def test_a_name_that_no_template_can_mention_is_warned_of() -> None:
    front = field("'{{ a.b }}'", "a: {b: 1}", Options(set=("a.b=2", "c-d=1")))
    assert (front.codes(), front.value) == ([Code.SET_WITHOUT_EFFECT] * 2, {"x": "1"})


# Run-time tokens


@pytest.mark.parametrize(
    "token",
    [
        "{{output}}",
        "{{workflow_id}}",
        "{{uuid}}",
        "{{input:0}}",
        "{{input:prepare}}",
        "{{host:a b}}",
        "{{input:0 }}",
        "{{host:ü}}",
    ],
)
def test_a_token_comes_through_jinja(token: str) -> None:
    front = field(f"'a{token}b {{{{ 1 + 1 }}}} {{% raw %}}{token}{{% endraw %}}'")
    assert (front.value, front.said) == ({"x": f"a{token}b 2 {token}"}, ())


def test_tokens_come_through_string_literals_filters_and_macros() -> None:
    front = field(
        "{% macro m(t) %}{{ t | replace('a', 'b') }}{{output}}{% endmacro %}'{{ m('a{{input:0}}') | upper }}'"
    )
    assert front.value == {"x": "B{{input:0}}{{output}}"}


@pytest.mark.parametrize("token", ["{{ output }}", "{{output }}", "{{ input:0 }}", "{{ host:a }}"])
def test_blanks_in_a_token_are_taken_with_a_warning(token: str) -> None:
    front = field(f"'{token}'")
    assert (front.only.code, shown(front.only)) == (Code.TOKEN_SPACED, token)
    assert front.only.help == f"write `{token.replace(' ', '')}`"
    assert front.value == {"x": token}


@pytest.mark.parametrize(
    "text",
    [
        "{% set output = 'v' %}'{{ output }}'",
        "{% for output in ['v'] %}'{{ output }}'{% endfor %}",
        "{% macro m(output) %}{{ output }}{% endmacro %}'{{ m('v') }}'",
        "{% with output = 'v' %}'{{ output }}'{% endwith %}",
    ],
)
def test_a_variable_of_that_name_is_a_variable(text: str) -> None:
    front = field(text)
    assert (front.value, front.said) == ({"x": "v"}, ())


def test_a_value_of_that_name_is_a_variable_outside_of_raw() -> None:
    front = field(
        "'{{ output }}{{output}}{% raw %}{{ output }}{% endraw %}'", options=Options(set=("output=v",))
    )
    assert (front.value, front.said) == ({"x": "v{{output}}{{ output }}"}, ())


def test_a_token_that_a_template_should_make_is_left_with_a_warning() -> None:
    front = field("'{{host:worker-{{ i }}}}'", "i: 1")
    assert (front.only.code, front.value) == (Code.TOKEN_WITH_TEMPLATE, {"x": "{{host:worker-{{ i }}}}"})
    assert field("\"{{ '{{' ~ 'host:worker-' ~ i ~ '}}' }}\"", "i: 1").value == {"x": "{{host:worker-1}}"}


def test_three_braces_are_refused_as_in_the_reference() -> None:
    said = field("'{{{output}}}'").only
    assert (said.code, shown(said)) == (Code.TOKEN_IN_BRACES, "{{{output}}")


def test_a_token_in_a_comment_is_no_concern() -> None:
    assert field("1{# {{ output }} {{{output}}} #}").said == ()


def test_private_use_characters_of_the_users_stay() -> None:
    private = "\ue000\ue07b\ue07d\ue07f\uf8ff\U000f0000\U0010fffd"
    assert field(f"'{private}{{{{output}}}}{{{{ 1 }}}}'").value == {"x": f"{private}{{{{output}}}}1"}


def test_a_text_with_characters_of_every_private_range_is_refused() -> None:
    every = "".join(map(chr, (*range(0xE000, 0xF900, 128), *range(0xF0000, 0x10FFFE, 128))))
    assert field(f"'{{{{output}}}}{every}'").only.code is Code.FILE_NOT_TEXT
