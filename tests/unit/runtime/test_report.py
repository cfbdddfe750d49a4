from __future__ import annotations

import json
from typing import Any

import pytest

from osmoc_runtime import contract
from osmoc_runtime.report import Row, changed, completed, fates, over, rows, tasks
from osmoc_runtime.state import WorkflowState, fold
from tests.unit.runtime.cluster_objects import (
    complete,
    dead,
    ended,
    failed,
    job,
    pod,
    running,
    terminated,
)

Json = dict[str, Any]


def seen(*objects: Json) -> WorkflowState:
    jobs = [one for one in objects if "ownerReferences" not in one["metadata"]]
    return fold(jobs, [one for one in objects if "ownerReferences" in one["metadata"]])


def as_coordinator(body: Json) -> Json:
    body["metadata"]["labels"][contract.COMPONENT_LABEL] = "coordinator"
    return body


def said(**words: object) -> str:
    return json.dumps(words)


def why(*objects: Json) -> str:
    (fate,) = fates(seen(*objects))
    return fate.why


def test_a_row_says_where_a_task_runs() -> None:
    assert rows(seen(job("fit"), running("fit"))) == (Row("fit", "RUNNING", "on node1"),)


def test_a_row_counts_attempts() -> None:
    (row,) = rows(seen(job("fit", failed=2), running("fit", 3)))

    assert row.detail == "on node1, attempt 3"


def test_a_row_says_what_holds_a_task_up() -> None:
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}

    (row,) = rows(seen(job("fit"), pod("fit", node="node1", main=waiting)))

    assert row.detail == "ImagePullBackOff: no such image"


def test_of_a_task_that_was_edited_the_newest_job_counts() -> None:
    old = complete("old", created=100, task="fit")
    new = job("new", created=200, task="fit")

    assert [one.name for one in tasks(seen(new, old))] == ["new"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ([], [Row("a", "RUNNING", "on n")], True),
        ([Row("a", "RUNNING", "on n")], [Row("a", "RUNNING", "on m")], False),
        ([Row("a", "INITIALIZING", "")], [Row("a", "INITIALIZING", "ErrImagePull")], True),
        ([Row("a", "RUNNING", "")], [Row("a", "COMPLETED", "")], True),
        ([Row("a", "RUNNING", "")], [Row("a", "RUNNING", "")], False),
    ],
)
def test_only_what_is_new_is_told(before: list[Row], after: list[Row], told: bool) -> None:
    assert changed(before, after) == (tuple(after) if told else ())


def test_a_workflow_with_a_coordinator_is_over_with_it_and_its_word_counts() -> None:
    follower = failed("mate")
    going = as_coordinator(job("boss"))
    done = as_coordinator(complete("boss"))

    assert not over(seen(follower, going))
    assert over(seen(follower, done)) and completed(seen(follower, done))


def test_without_one_all_tasks_must_complete() -> None:
    assert completed(seen(complete("a"), complete("b")))
    assert over(seen(complete("a"), failed("b"))) and not completed(seen(complete("a"), failed("b")))
    assert not over(seen(complete("a"), job("b")))


def test_a_success_tells_the_code_that_an_action_took_for_it() -> None:
    end = terminated(0, message=said(exitCode=16, action="COMPLETE"))

    assert why(complete("fit"), pod("fit", phase="Succeeded", main=end)) == (
        "exit code 16, which COMPLETE takes for success"
    )


def test_a_failure_tells_its_code_and_its_rule() -> None:
    message = "Container main for pod lab/fit-1 failed with exit code 9 matching FailJob rule at index 3"
    body = failed("fit", reason="PodFailurePolicy", message=message)

    (fate,) = fates(seen(body, dead("fit", code=9)))

    assert (fate.status, fate.pod, fate.container) == ("FAILED", "fit-1", "main")
    assert fate.why == "exit code 9; rule 3 of the Job's podFailurePolicy fails it"


def test_a_failure_after_many_attempts_tells_how_many() -> None:
    assert why(failed("fit", failed=7), dead("fit", 7, code=3)) == (
        "exit code 3; tried 7 times, as often as maxRetries allows"
    )


def test_what_our_own_containers_say_is_told_as_they_say_it() -> None:
    end = terminated(73, message="the bucket `b` does not exist")
    message = (
        "Container osmo-ctrl for pod lab/fit-1 failed with exit code 73 matching FailJob rule at index 1"
    )
    body = failed("fit", reason="PodFailurePolicy", message=message)

    (fate,) = fates(seen(body, dead("fit", code=0, others={contract.CONTROL: end})))

    assert fate.container == contract.CONTROL
    assert fate.why.startswith("osmo-ctrl: the bucket `b` does not exist; rule 1")


def test_a_memory_kill_is_told_in_words() -> None:
    body = failed("fit", reason="PodFailurePolicy")

    assert "more memory" in why(body, dead("fit", main=terminated(137, reason="OOMKilled")))


def test_a_timeout_is_told_in_words() -> None:
    end = terminated(124, message=said(exitCode=143, action="TIMEOUT", signal="SIGTERM"))

    told = why(failed("fit", reason="PodFailurePolicy"), dead("fit", main=end))

    assert told == "exit code 143 (SIGTERM): it ran longer than its exec_timeout"


def test_a_task_that_never_ran_is_told_why_and_has_no_log() -> None:
    (fate,) = fates(seen(ended("fit", "FAILED_UPSTREAM"), dead("fit")))

    assert (fate.status, fate.pod) == ("FAILED_UPSTREAM", "")
    assert fate.why == "a task that it waited for failed"
