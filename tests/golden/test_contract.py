"""The JSON of the plans, pinned by number of contract: agents that are out there already read it.

Where this test fails, an older agent may misread the plan: then CONTRACT must change, and the files' names.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from osmoc_runtime import contract
from tests.conftest import Expected

GOLDEN = Path(__file__).parents[2] / "golden" / "contract"

TASK = contract.TaskPlan(
    contract=contract.CONTRACT,
    workflow="train-1",
    task="fit",
    job="train-1-fit-abcdefgh",
    storage=contract.Storage(
        url="s3://bucket/data", endpoint="http://store:9000", region="here", addressing="path"
    ),
    inputs=(
        contract.TaskInput(0, "prepare", "train-1/prepare-hgfedcba", ""),
        contract.UrlInput(1, "s3://bucket/raw", r".*\.bin"),
        contract.DatasetInput(2, "faces", ""),
        contract.DatasetVersionInput(3, "scenes", "0123456789abcdef", r".*\.usd"),
        contract.FolderInput(4, ("2/f7",)),
    ),
    outputs=(
        contract.TaskOutput("train-1/fit-abcdefgh"),
        contract.UrlOutput("s3://bucket/out", ""),
        contract.DatasetOutput("models", r"best/.*"),
        contract.KpiOutput("loss", "loss.json", "train-1/fit-abcdefgh"),
    ),
    checkpoints=(
        contract.Checkpoint(
            "/work/état", "s3://bucket/kept", 30.0, "", 0, ".", "état", ("config.yaml",), "job"
        ),
    ),
    exit=contract.ExitMapping(
        complete=(16, 20), restart=(11,), restarts=6, zero=0, timed_out=124, aside=((124, 123),)
    ),
    timeout=3600.0,
    grace=150.0,
    control=True,
    meeting=(
        contract.Meeting(
            "crew-abcdefgh",
            "fit",
            "lead",
            True,
            (contract.Member("fit", "a.b"), contract.Member("lead", "c.b")),
        ),
    ),
)
WORKFLOW = contract.WorkflowPlan(
    contract=contract.CONTRACT,
    workflow="train-1",
    groups=(
        contract.PlannedGroup(
            "prepare-group",
            (contract.PlannedTask("prepare", "train-1-prepare-x", True),),
            (),
            False,
            True,
            60.0,
            0.0,
        ),
        contract.PlannedGroup(
            "crew",
            (
                contract.PlannedTask("lead", "train-1-lead-y", True),
                contract.PlannedTask("fit", "train-1-fit-y", False),
            ),
            ("prepare-group",),
            True,
            False,
            0.0,
            3600.0,
        ),
    ),
)


FOLDER = contract.FolderList(
    contract.CONTRACT,
    (
        contract.FolderFile("a/run.sh", ("0/f0",), True),
        contract.FolderFile("large.bin", ("0/f1", "1/f0"), False),
    ),
)


@pytest.mark.parametrize(("name", "plan"), [("task", TASK), ("workflow", WORKFLOW), ("folder", FOLDER)])
def test_a_plan_s_json_is_what_its_contract_says(
    name: str, plan: contract.TaskPlan | contract.WorkflowPlan | contract.FolderList, expected: Expected
) -> None:
    expected.equals(GOLDEN / f"{name}-c{contract.CONTRACT}.json", contract.dump(plan))


def test_a_pinned_plan_is_read_back_whole() -> None:
    task = (GOLDEN / f"task-c{contract.CONTRACT}.json").read_text("utf-8")
    workflow = (GOLDEN / f"workflow-c{contract.CONTRACT}.json").read_text("utf-8")
    folder = (GOLDEN / f"folder-c{contract.CONTRACT}.json").read_text("utf-8")

    assert contract.load(contract.TaskPlan, task) == TASK
    assert contract.load(contract.FolderList, folder) == FOLDER
    assert contract.load(contract.WorkflowPlan, workflow) == WORKFLOW


@pytest.mark.parametrize("theirs", [0, 2, "1", None])
def test_another_contract_is_refused_with_both_versions_named(theirs: object) -> None:
    text = contract.dump(TASK).replace(
        '"contract": 1', f'"contract": {theirs!r}'.replace("None", "null").replace("'", '"')
    )

    with pytest.raises(contract.ContractError) as refused:
        contract.load(contract.TaskPlan, text)

    assert "version 1" in str(refused.value)
    assert str(theirs) in str(refused.value)
