"""What runs again after an edit: the edited task, all that is downstream of it, and nothing else."""

from __future__ import annotations

import json

import pytest

from osmoc.options import Options
from osmoc.pool import Pool, Runtime
from osmoc_runtime import contract
from tests.unit.backend import BACK, Back, spec

TASKS = {
    "a": "name: a\nargs: ['1']",
    "b": "name: b\ninputs: [{task: a}]",
    "c": "name: c\ninputs: [{task: b}]",
    "d": "name: d\nargs: ['{{host:e}}']",
    "e": "name: e",
    "f": "name: f\ninputs: [{task: d}]",
}


def names(tasks: dict[str, str], back: Back = BACK) -> dict[str, str]:
    made = {}
    for manifest in back.manifests(spec(*tasks.values())).objects:
        labels = json.loads(json.dumps(manifest.body["metadata"]))["labels"]
        if manifest.kind == "Job" and contract.TASK_LABEL in labels:
            made[labels[contract.TASK_LABEL]] = manifest.name
    return made


def changed(edited: dict[str, str], back: Back = BACK) -> str:
    before, after = names(TASKS), names(edited, back)
    return "".join(task for task in after if before.get(task) != after[task])


@pytest.mark.parametrize(
    ("task", "runs_again"), [("a", "abc"), ("b", "bc"), ("c", "c"), ("d", "def"), ("e", "def"), ("f", "f")]
)
def test_an_edit_changes_the_task_and_what_is_downstream(task: str, runs_again: str) -> None:
    assert changed({**TASKS, task: TASKS[task] + "\nenvironment: {NEW: x}"}) == runs_again


@pytest.mark.parametrize(
    "field",
    [
        "files: [{path: /x, contents: x}]",
        "exitActions: {RESCHEDULE: 3}",
        "exitActions: {COMPLETE: 3}",
        "outputs: [{url: 's3://b/c'}]",
        "checkpoint: [{path: /x, url: 's3://b/c', frequency: 1m}]",
        "credentials: {s: {K: k}}",
        "hostNetwork: true",
    ],
)
def test_whatever_is_edited_makes_another_job(field: str) -> None:
    assert changed({**TASKS, "c": f"{TASKS['c']}\n{field}"}) == "c"


def test_the_contents_of_a_file_and_its_path_count() -> None:
    def of(path: str, contents: str) -> str:
        return names({"a": f"name: a\nfiles: [{{path: {path}, contents: '{contents}'}}]"})["a"]

    assert len({of("/x", "1"), of("/x", "2"), of("/y", "1"), of("/x", "{{workflow_id}}")}) == 4


def test_a_task_runs_again_when_its_output_is_wanted_for_the_first_time_or_no_more() -> None:
    assert changed({**TASKS, "z": "name: z\ninputs: [{task: c}]"}) == "cz"
    assert changed({task: text for task, text in TASKS.items() if task != "c"}) == "b"


def test_a_new_task_and_the_order_of_tasks_touch_nothing_else() -> None:
    assert changed({"z": "name: z", **TASKS}) == "z"
    assert changed(dict(reversed(TASKS.items()))) == ""


def test_another_id_changes_the_names_and_not_the_hashes() -> None:
    ours = names(TASKS)
    theirs = names(TASKS, Back(options=Options(workflow_id="w-7")))
    assert {task: name.replace("w-", "w-7-", 1) for task, name in ours.items()} == theirs


def test_parameters_that_change_no_text_and_moved_lines_make_no_new_job() -> None:
    assert changed(TASKS, Back(options=Options(set=("unused=1",)))) == ""
    assert changed({task: f"{text}\n# a comment" for task, text in TASKS.items()}) == ""


def test_another_pool_makes_other_jobs_of_what_it_changes() -> None:
    assert changed(TASKS, Back(Pool(runtime=Runtime(image="python:3.13")))) == "abcdef"


def test_two_generations_share_no_location_of_what_changed() -> None:
    def locations(tasks: dict[str, str]) -> set[str]:
        written = [json.dumps(manifest.body) for manifest in Back().manifests(spec(*tasks.values())).objects]
        return {word for text in written for word in text.split('\\"') if word.startswith("w/")}

    before, after = locations(TASKS), locations({**TASKS, "b": TASKS["b"] + "\nargs: [x]"})
    shared = {location.rpartition("-")[0] for location in before & after}
    assert shared == {"w/a", "w/d"}
    assert len(before) == len(after) == 3


def test_the_coordinator_is_replaced_with_the_plan_that_it_follows() -> None:
    def coordinator(tasks: dict[str, str]) -> str:
        return Back().manifests(spec(*tasks.values())).objects[-1].name

    assert coordinator(TASKS) == coordinator(dict(TASKS))
    assert coordinator(TASKS) != coordinator({**TASKS, "c": TASKS["c"] + "\nargs: [x]"})
