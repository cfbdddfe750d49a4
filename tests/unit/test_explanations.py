"""Each code is explained, its wrong example is told so by that very code, and its right one by none."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from osmoc.diagnostics.codes import WARNINGS, Code
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
    severity = "warning" if Code(code) in WARNINGS else "error"

    assert (severity, code) in said(given, given.wrong.replace("…", "1 2 3 " * (8 << 20)), tmp_path / "wrong")
    assert said(given, given.right, tmp_path / "right") == []


def said(given: Explanation, example: str, folder: Path) -> list[tuple[str, str]]:
    """The severities and codes of all that osmoc says of the example."""
    folder.mkdir()
    prepare(given, example, folder)
    arguments = ["compile", "spec.yaml"]
    if given.kind == "command":
        arguments = shlex.split(example)[1:]
    elif given.pool or given.kind == "pool":
        arguments += ["--pool", "cluster.pool"]
    done = osmoc([*arguments, "--message-format", "json"], folder)
    assert done.code in (0, 1), done.err
    told = [json.loads(line) for line in done.err.splitlines()]
    return [(one["severity"], one["code"]) for one in told]


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


@pytest.mark.parametrize("written", ["OSM0515", "osm0515", "OSM-0515", "0515"])
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


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("OSM0599", "did you mean `OSM0509`?"),
        ("0599", "did you mean `OSM0509`?"),
        ("osm515", "did you mean `OSM0515`?"),
        ("tsk", "did you mean `task`?"),
        ("code", "did you mean `codes`?"),
        ("x", "`osmoc explain codes` lists the codes"),
    ],
)
def test_what_is_neither_code_nor_part_is_told_with_the_nearest(
    written: str, advice: str, tmp_path: Path
) -> None:
    done = osmoc(["explain", written], tmp_path)

    assert done.code == 64
    assert f"there is no part and no code `{written}`; " in done.err
    assert advice in done.err


def test_a_warning_s_page_says_how_it_is_silenced(tmp_path: Path) -> None:
    assert "`# osmoc: ignore OSM0710 …`" in osmoc(["explain", "0710"], tmp_path).out
    assert "ignore" not in osmoc(["explain", "0515"], tmp_path).out


def test_a_terminal_is_told_where_to_read_on(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(f"{TASK}    command: []\n    exitActions: {{COMPLETE: 137}}\n")

    assert "explain" not in osmoc(["check", "spec.yaml"], tmp_path).err
    assert on_a_terminal(["check", "spec.yaml"], tmp_path).splitlines()[-2:] == [
        "error: 1 mistake in spec.yaml",
        "for more: osmoc explain OSM0504",
    ]


def on_a_terminal(arguments: list[str], folder: Path) -> str:
    """What osmoc writes to stderr where that is a terminal, without colours."""
    ours, theirs = os.openpty()
    try:
        subprocess.run(
            [sys.executable, "-m", "osmoc", *arguments],
            cwd=folder,
            env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            check=False,
        )
        return os.read(ours, 1 << 16).decode()
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("code", CODES)
def test_an_explanation_is_a_title_and_a_few_sentences(code: str) -> None:
    given = explanations()[code]
    sentences = re.findall(r"\.(?=\s|$)", given.about)

    assert len(given.title) <= 76 and not given.title.endswith(".")
    assert 2 <= len(sentences) <= 4
    assert given.about.endswith(".")
