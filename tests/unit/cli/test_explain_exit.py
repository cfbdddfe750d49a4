from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.command_line import osmoc

SPEC = """workflow:
  name: flow
  tasks:
  - {name: fit, image: busybox, command: [sh], exitActions: {COMPLETE: 16}}
  - {name: plot, image: busybox, command: [sh]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "spec.yaml").write_text(SPEC)
    return tmp_path


def test_every_task_has_its_table(folder: Path) -> None:
    done = osmoc(["explain-exit", "spec.yaml"], folder)

    assert done.code == 0
    assert "fit: at most 6 further attempts" in done.out and "plot: at most 6" in done.out
    assert re.search(r"^16 +Complete +COMPLETE: the wrapper reports 0$", done.out, re.MULTILINE)


def test_one_task_can_be_asked_for_as_json(folder: Path) -> None:
    done = osmoc(["explain-exit", "spec.yaml", "fit", "-o", "json"], folder)

    (told,) = json.loads(done.out)
    assert told["task"] == "fit"
    assert {"codes": "16", "outcome": "Complete", "why": "COMPLETE: the wrapper reports 0"} in told["codes"]


def test_an_unknown_task_is_told_with_a_near_one(folder: Path) -> None:
    done = osmoc(["explain-exit", "spec.yaml", "plott"], folder)

    assert done.code == 64
    assert "the spec has no task `plott`; did you mean `plot`?" in done.err
