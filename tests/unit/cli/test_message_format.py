from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import osmoc

WRONG = "workflow:\n  name: w\n  tasks:\n  - {name: a, image: b, command: [c], nmae: d}\n"
RIGHT = "workflow:\n  name: w\n  tasks:\n  - {name: a, image: b, command: [c]}\n"


@pytest.mark.parametrize("command", ["compile", "check"])
def test_what_is_wrong_is_written_for_a_program(tmp_path: Path, command: str) -> None:
    (tmp_path / "spec.yaml").write_text(WRONG)

    done = osmoc([command, "spec.yaml", "--message-format", "json"], tmp_path)

    assert (done.code, done.out) == (1, "")
    assert json.loads(done.err)["code"] == "OSM0501"


def test_a_right_spec_gives_an_empty_log(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(RIGHT)

    done = osmoc(["check", "spec.yaml", "--message-format", "sarif"], tmp_path)

    assert done.code == 0
    assert json.loads(done.err)["runs"][0]["results"] == []
