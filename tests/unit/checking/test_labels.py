from __future__ import annotations

import pytest

from osmoc.checking.labels import check_label_key, check_label_value
from osmoc.checking.unfit import Unfit


@pytest.mark.parametrize(
    "key", ["a", "a/b", "team", "osmo.pool", "kai.scheduler/queue", "A_b.c-d", "x" * 63, "a.b/" + "x" * 63]
)
def test_a_key_is_taken(key: str) -> None:
    check_label_key(key)


@pytest.mark.parametrize(
    "key", ["", "-a", "a-", "a/b/c", "/a", "a/", "A.com/b", "a..b/c", "x" * 64, "ü", "a b", "a" * 254 + "/b"]
)
def test_what_kubernetes_takes_for_no_key_is_refused(key: str) -> None:
    with pytest.raises(Unfit):
        check_label_key(key)


def test_a_value_is_not_empty_and_keeps_to_the_letters() -> None:
    check_label_value("b" * 63)
    for value in ("", "b" * 64, "x y", "-x", "x-", "a\n"):
        with pytest.raises(Unfit):
            check_label_value(value)
