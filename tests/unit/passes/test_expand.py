"""Jinja, its places, its mistakes, and its bounds."""

from __future__ import annotations

import gc
import random
import subprocess
import sys
import threading

import pytest

from osmoc.diagnostics.codes import Code
from osmoc.templating import bounds
from tests.unit.front import Front, field, scalars, shown, through


def written(front: Front) -> list[tuple[object, str]]:
    """Each scalar's value, and the text of the template that its place shows."""
    return [(one.value, one.at.source.text[one.at.start : one.at.end]) for one in scalars(front.root)]


# Places


def test_a_text_without_jinja_goes_through_without_importing_it() -> None:
    code = (
        "import sys; from tests.unit.front import through\n"
        "assert through('workflow:\\n  x: \"a{{output}}\"\\n').value == {'x': 'a{{output}}'}\n"
        "assert 'jinja2' not in sys.modules and 'lark' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})


def test_what_was_copied_has_its_own_place_in_every_turn_of_a_loop() -> None:
    text = "workflow:\n  x:\n  {% for i in [1, 2] %}\n  - name: task{{ i }}\n    y: z\n  {% endfor %}\n"
    pairs = written(through(text))
    assert pairs == [
        ("workflow", "workflow"),
        ("x", "x"),
        *[("name", "name"), ("task1", "task{{ i }}"), ("y", "y"), ("z", "z")],
        *[("name", "name"), ("task2", "task{{ i }}"), ("y", "y"), ("z", "z")],
    ]


def test_what_an_expression_wrote_has_the_expression_for_its_place_and_says_what_it_became() -> None:
    (scalar,) = [one for one in scalars(field("{{ 'a' ~ b }}", "b: 1").root) if one.value == "a1"]
    assert (scalar.at.became, scalar.at.line, scalar.at.column) == ("a1", 2, 6)
    assert scalar.at.source.text[scalar.at.start : scalar.at.end] == "{{ 'a' ~ b }}"


@pytest.mark.parametrize(
    "text",
    [
        "{% macro task(n) %}\n  - name: t{{ n }}\n    y: z\n{% endmacro %}{{ task(1) }}",
        "{% set block %}\n  - name: t{{ 1 }}\n    y: z\n{% endset %}{{ block }}",
        "{% macro m() %}{{ caller() }}{% endmacro %}"
        "{% call m() %}\n  - name: t{{ 1 }}\n    y: z\n{% endcall %}",
        "{% for x in [1] recursive %}\n  - name: t{{ x }}\n    y: z\n{% endfor %}",
        "{% block b %}\n  - name: t{{ 1 }}\n    y: z\n{% endblock %}",
        "{%- if true -%}\n\n  {{ '\n' }}  - name: t{{- 1 -}}   {{ '\n' }}    y: z\n{% endif %}",
        "{# a comment #}{% raw -%}   {% endraw %}\n  {%- raw %}\n  - name: t{% endraw %}{{ 1 }}\n    y: z",
    ],
)
def test_macros_blocks_and_calls_hand_places_on(text: str) -> None:
    pairs = written(field(text))
    assert pairs[2:4] + pairs[-2:-1] == [("name", "name"), ("t1", pairs[3][1]), ("y", "y")]
    assert pairs[3][1].startswith("t{")
    assert pairs[-1] == ("z", "z")


def test_a_filter_block_has_its_tag_for_its_place() -> None:
    assert written(field("{% filter upper %}abc{{output}}{% endfilter %}"))[-1] == (
        "ABC{{output}}",
        "{% filter upper %}",
    )


def test_the_text_is_that_of_plain_jinja_without_the_last_line_end() -> None:
    assert through("workflow:\n  x: {{ 1 }}\n\n").text == "workflow:\n  x: 1\n"
    assert through("workflow:\n  x: 1\n\n").text == "workflow:\n  x: 1\n"


def test_chance_gives_the_same_at_every_compilation_and_is_left_as_it_was() -> None:
    state = random.getstate()
    texts = {field("{{ range(1000) | random }} {{ lipsum(1, html=false) | length }}").text for _ in range(3)}
    assert len(texts) == 1
    assert random.getstate() == state


def test_an_object_that_is_printed_is_warned_of_and_shows_no_address() -> None:
    front = field("\"{{ [1] | map('string') }}\"")
    assert (front.only.code, shown(front.only)) == (
        Code.TEMPLATE_PRINTS_OBJECT,
        "{{ [1] | map('string') }}",
    )
    assert "0x" not in front.text


def test_values_of_the_sandbox_are_those_of_the_reference() -> None:
    assert field("[{{ none }}, {{ true }}, {{ [1, 'a'] }}, {{ 1.0 }}]").value == {
        "x": ["None", True, [1, "a"], 1.0]
    }
    assert field("{{ 'd' if false }}").value == {"x": None}
    assert field("{% set l = [] %}{% set _ = l.append(1) %}{{ l }}").value == {"x": [1]}


def test_the_collector_is_on_again_afterwards() -> None:
    field("{{ 1 }}")
    assert gc.isenabled()
    field("{{ a }}")
    assert gc.isenabled()


# Undefined


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("{{ nothing }}", "nothing"),
        ("{{ 1 }}{{ 2 ~ nothing }}", "nothing"),
        ("{% if nothing %}a{% endif %}", "nothing"),
        ("{% if false %}{% elif nothing %}a{% endif %}", "nothing"),
        ("{% for a in nothing %}{% endfor %}", "nothing"),
        ("{% set a = nothing + 1 %}", "nothing"),
        ("{% macro m(a) %}{{ a ~ nothing }}{% endmacro %}{{ m(1) }}", "nothing"),
        ("{{ nothing() }}", "nothing"),
        ("{{ d.nothing }}", "nothing"),
        ("{{ d['nothing'] }}", "nothing"),
        ("{{ d.nothing.more }}", "nothing"),
    ],
)
def test_an_undefined_variable_is_shown_at_its_name(text: str, at: str) -> None:
    said = field(text, "d: {some: 1}").only
    assert (said.code, shown(said)) == (Code.VARIABLE_UNDEFINED, at)


def test_of_two_uses_the_one_that_failed_is_shown() -> None:
    said = through("workflow:\n  x: {{ v | default(1) }}\n  y: {{ v }}\n").only
    assert (said.at.line, shown(said)) == (3, "v")


def test_the_nearest_name_is_offered() -> None:
    assert field("{{ epoch }}", "epochs: 1").only.help == "did you mean `epochs`?"
    assert field("{% set learning = 1 %}{{ learnin }}").only.help == "did you mean `learning`?"
    assert field("{{ d.someting }}", "d: {something: 1}").only.help == "did you mean `something`?"
    assert field("{{ outputs }}").only.help == "the run-time token is `{{output}}`"
    assert field("{{ batch }}").only.help.startswith("give it a value with `--set batch=…`")


def test_default_values_within_the_workflow_are_found() -> None:
    said = through("workflow:\n  x: {{ n }}\n  default-values:\n    n: 1\n").only
    assert said.help == "move `default-values:` into the first column, out of the workflow"


def test_a_variable_in_a_yaml_comment_is_explained() -> None:
    assert "comments, too" in through("workflow:\n  # {{ n }}\n  x: 1\n").only.help


def test_what_may_be_undefined_may_be() -> None:
    assert field("{{ n | default('d') }}{{ n is defined }}").value == {"x": "dFalse"}


# Syntax


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("{% for i in [1] %}a", Code.TEMPLATE_UNCLOSED, "{% for i in [1] %}"),
        ("{% if a %}{% for i in b %}{% endfor %}", Code.TEMPLATE_UNCLOSED, "{% if a %}"),
        ("{% set a %}text", Code.TEMPLATE_UNCLOSED, "{% set a %}"),
        ("{% set a = 1 %}{% macro m() %}", Code.TEMPLATE_UNCLOSED, "{% macro m() %}"),
        ("{% raw %}{% if a %}{% endraw %}{% if b %}", Code.TEMPLATE_UNCLOSED, "{% if b %}"),
        ("{% raw %}a", Code.TEMPLATE_UNCLOSED, "{%"),
        ("a ${#list}", Code.TEMPLATE_UNCLOSED, "{#"),
        ("{{ a", Code.TEMPLATE_UNCLOSED, "{{"),
        ("{{ a b }}", Code.TEMPLATE_SYNTAX, "b"),
        ("{{ }}", Code.TEMPLATE_SYNTAX, "}"),
        ("{% if %}{% endif %}", Code.TEMPLATE_SYNTAX, "%"),
        ("{{ a ? b }}", Code.TEMPLATE_SYNTAX, "?"),
        ("{{ (a] }}", Code.TEMPLATE_SYNTAX, "]"),
        ("{% endfor %}", Code.TEMPLATE_SYNTAX, "endfor"),
        ("{% if a %}{% for i in b %}{% endif %}", Code.TEMPLATE_SYNTAX, "endif"),
        ("{% do a %}", Code.TEMPLATE_SYNTAX, "do"),
        ("{{ 1 | nofilter }}", Code.TEMPLATE_SYNTAX, "nofilter"),
        ("{{ 1 is notest }}", Code.TEMPLATE_SYNTAX, "notest"),
        ("{{ {{output}} }}", Code.TEMPLATE_SYNTAX, "{{output}}"),
        ("{% include 'a' %}", Code.TEMPLATE_NEEDS_FILES, "{% include 'a' %}"),
        ("{% extends 'a' %}", Code.TEMPLATE_NEEDS_FILES, "{% extends 'a' %}"),
        ("{% from 'a' import b %}", Code.TEMPLATE_NEEDS_FILES, "{% from 'a' import b %}"),
    ],
)
def test_a_mistake_is_shown_where_it_stands(text: str, code: Code, at: str) -> None:
    said = field(text).only
    assert (said.code, shown(said)) == (code, at)
    assert said.help


def test_a_misspelt_filter_or_tag_is_recognised() -> None:
    assert field("{{ 1 | uper }}").only.help == "did you mean `upper`?"
    assert field("{% endfro %}").only.help == "did you mean `{% endfor %}`?"


def test_a_message_shows_no_private_characters() -> None:
    said = field("{{ {{output}} }}").only
    assert "{{output}}" in said.message
    assert all(ord(letter) < 0xE000 for letter in said.message + said.help)


# Failures


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("{{ 'a' + 1 }}", "{{ 'a' + 1 }}"),
        ("{{ 1 / 0 }}", "{{ 1 / 0 }}"),
        ("a{{ 1 }}{% if 'a' > 1 %}{% endif %}", "{% if 'a' > 1 %}"),
        ("{% for a in 5 %}{% endfor %}", "{% for a in 5 %}"),
        ("{{ 'a'() }}", "{{ 'a'() }}"),
        ("{{ 'a' | int(x=1) }}", "{{ 'a' | int(x=1) }}"),
        ("{% macro m() %}{{ 1 // 0 }}{% endmacro %}{{ m() }}", "{{ 1 // 0 }}"),
        ("{% call(a) dict() %}{% endcall %}", "{% call(a) dict() %}"),
    ],
)
def test_what_fails_while_it_runs_is_shown_with_its_tag(text: str, at: str) -> None:
    said = field(text).only
    assert (said.code, shown(said)) == (Code.TEMPLATE_FAILED, at)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__ }}",
        "{{ ''['__class__'] }}",
        "{{ '' | attr('__class__') }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ ''.format.__globals__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ self._TemplateReference__context }}",
        "{% macro m() %}x{% endmacro %}{{ m()._parts }}",
        "{{ dict.__base__ }}",
    ],
)
def test_a_template_stays_in_its_sandbox(text: str) -> None:
    said = field(text).only
    assert said.code is Code.TEMPLATE_REFUSED
    assert "may not look at `_" in said.message


# Bounds


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'a' * 10000000000 }}",
        "{{ [1] * 1000000000 }}",
        "{{ 10 ** (10 ** 8) }}",
        "{{ (2 ** 90000) * (2 ** 90000) }}",
        "{{ range(100001) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% set n = namespace(s='aaaaaaaaaa') %}{% for i in range(60) %}{% set n.s=n.s ~ n.s %}{% endfor %}",
        "{% set n = namespace(s='aaaaaaaaaa') %}{% for i in range(60) %}{% set n.s=n.s + n.s %}{% endfor %}",
        "{% for i in range(30) %}" * 25 + "{% endfor %}" * 25,
        "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
    ],
)
def test_what_grows_out_of_all_measure_is_stopped(text: str) -> None:
    assert field(text).only.code is Code.TEMPLATE_TOO_MUCH


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is bounded on Linux only")
@pytest.mark.parametrize(
    "text",
    ["{{ '%1000000000d' % 1 }}", "{{ 'a'.center(10000000000) }}", "{{ 'a' | indent(10 ** 9) }}"],
)
def test_memory_is_bounded_and_the_bound_is_lifted_again(text: str) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    said = field(text).only
    assert (said.code, shown(said)) == (Code.TEMPLATE_TOO_MUCH, text)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_an_endless_template_is_stopped_where_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "SECONDS", 0.2)
    loop = "{% for j in range(100000) %}"
    said = field("{% for i in range(100000) %}" + loop + "{% endfor %}{% endfor %}").only
    assert said.code is Code.TEMPLATE_TOO_MUCH
    assert "0.2 seconds" in said.message
    assert shown(said).startswith("{% for ")


def test_a_template_runs_outside_the_main_thread() -> None:
    fronts: list[Front] = []
    thread = threading.Thread(target=lambda: fronts.append(field("{{ 1 + 1 }}")))
    thread.start()
    thread.join()
    assert fronts[0].value == {"x": 2}
