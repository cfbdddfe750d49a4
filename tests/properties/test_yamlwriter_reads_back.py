"""Whatever is written is read back the same, by both of PyYAML's readers, and is written the same again."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from osmoc import yamlwriter

SYNTAX = list("0123456789eExXo_.:-+ \n\t#&*!|>%@`[]{},?yYnNoOaAbBtTzZ'\"\\=~<")
TEXTS = st.text(st.one_of(st.sampled_from(SYNTAX), st.characters(exclude_categories=["Cs"])))
LEAVES = TEXTS | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_what_is_written_is_read_back(body: dict[str, Any]) -> None:
    written = yamlwriter.document(body)
    for loader in (yaml.SafeLoader, yaml.CSafeLoader):
        assert yaml.load(written, loader) == body
    assert yamlwriter.document(yaml.safe_load(written)) == written


@settings(max_examples=500, deadline=None)
@given(st.text(st.sampled_from(list("0123456789eExob_.:-+TZtnaif")), min_size=1, max_size=12))
def test_no_number_time_or_boolean_of_any_dialect_stands_bare(text: str) -> None:
    written = yamlwriter.scalar(text)
    if written == text and any(map(str.isdigit, text)):
        assert yaml.safe_load(text) == text
        try:
            float(text.replace("_", ""))
        except ValueError:
            return
        raise AssertionError(f"{text} is a number for some reader")
