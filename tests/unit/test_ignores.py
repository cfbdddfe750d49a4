"""A comment with a code and a reason silences warnings of that code, at its line or the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import osmoc

HEAD = "workflow:\n  name: w\n  tasks:\n"
TASK = "  - name: {name}\n    image: ubuntu\n    command: [ls]\n"
KILL = "    exitActions: {COMPLETE: 137}"


def said(text: str, folder: Path, *options: str) -> tuple[int, str]:
    (folder / "spec.yaml").write_text(text, "utf-8")
    done = osmoc(["check", "spec.yaml", *options], folder)
    return done.code, done.err


def task(lines: str, name: str = "a") -> str:
    return TASK.format(name=name) + lines + "\n"


@pytest.mark.parametrize(
    "lines",
    [
        f"{KILL} # osmoc: ignore OSM0710 it ends so itself",
        f"{KILL} #osmoc:ignore OSM0710: it ends so itself",
        f"    # osmoc: ignore OSM0710 it ends so itself\n{KILL}",
        f"    # osmoc: ignore OSM0710 it ends so itself\n    # More.\n{KILL}",
        f"    {{# osmoc: ignore OSM0710 it ends so itself #}}\n{KILL}",
        f"{KILL} {{#- osmoc: ignore OSM0710 it ends so itself -#}}",
        "    environment:\n      # osmoc: ignore OSM0702 a text\n      A: |\n        ls {{host:x}}",
        "    # osmoc: ignore OSM0710, OSM0709 so meant\n    exitActions: {COMPLETE: '3,137', FAIL: '3'}",
    ],
)
def test_a_warning_is_silenced(lines: str, tmp_path: Path) -> None:
    assert said(HEAD + task(lines), tmp_path) == (0, "")
    assert said(HEAD + task(lines), tmp_path, "--strict") == (0, "")


def test_other_lines_and_other_codes_are_not_silenced(tmp_path: Path) -> None:
    silenced = task(f"{KILL} # osmoc: ignore OSM0710 it ends so itself")

    _, err = said(HEAD + silenced + task(KILL, "b"), tmp_path)

    assert err.count("warning[OSM0710]") == 1
    assert "spec.yaml:11" in err


def test_in_a_loop_one_comment_is_enough(tmp_path: Path) -> None:
    lines = f"{KILL} # osmoc: ignore OSM0710 it ends so itself"
    loop = f"  {{% for i in range(40) %}}\n{task(lines, 'a-{{ i }}')}  {{% endfor %}}\n"

    assert said(HEAD + loop, tmp_path) == (0, "")


def test_an_error_is_not_silenced(tmp_path: Path) -> None:
    code, err = said(HEAD + task("    lead: maybe # osmoc: ignore OSM0512 why not"), tmp_path)

    assert code == 1
    assert "error[OSM0512]" in err


def test_a_comment_without_effect_is_an_error_where_warnings_are(tmp_path: Path) -> None:
    text = HEAD + task("    args: [x] # osmoc: ignore OSM0710 it ends so itself")

    assert said(text, tmp_path)[0] == 0
    assert said(text, tmp_path, "--strict")[0] == 1


def test_each_of_two_comments_one_below_the_other_counts(tmp_path: Path) -> None:
    lines = (
        "    # osmoc: ignore OSM0710 it ends so itself\n"
        "    # osmoc: ignore OSM0709 so meant\n"
        "    exitActions: {COMPLETE: '3,137', FAIL: '3'}"
    )

    assert said(HEAD + task(lines), tmp_path) == (0, "")


def test_a_comment_that_ignores_an_error_is_told_so(tmp_path: Path) -> None:
    _, err = said(HEAD + task("    lead: true # osmoc: ignore OSM0512, OSM0501 why not"), tmp_path)

    assert "warning[OSM0214]: `OSM0512` is an error, and errors cannot be ignored" in err


def test_a_code_of_other_letters_is_told_with_the_right_one(tmp_path: Path) -> None:
    _, err = said(HEAD + task(f"{KILL} # osmoc: ignore osm0710 so meant"), tmp_path)

    assert "there is no code `osm0710` to ignore; did you mean `OSM0710`?" in err
    assert "warning[OSM0710]" in err


def test_a_pool_file_s_warnings_are_silenced_and_its_comments_may_be_idle(tmp_path: Path) -> None:
    pool = tmp_path / "lab.pool"
    kill = "defaultExitActions: {COMPLETE: '137'}"
    options = "--pool", str(pool), "--strict"
    text = HEAD + task("    args: [x]")

    pool.write_text(f"{kill}\n")
    assert "error[OSM0710]" in said(text, tmp_path, *options)[1]
    pool.write_text(f"{kill} # osmoc: ignore OSM0710 so meant\nnamespace: lab # osmoc: ignore OSM0402 x\n")
    assert said(text, tmp_path, *options) == (0, "")


def test_a_loop_that_is_compiled_once_is_silenced_too(tmp_path: Path) -> None:
    lines = f"{KILL} # osmoc: ignore OSM0710 it ends so itself"
    loop = f"  {{% for i in range(40) %}}\n{task(lines, 'a-{{ i }}')}  {{% endfor %}}\n"
    (tmp_path / "spec.yaml").write_text(HEAD + loop, "utf-8")

    done = osmoc(["compile", "spec.yaml"], tmp_path)

    assert (done.code, done.err) == (0, "")
    assert done.out.count("kind: Job\n") == 40
