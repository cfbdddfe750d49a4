"""Whatever a template does: the text is plain Jinja's, and what was copied is found where it came from."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from tests.unit.front import scalars, through

QUICK = settings(max_examples=80, deadline=None)

VALUES = "default-values:\n  v: value\n  n: 3\n  l: [a, [b, [c]]]\n"
PLAIN = SandboxedEnvironment(undefined=StrictUndefined)

EXPRESSIONS = st.sampled_from(
    [
        "{{ v }}",
        "{{- v -}}",
        "{{ v | upper }}",
        "{{ l[0] ~ n }}",
        "{{ n * 2 }}",
        "{{ v if n > 2 else l }}",
        "{# a comment\n #}",
        "{#- a comment -#}",
        "{% set q = n %}",
        "{%- set q = v -%}",
        "{% raw %}{{ v }}{% endraw %}",
        "{%- raw -%} {% v {%- endraw -%}",
        "{{ '{{' }}",
        '{{ "\n" }}',
    ]
)
# A `{` of the text's own would make a tag with what follows it.
TEXTS = st.text("ab \n-'\"}%#ü😀\ue000\u2028", max_size=8)

BLOCKS = (
    "{% for i in range(2) %}§{% endfor %}",
    "{%- for i in l -%}§{%- else -%}§{%- endfor -%}",
    "{% for i in l recursive %}§{{ loop(i) if i is not string }}{% endfor %}",
    "{% if n == 3 %}§{% else %}§{% endif %}",
    "{%- if n == 4 %}§{% elif v -%} § {%- endif %}",
    "{% set q %}§{% endset %}{{ q }}{{ q }}",
    "{% set q | upper %}§{% endset %}{{ q }}",
    "{% filter upper %}§{% endfilter %}",
    "{% macro m(a) %}§{{ a }}{% endmacro %}{{ m(v) }}{{ m(n) | length }}",
    "{% macro m() %}§{{ caller() }}{% endmacro %}{% call m() %}§{% endcall %}",
    "{% with n = 4 %}§{% endwith %}",
)


def block(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def filled(shape: str) -> st.SearchStrategy[str]:
        parts = shape.split("§")
        return st.lists(children, min_size=len(parts) - 1, max_size=len(parts) - 1).map(
            lambda inner: parts[0] + "".join(a + b for a, b in zip(inner, parts[1:], strict=True))
        )

    return st.sampled_from(BLOCKS).flatmap(filled)


def several(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(children | block(children), max_size=4).map(lambda parts: " ".join(parts))


TEMPLATES = st.recursive(EXPRESSIONS | TEXTS, several, max_leaves=12)


@QUICK
@given(TEMPLATES)
def test_the_text_is_that_of_plain_jinja(template: str) -> None:
    text = f"workflow:{template}\n"
    front = through(text + VALUES)
    assert front.expanded is not None, front.said
    assert front.template is not None
    assert front.text == PLAIN.from_string(text).render(**front.template.values)


@QUICK
@given(TEMPLATES)
def test_what_was_copied_is_found_where_it_stood(template: str) -> None:
    front = through(f"workflow:{template}\n{VALUES}")
    assert front.expanded is not None, front.said
    origins = front.expanded.origins
    ends = [*origins.starts[1:], len(front.text)]
    for start, end, copied in zip(origins.starts, ends, origins.verbatim, strict=True):
        span = origins.span(start, end)
        shown = span.source.text[span.start : span.end]
        if copied:
            assert (shown, span.became) == (front.text[start:end], "")
        else:
            assert shown.startswith("{") and shown.endswith("}")


WORDS = st.text("abcü😀\ue000", min_size=1, max_size=6).map(lambda word: "w" + word)
LEAVES = st.one_of(
    WORDS,
    WORDS.map(lambda word: f'"{word} {{{{output}}}}"'),
    WORDS.map(lambda word: f"'{{{{input:0}}}}/{word}'"),
    WORDS.map(lambda word: f"{word}-{{{{ v }}}}"),
    st.just("{{ n }}"),
    st.just("[1, a, {{ v }}]"),
)


def tree(depth: int) -> st.SearchStrategy[Callable[[str], str]]:
    """Lines of YAML at an indentation that is given later; every key is another one."""
    leaf = LEAVES.map(lambda value: lambda indent: f" {value}\n")
    if depth == 0:
        return leaf

    def mapping(children: list[Callable[[str], str]]) -> Callable[[str], str]:
        return lambda indent: (
            "\n" + "".join(f"{indent}k{index}:{child(indent + '  ')}" for index, child in enumerate(children))
        )

    def loop(child: Callable[[str], str]) -> Callable[[str], str]:
        def written(indent: str) -> str:
            head, tail = f"{indent}{{% for i in range(3) %}}", f"{indent}{{% endfor %}}"
            return f"\n{head}\n{indent}k{{{{ i }}}}:{child(indent + '  ')}{tail}\n"

        return written

    def listed(children: list[Callable[[str], str]]) -> Callable[[str], str]:
        return lambda indent: "\n" + "".join(f"{indent}-{child(indent + '  ')}" for child in children)

    inner = tree(depth - 1)
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(leaf, several.map(mapping), inner.map(loop), several.map(listed))


@QUICK
@given(tree(3))
def test_every_scalar_is_found_in_the_template(lines: Callable[[str], str]) -> None:
    front = through(f"workflow:{lines('  ')}{VALUES}")
    assert front.root is not None, front.said
    for scalar in scalars(front.root):
        shown = scalar.at.source.text[scalar.at.start : scalar.at.end]
        if scalar.at.became:
            assert "{{ " in shown
        else:
            assert shown.strip("'\"") == str(scalar.value)
