from __future__ import annotations

import json
from pathlib import Path

import pytest

from osmoc.reference_page import PARTS, page
from osmoc.shapes import fields
from tests.command_line import osmoc


@pytest.mark.parametrize("part", PARTS)
def test_every_field_of_a_part_has_its_line(part: str) -> None:
    lines = page(part).splitlines()

    for name in fields(part):
        assert any(line.startswith(f"{name}  (") for line in lines), name


def test_a_field_says_its_type_its_default_and_what_it_takes(tmp_path: Path) -> None:
    told = osmoc(["explain", "pool"], tmp_path).out

    assert "onDisruption  (text, default retry)" in told
    assert "One of retry, count, fail." in told
    assert "  endpoint  (text)" in told
    assert "name  (text, required)" in page("task")
    assert "  frequency  (duration, required)" in page("task")


def test_an_unknown_part_is_told_with_a_near_one(tmp_path: Path) -> None:
    done = osmoc(["explain", "pol"], tmp_path)

    assert done.code == 64
    assert "there is no part and no code `pol`; did you mean `pool`?" in done.err


@pytest.mark.parametrize("kind", ["workflow", "pool"])
def test_a_schema_is_printed_as_json(tmp_path: Path, kind: str) -> None:
    done = osmoc(["schema", kind], tmp_path)

    assert done.code == 0
    assert json.loads(done.out)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
