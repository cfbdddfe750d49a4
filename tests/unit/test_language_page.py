"""The page about the language, `grammar/README.md`: each example on it compiles without a complaint."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from tests.command_line import osmoc

PAGE = Path(__file__).parents[2] / "grammar" / "README.md"
FENCE = re.compile(r"^```(\w+)[ ]?(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TASK = "workflow:\n  name: w\n  tasks:\n  - name: a\n    image: ubuntu:24.04\n    command: [sh]\n"
EXAMPLES = [
    (kind, text) for language, kind, text in FENCE.findall(PAGE.read_text("utf-8")) if language == "yaml"
]


@pytest.mark.parametrize(("kind", "text"), EXAMPLES)
def test_an_example_compiles_without_a_complaint(kind: str, text: str, tmp_path: Path) -> None:
    assert kind in ("", "task")
    spec = TASK + textwrap.indent(text, "    ") if kind == "task" else text
    (tmp_path / "spec.yaml").write_text(spec, "utf-8")

    done = osmoc(["compile", "spec.yaml"], tmp_path)

    assert (done.code, done.err) == (0, "")
    assert "kind: Job" in done.out


def test_the_page_has_examples_and_two_pages_at_most() -> None:
    assert len(EXAMPLES) >= 6
    assert len(PAGE.read_text("utf-8").splitlines()) <= 200
