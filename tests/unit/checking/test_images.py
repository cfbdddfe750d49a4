from __future__ import annotations

import time

import pytest

from osmoc.checking.images import check_image
from osmoc.checking.unfit import Unfit

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    "text",
    [
        "ubuntu",
        "5",
        "ubuntu:24.04",
        "library/ubuntu",
        "nvcr.io/nvidia/pytorch:24.03-py3",
        "docker:5000/x",
        "localhost/x",
        "localhost:5000/x/y:z",
        "10.0.0.1:5000/x",
        f"ubuntu@{DIGEST}",
        f"ghcr.io/a/b_c.d-e:1@{DIGEST}",
        "ubuntu:{{workflow_id}}",
        "{{workflow_id}}/x",
        "Example.COM/x",
    ],
)
def test_an_image_is_taken(text: str) -> None:
    check_image(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ubuntu",
        "a//b",
        "ubuntu:",
        "ubuntu:-x",
        "ubuntu:a b",
        " ubuntu",
        "https://x.io/a",
        "a@b",
        "-a",
        "a/",
        "/a",
        "a:b:c",
        "x_",
    ],
)
def test_what_names_no_image_is_refused(text: str) -> None:
    with pytest.raises(Unfit):
        check_image(text)


def test_the_help_is_the_name_without_a_scheme_or_capitals() -> None:
    with pytest.raises(Unfit) as raised:
        check_image("https://x.io/a")
    assert raised.value.help == "write `x.io/a`"
    with pytest.raises(Unfit) as raised:
        check_image("x.io/Team/a")
    assert raised.value.help == "write `x.io/team/a`"


def test_a_long_text_is_read_in_good_time() -> None:
    started = time.monotonic()
    for text in ("a" * 20_000 + "!", "a." * 10_000 + "!/x", "a-" * 10_000):
        with pytest.raises(Unfit):
            check_image(text)
    assert time.monotonic() - started < 5
