"""Run-time tokens cut out of texts by the grammar."""

from __future__ import annotations

import pytest

from osmoc.tokens import Token, split


@pytest.mark.parametrize(
    ("text", "kind", "argument"),
    [
        ("{{output}}", "output", ""),
        ("{{ output }}", "output", ""),
        ("{{workflow_id}}", "workflow_id", ""),
        ("{{uuid}}", "uuid", ""),
        ("{{input:0}}", "input", "0"),
        ("{{ input:0  }}", "input", "0"),
        ("{{input:prepare-data}}", "input", "prepare-data"),
        ("{{input:workflow-1:prepare}}", "input", "workflow-1:prepare"),
        ("{{input:output}}", "input", "output"),
        ("{{input:host:x}}", "input", "host:x"),
        ("{{host:server}}", "host", "server"),
        ("{{host:two words}}", "host", "two words"),
        ("{{host:uuid}}", "host", "uuid"),
        ("{{host:ü}}", "host", "ü"),
    ],
)
def test_a_token_is_read(text: str, kind: str, argument: str) -> None:
    assert split(text) == (Token(kind, argument, 0, len(text)),)


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "{{ other }}",
        "{{input}}",
        "{{input:}}",
        "{{input: 0}}",
        "{{inputs:0}}",
        "{{output2}}",
        "{{output:0}}",
        "{{host: x}}",
        "{{ }}",
        "{{}}",
        "{{output}",
        "{output}}",
        "{{input:a\nb}}",
    ],
)
def test_what_only_looks_like_a_token_stays_text(text: str) -> None:
    assert split(text) == (text,)


def test_a_text_is_cut_with_nothing_left_out() -> None:
    text = "a {{output}}{{ host:b }} {{c}} {{{uuid}}} d"
    parts = split(text)
    assert "".join(part if isinstance(part, str) else text[part.start : part.end] for part in parts) == text
    assert [part.kind for part in parts if isinstance(part, Token)] == ["output", "host", "uuid"]


def test_an_empty_text_has_no_parts() -> None:
    assert split("") == ()
