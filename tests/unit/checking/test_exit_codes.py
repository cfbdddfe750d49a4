from __future__ import annotations

import time

import pytest

from osmoc.checking.exit_codes import exit_codes
from osmoc.checking.unfit import Unfit


@pytest.mark.parametrize(
    ("text", "process", "conditions"),
    [
        ("0", {0}, set()),
        ("0,1-3,16", {0, 1, 2, 3, 16}, set()),
        ("255", {255}, set()),
        ("7-7", {7}, set()),
        ("3004,137", {137}, {3004}),
        ("3000-3003", set(), {3000, 3001, 3002, 3003}),
        ("99999", set(), {99999}),
        ("007", {7}, set()),
        ("٣", {3}, set()),
    ],
)
def test_codes_and_ranges_are_read(text: str, process: set[int], conditions: set[int]) -> None:
    assert exit_codes(text) == (frozenset(process), frozenset(conditions))


@pytest.mark.parametrize(
    "text", ["1, 2", "-1", "1,", ",1", "", "1.5", "True", "1-2-3", "1-23-4", "1--2", "1-", "a", "1\n", " 1"]
)
def test_what_is_no_list_of_codes_is_refused(text: str) -> None:
    with pytest.raises(Unfit):
        exit_codes(text)


@pytest.mark.parametrize("text", ["20-10", "255-1", "256", "999", "250-260", "0-99999", "900-1100"])
def test_what_would_never_match_is_refused(text: str) -> None:
    with pytest.raises(Unfit, match=r"empty|no process"):
        exit_codes(text)


def test_a_long_text_is_read_in_linear_time() -> None:
    """The reference's own pattern is exponential here."""
    started = time.monotonic()
    for text in ("1" * 50_000 + "!", "1-1," * 20_000 + "!", "1-" * 50_000):
        with pytest.raises(Unfit):
            exit_codes(text)
    assert time.monotonic() - started < 5


def test_a_range_of_conditions_is_not_counted_beyond_the_last() -> None:
    process, conditions = exit_codes("1000-" + "9" * 90)
    assert not process
    assert max(conditions) == 4000


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("1, 2", "write `1,2`"),
        ("1,", "write `1`"),
        ("20-10", "write `10-20`"),
        ("x", "codes are written `1-10,15`"),
    ],
)
def test_the_help_is_what_was_meant(text: str, advice: str) -> None:
    with pytest.raises(Unfit) as raised:
        exit_codes(text)
    assert raised.value.help == advice
