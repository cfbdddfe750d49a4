"""Verdicts and values of the reference implementation, case by case.

The cases and the corpus lie beside the repository where they are; without them nothing is tried here.
"""

from __future__ import annotations

import ast
import csv
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from osmoc.diagnostics.diagnostic import Diagnostics, Rejected
from osmoc.options import Options
from osmoc.passes.check import check
from osmoc.passes.expand import expand
from osmoc.passes.lower import lower
from osmoc.passes.parse import parse
from osmoc.passes.resolve import resolve
from osmoc.passes.template import find_template
from osmoc.plan import Plan
from osmoc.pool import Pool
from osmoc.pools import load_pool
from osmoc.source import Source
from osmoc.spec import InlineFile, Workflow

HERE = Path(__file__).parent
SHARED = HERE.parents[1].parent / "shared"
CASES = SHARED / "conformance" / "cases.jsonl"
INDEX = SHARED / "corpus" / "INDEX.tsv"
NEED_THE_POOL = {"task", "res", "mount"}


def cases() -> list[dict[str, Any]]:
    if not CASES.exists():
        return []
    return [json.loads(line) for line in CASES.read_text("utf-8").splitlines()]


def corpus() -> list[dict[str, str]]:
    if not INDEX.exists():
        return []
    with INDEX.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def compiled(text: str, pool: Pool, options: Options, folder: Path) -> tuple[Workflow, Plan]:
    """The spec as far as it is independent of Kubernetes. Raises Rejected."""
    diagnostics = Diagnostics()
    template = find_template(diagnostics, Source("spec.yaml", text), options)
    workflow = check(diagnostics, parse(diagnostics, expand(diagnostics, template)), pool, options)
    plan = lower(diagnostics, resolve(diagnostics, workflow, folder, options), pool, options)
    diagnostics.stop_if_any()
    return workflow, plan


@pytest.fixture(scope="module")
def pool() -> Pool:
    return load_pool(Diagnostics(), str(HERE / "pool.yaml"))


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case['id']}-{case['section']}-{case['title']}")
def test_a_case_has_the_verdict_and_the_values_of_the_reference(
    case: dict[str, Any], pool: Pool, tmp_path: Path
) -> None:
    given = {name: tuple(values) for name, values in case["options"].items()}
    options = Options(
        set=given.get("sv", ()),
        set_string=given.get("ss", ()),
        set_env=given.get("env", ()),
        label=given.get("labels", ()),
    )
    with_pool = pool if case["section"] in NEED_THE_POOL else Pool()
    try:
        workflow, plan = compiled(case["spec"], with_pool, options, tmp_path)
    except Rejected as rejected:
        assert case["osmoc"] in ("reject", "either"), rejected.diagnostics
        return
    assert case["osmoc"] in ("accept", "either")
    for name, written in (case.get("observed") or {}).items():
        # Deviations 1 to 5 and the pool are not the reference's to say.
        if name in SEEN and "…" not in written:
            assert SEEN[name](workflow, plan) == expected(name, ast.literal_eval(written)), name


@pytest.mark.parametrize("row", corpus(), ids=lambda row: row["name"])
def test_a_spec_of_the_corpus_is_valid_where_the_reference_says_so(row: dict[str, str]) -> None:
    path = INDEX.parent / f"{row['name']}.yaml"
    options = Options(set=tuple((row["set"] or "").split()))
    try:
        compiled(path.read_text("utf-8"), Pool(), options, path.parent)
    except Rejected as rejected:
        assert row["expected"] == "invalid", rejected.diagnostics
    else:
        assert row["expected"] == "valid"


def seconds(workflow: Workflow, plan: Plan) -> float | None:
    task = workflow.tasks[0]
    limit: timedelta | None = workflow.timeouts.execution or workflow.timeouts.queue
    if task.checkpoints:
        limit = task.checkpoints[0].frequency
    # No limit and a limit of 0 are the same, in the reference too.
    return limit.total_seconds() if limit else None


def last_task(workflow: Workflow, plan: Plan) -> dict[str, str]:
    name = workflow.tasks[-1].name.value
    planned = next(
        task for unit in plan.units for group in unit.groups for task in group.tasks if task.name == name
    )
    return dict(planned.environment)


def contents(workflow: Workflow, plan: Plan) -> str:
    file = workflow.tasks[0].files[0]
    assert isinstance(file, InlineFile)
    return file.contents.value


def exit_codes(workflow: Workflow, plan: Plan) -> dict[str, list[int]]:
    return {rule.action.value: [*rule.codes, *rule.conditions] for rule in workflow.tasks[0].exit_rules}


SEEN: dict[str, Callable[[Workflow, Plan], Any]] = {
    "name": lambda workflow, plan: workflow.name.value,
    "lead": lambda workflow, plan: workflow.tasks[0].lead,
    "barrier": lambda workflow, plan: workflow.groups[0].barrier,
    "image": lambda workflow, plan: workflow.tasks[0].image.value,
    "environment": last_task,
    "X": lambda workflow, plan: last_task(workflow, plan)["X"],
    "labels": lambda workflow, plan: {key.value: value.value for key, value in workflow.labels},
    "contents": contents,
    "exitActions": exit_codes,
    "seconds": seconds,
}
"""What the reference was seen to end with, and where it is here."""


def expected(name: str, value: Any) -> Any:
    if name == "exitActions":
        return {action.upper(): codes(text) for action, text in value.items()}
    return value or None if name == "seconds" else value


def codes(text: str) -> list[int]:
    ranges = [element.split("-") for element in text.split(",")]
    return sorted({code for ends in ranges for code in range(int(ends[0]), int(ends[-1]) + 1)})
