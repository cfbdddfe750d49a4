from __future__ import annotations

from datetime import timedelta

import pytest

from osmoc.checking.durations import duration
from osmoc.checking.unfit import Unfit


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30m", 1800),
        (30, 30),
        (1.5, 1.5),
        (True, 1),
        ("P1D", 86400),
        ("PT1H30M", 5400),
        ("PT0.5S", 0.5),
        ("P1DT1S", 86401),
        ("500ms", 0.5),
        ("7us", 7e-6),
        ("1 h", 3600),
        (" 1h", 3600),
        ("+5s", 5),
        ("-5s", -5),
        ("1_0s", 10),
        ("٣s", 3),
        ("400d", 400 * 86400),
        ("0s", 0),
    ],
)
def test_a_duration_is_read_as_the_reference_reads_it(value: str | float, seconds: float) -> None:
    assert duration(value) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    ["30", "1.5h", "10h5m", "1H", "1w", "P", "PT", "P1DT", "P1W", "P1Y", "", "h", "1__0s", "- 5s", "PT1.5H"],
)
def test_what_the_reference_refuses_is_no_duration(text: str) -> None:
    with pytest.raises(Unfit):
        duration(text)


@pytest.mark.parametrize(
    "value", [float("inf"), float("nan"), 1e300, "9" * 15 + "d", "9" * 5000 + "s", 10**400]
)
def test_what_no_clock_can_count_is_refused(value: str | float) -> None:
    with pytest.raises(Unfit, match="no length of time"):
        duration(value)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("30", "write `30s` for seconds"),
        ("1.5h", "write `90m`"),
        ("10h5m", "write `605m`"),
        ("1W", "write `7d`"),
        ("soon", ""),
    ],
)
def test_the_help_is_what_was_meant(text: str, advice: str) -> None:
    with pytest.raises(Unfit) as raised:
        duration(text)
    assert raised.value.help == advice


def test_every_suggestion_is_a_duration() -> None:
    for text in ("90 min", "2 hours", "1d12h", "3 weeks", "45 Sec", "0.5m"):
        with pytest.raises(Unfit) as raised:
            duration(text)
        assert duration(raised.value.help.split("`")[1])
