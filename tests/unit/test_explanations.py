"""Each code is explained, its wrong example is told so by that very code, and its right one by none."""

from __future__ import annotations

import json
import shlex
import textwrap
from pathlib import Path

import pytest

from osmoc.diagnostics.codes import Code
from osmoc.explanations import Explanation, code_named, explanations, retired
from tests.command_line import osmoc

TASK = "workflow:\n  name: w\n  tasks:\n  - name: a\n    image: ubuntu\n"
COMMAND = "    command: [ls]\n"
CODES = sorted(code.value for code in Code)


def test_every_code_is_explained_or_retired_and_no_other() -> None:
    assert sorted(explanations()) == CODES
    assert not set(retired()) & set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_the_wrong_example_is_told_so_and_the_right_one_is_not(code: str, tmp_path: Path) -> None:
    given = explanations()[code]

    assert code in said(given, given.wrong.replace("…", "1 2 3 " * (8 << 20)), tmp_path / "wrong")
    assert said(given, given.right, tmp_path / "right") == []


def said(given: Explanation, example: str, folder: Path) -> list[str]:
    """The codes of all that osmoc says of the example."""
    folder.mkdir()
    prepare(given, example, folder)
    arguments = ["compile", "spec.yaml"]
    if given.kind == "command":
        arguments = shlex.split(example)[1:]
    elif given.pool or given.kind == "pool":
        arguments += ["--pool", "cluster.pool"]
    done = osmoc([*arguments, "--message-format", "json"], folder)
    assert done.code in (0, 1), done.err
    return [json.loads(line)["code"] for line in done.err.splitlines()]


def prepare(given: Explanation, example: str, folder: Path) -> None:
    spec = TASK + COMMAND
    if given.kind == "spec":
        spec = example
    elif given.kind == "task":
        spec = TASK + ("" if "command:" in example else COMMAND) + textwrap.indent(example, "    ")
    (folder / "spec.yaml").write_text(spec, "utf-8")
    (folder / "cluster.pool").write_text(example if given.kind == "pool" else given.pool, "utf-8")
    for name, contents in given.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if contents is None:
            path.symlink_to(path.name)
        elif isinstance(contents, bytes):
            path.write_bytes(contents)
        else:
            path.write_text(contents.replace("…", "1 2 3 " * (1 << 20)), "utf-8")


@pytest.mark.parametrize("written", ["OSM0515", "osm0515", "0515"])
def test_a_code_is_known_by_its_number(written: str) -> None:
    assert code_named(written) == "OSM0515"


def test_a_page_has_title_text_and_both_examples(tmp_path: Path) -> None:
    done = osmoc(["explain", "osm0515"], tmp_path)

    assert done.code == 0
    assert done.out.startswith("OSM0515: an amount with an unknown unit\n\nMemory and storage are")
    assert "\nwrong:\n\n    workflow:" in done.out
    assert "{memory: 4GB}" in done.out
    assert "\nright:\n\n    workflow:" in done.out
    assert "{memory: 4Gi}" in done.out


def test_an_example_says_where_it_stands(tmp_path: Path) -> None:
    assert "\nwith this pool file:\n\n    platforms:" in osmoc(["explain", "0720"], tmp_path).out
    assert "\nright, in a task:\n\n    volumeMounts:" in osmoc(["explain", "0720"], tmp_path).out
    assert "\nwrong, in a pool file:\n\n    security: strict" in osmoc(["explain", "0803"], tmp_path).out


def test_a_retired_code_says_why(tmp_path: Path) -> None:
    assert osmoc(["explain", "OSM0713"], tmp_path).out.startswith("OSM0713: no longer said\n\n")


def test_all_codes_are_listed_by_what_they_are_about(tmp_path: Path) -> None:
    lines = osmoc(["explain", "codes"], tmp_path).out.splitlines()

    assert lines[:2] == ["reading files", "  OSM0101  the file is not there"]
    assert [line.split()[0] for line in lines if line.startswith("  ")] == CODES


def test_what_is_neither_code_nor_part_is_a_mistake_of_the_command_line(tmp_path: Path) -> None:
    done = osmoc(["explain", "OSM0599"], tmp_path)

    assert done.code == 64
    assert "there is no part and no code `OSM0599`" in done.err
