"""Places in the user's text, and their way back from the expanded one."""

from __future__ import annotations

import pytest

from osmoc.passing import SourceMap
from osmoc.source import Source

SOURCE = Source("spec.yaml", "ab\n\ncd{{ x }}e\n")


@pytest.mark.parametrize(
    ("offset", "place"), [(0, (1, 1)), (2, (1, 3)), (3, (2, 1)), (4, (3, 1)), (13, (3, 10)), (15, (4, 1))]
)
def test_lines_and_columns_count_from_one(offset: int, place: tuple[int, int]) -> None:
    span = SOURCE.span(offset, offset)
    assert (span.line, span.column) == place == SOURCE.place(offset)
    assert str(span) == f"spec.yaml:{place[0]}:{place[1]}"


def test_a_line_comes_without_its_end() -> None:
    assert [SOURCE.line(number) for number in (1, 2, 3, 4)] == ["ab", "", "cd{{ x }}e", ""]


def test_only_line_feeds_end_lines() -> None:
    assert Source("x", "a\x0bb\x0cc\u2028d\x85e").line_starts == (0,)


def expanded() -> SourceMap:
    """`cd{{ x }}e` as it expands where `x` is `12`."""
    origins = (SOURCE.span(4, 6), SOURCE.span(6, 13), SOURCE.span(13, 15))
    return SourceMap(SOURCE, (0, 2, 4), origins, (True, False, True), "cd12e\n")


@pytest.mark.parametrize(
    ("start", "end", "shown", "became"),
    [
        (0, 1, "c", ""),
        (1, 2, "d", ""),
        (4, 5, "e", ""),
        (2, 4, "{{ x }}", "12"),
        (3, 4, "{{ x }}", "2"),
        (0, 5, "cd{{ x }}e", "cd12e"),
        (1, 3, "d{{ x }}", "d1"),
    ],
)
def test_a_place_of_the_expanded_text_is_found_in_the_template(
    start: int, end: int, shown: str, became: str
) -> None:
    span = expanded().span(start, end)
    assert (SOURCE.text[span.start : span.end], span.became) == (shown, became)


def test_an_empty_place_stays_empty() -> None:
    span = expanded().span(5, 5)
    assert (span.start, span.end, span.became) == (14, 14, "")
