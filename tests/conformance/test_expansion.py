"""Real specs through the front of the compiler: plain Jinja's text, PyYAML's values, and a place for each.

The corpus lies beside the repository where it is; without it nothing is tried here.
"""

from __future__ import annotations

import csv
import shlex
from pathlib import Path

import pytest
import yaml
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from osmoc.document import plain
from osmoc.options import Options
from osmoc.templating.shielding import unshield
from tests.unit.front import scalars, through

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
PLAIN = SandboxedEnvironment(undefined=StrictUndefined)


def rows() -> list[dict[str, str]]:
    if not CORPUS.is_dir():
        return []
    with (CORPUS / "INDEX.tsv").open(encoding="utf-8") as index:
        return [row for row in csv.DictReader(index, delimiter="\t") if row["expected"] == "valid"]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["name"])
def test_a_real_spec_expands_as_in_plain_jinja_and_every_scalar_has_its_place(row: dict[str, str]) -> None:
    text = (CORPUS / f"{row['name']}.yaml").read_text("utf-8")
    front = through(text, Options(set=tuple(shlex.split(row["set"] or ""))))
    assert front.root is not None, front.said
    assert front.template is not None

    rendered = PLAIN.from_string(front.template.text).render(**front.template.values)
    assert front.text == unshield(front.template.text, front.template.shielded)(rendered)
    assert plain(front.root) == yaml.safe_load(front.text)
    for scalar in scalars(front.root):
        shown = text[scalar.at.start : scalar.at.end]
        if scalar.at.became:
            assert "{{" in shown or "{%" in shown
        elif isinstance(scalar.value, str) and "\n" not in shown and shown[:1] not in "'\"|>":
            assert shown == scalar.value
