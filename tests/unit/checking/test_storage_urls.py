from __future__ import annotations

import pytest

from osmoc.checking.storage_urls import check_storage_url, foreign_scheme
from osmoc.checking.unfit import Unfit


@pytest.mark.parametrize(
    "text",
    [
        "s3://b",
        "s3://b/p/",
        "s3://b/p//",
        "s3://b/{{workflow_id}}/x",
        "gs://b",
        "tos://e/b",
        "azure://a/c",
        "swift://h/a/b",
        "file:///data",
        "s3://b/p?q=1",
    ],
)
def test_an_address_has_its_scheme(text: str) -> None:
    assert check_storage_url(text) == text.partition(":")[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b/p",
        "/local",
        "s3:/b",
        "s3://",
        "s3:///b",
        "s3://b//p",
        "s3://b/p;q",
        "s3://b/a,b",
        "s3://b/*",
        "tos://e",
        "azure://a",
        "swift://h/a",
        "http://b/p",
        "S3://b",
        "file://data",
    ],
)
def test_what_no_storage_has_is_refused(text: str) -> None:
    with pytest.raises(Unfit):
        check_storage_url(text)


def test_only_a_whole_address_of_another_kind_is_foreign() -> None:
    assert foreign_scheme("http://host/x") == "http"
    for text in ("s3://b//p", "S3://b", "file://x", "http:/host", "http://", "nothing"):
        assert foreign_scheme(text) is None


def test_the_help_mends_doubled_slashes_and_capitals() -> None:
    for text, advice in (("s3://b//p///q", "write `s3://b/p/q`"), ("GS://b", "write `gs://b`")):
        with pytest.raises(Unfit) as raised:
            check_storage_url(text)
        assert raised.value.help == advice
        check_storage_url(advice.split("`")[1])
