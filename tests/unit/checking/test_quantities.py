from __future__ import annotations

import re

import pytest

from osmoc.checking.quantities import quantity
from osmoc.checking.unfit import Unfit


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("4Gi", "4Gi"),
        ("4G", "4G"),
        ("1GiB", "1Gi"),
        ("1KiB", "1Ki"),
        ("3K", "3Ki"),
        ("5B", "5"),
        ("0.5Ti", "0.5Ti"),
        ("100m", "100m"),
        ("1073741824", "1073741824"),
        ("2.50Mi", "2.50Mi"),
        ("0Gi", "0Gi"),
    ],
)
def test_an_amount_is_written_as_kubernetes_takes_it(text: str, written: str) -> None:
    assert quantity(text) == written
    assert re.fullmatch(r"[0-9]+(\.[0-9]+)?([KMGT]i|[mMGT])?", written)


@pytest.mark.parametrize(
    "text",
    [
        "4GB",
        ".5Gi",
        "1e9",
        "4gi",
        "4 Gi",
        "1Ei",
        "",
        "-1Gi",
        "1k",
        "1KB",
        "1.Gi",
        "Gi",
        "1Gi ",
        "+1Gi",
        "٣Gi",
        "9" * 19 + "Gi",
    ],
)
def test_what_the_reference_refuses_is_no_amount(text: str) -> None:
    with pytest.raises(Unfit):
        quantity(text)


@pytest.mark.parametrize(
    ("text", "advice"),
    [("4GB", "write `4Gi`"), (".5gi", "write `0.5Gi`"), ("4 Gi", "write `4Gi`"), ("much", "")],
)
def test_the_help_is_what_was_meant(text: str, advice: str) -> None:
    with pytest.raises(Unfit) as raised:
        quantity(text)
    assert raised.value.help == advice
