"""Whatever the text is: it is accepted, or refused in words that can be drawn; nothing else happens."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from osmoc.diagnostics.terminal import draw
from tests.unit.front import Front, field, through

QUICK = settings(max_examples=100, deadline=None)

TAGS = (
    "for if else elif endfor endif set endset macro endmacro call endcall raw endraw filter endfilter include"
)
SIGNS = "{{ }} {% %} {# #} {%- -%} {{- -}} ( ) [ ] . | ~ + * ** / % == = , : {{output}} {{input:0}} {{host:{"
WORDS = "in is not and or x y loop range 'a' \"b\" 1 2 none true upper join default map output __class__"
JINJA = st.sampled_from(f"{TAGS} {SIGNS} {WORDS}".split())

MARKS = (
    "- : , [ ] { } & * ! | > ' \" # % @ ` ? = ~ --- ... << *a &a !!int !!set yes 010 2024-13-01 .inf a b ü"
)
BREAKS = ["\n", "\n  ", "\n\t", "\n- ", ": ", "- ", "\\", "\x07", "\ue000", "\n---\n"]
YAML = st.sampled_from([*MARKS.split(), *BREAKS])


def drawn(front: Front) -> None:
    """Every message has its place in a text, and words."""
    for one in front.said:
        assert 0 <= one.at.start <= one.at.end <= len(one.at.source.text)
        assert one.message
        assert not one.message.endswith(".")
    assert bool("".join(draw(front.said))) == bool(front.said)


@QUICK
@given(st.lists(JINJA, max_size=12).map(" ".join))
def test_any_template_is_rendered_or_refused(template: str) -> None:
    drawn(field(template, "x: [1, {y: z}]\ny: text"))


@QUICK
@given(st.lists(YAML, max_size=12).map("".join))
def test_any_yaml_is_read_or_refused(text: str) -> None:
    drawn(field(text))


@QUICK
@given(st.lists(JINJA | YAML, max_size=16).map("".join), st.text(max_size=20))
def test_any_mixture_is_taken_or_refused(text: str, more: str) -> None:
    drawn(field(text + more, "x: 1"))


@QUICK
@given(st.text(max_size=60))
def test_any_text_is_taken_or_refused(text: str) -> None:
    drawn(through(text))
