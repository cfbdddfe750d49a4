from __future__ import annotations

import re

import pytest

from osmoc import naming

LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


def test_a_workflow_whose_name_fits_is_its_own_id() -> None:
    assert naming.workflow_id("train") == "train"


@pytest.mark.parametrize("name", ["Train", "my_train", "x" * 49, "x-" * 32 + "x"])
def test_a_name_that_had_to_be_changed_gets_a_digest(name: str) -> None:
    workflow_id = naming.workflow_id(name)
    assert LABEL.fullmatch(workflow_id)
    assert len(workflow_id) <= naming.ID_BUDGET
    assert workflow_id.endswith("-" + naming.digest(name))


def test_names_that_differ_in_case_alone_have_different_ids() -> None:
    assert len({naming.workflow_id(name) for name in ("train", "Train", "tRain")}) == 3


def test_an_id_that_begins_with_a_digit_still_names_a_service() -> None:
    assert LABEL.fullmatch(naming.workflow_id("3-body"))


@pytest.mark.parametrize("workflow", ["w", "w" * 24, "w" * 48])
@pytest.mark.parametrize("task", ["t", "T_" * 10 + "t", "t" * 64])
def test_every_name_fits_its_budget(workflow: str, task: str) -> None:
    unit = naming.digest("unit")
    job = naming.job(workflow, task, unit)
    assert len(job) <= naming.JOB_BUDGET
    assert LABEL.fullmatch(job)
    service = naming.service(workflow, task, unit)
    assert len(service) <= 63
    assert LABEL.fullmatch(service)
    assert len(naming.hostname(task)) <= 63
    assert len(naming.files(workflow, unit)) <= 63
    assert len(naming.agent(workflow, 1)) <= 63


def test_long_names_with_an_equal_beginning_stay_apart() -> None:
    tasks = ["t" * 60 + end for end in ("a", "b")]
    assert len({naming.job("w" * 30, task, "unit") for task in tasks}) == 2
    workflows = [naming.workflow_id("w" * 60 + end) for end in ("a", "b")]
    assert len({naming.job(workflow, "t" * 40, "unit") for workflow in workflows}) == 2


def test_a_short_workflow_leaves_its_room_to_the_task() -> None:
    task = "t" * 40
    assert naming.job("w", task, "unit4567") == f"w-{task}-unit4567"


def test_a_task_named_like_an_own_container_does_not_take_its_name() -> None:
    assert naming.container("osmo_init") == "osmo-init-task"
    assert naming.container("Train_1") == "train-1"


def test_a_label_of_a_long_name_is_cut_and_ends_well() -> None:
    value = naming.label_value("a" * 53 + "_" * 10 + "b")
    assert len(value) <= 63
    assert re.fullmatch(r"[A-Za-z0-9][-A-Za-z0-9_.]*[A-Za-z0-9]", value)


def test_a_digest_depends_on_where_its_parts_are_cut() -> None:
    assert naming.digest("ab", "c") != naming.digest("a", "bc")
    assert len(naming.digest("")) == 8


def test_placeholders_that_nobody_named_stay() -> None:
    text = f"{naming.WORKFLOW_ID}/{naming.placeholder('job', 'a')}/{naming.placeholder('job', 'b')}"
    assert naming.fill(text, {"id": "w", "job:a": "x"}) == f"w/x/{naming.placeholder('job', 'b')}"


@pytest.mark.parametrize(
    ("credential", "secret"),
    [
        ("registry", "registry"),
        ("HF_token", "hf-token"),
        ("a.b_.-c", "a.b.c"),
        ("team.My-Key", "team.my-key"),
    ],
)
def test_a_credential_names_a_secret_that_kubernetes_takes(credential: str, secret: str) -> None:
    assert naming.secret(credential) == secret
