from __future__ import annotations

from typing import Any

import pytest

from osmoc_runtime import contract
from osmoc_runtime.state import (
    FAILED_UPSTREAM,
    LEAD_COMPLETED,
    LEAD_FAILED,
    ROUND_NOTE,
    STARTED_NOTE,
    JobState,
    fold,
    status,
)
from tests.unit.runtime.cluster_objects import (
    complete,
    condition,
    dead,
    ended,
    failed,
    job,
    pod,
    running,
    terminated,
)

Json = dict[str, Any]


def folded(body: Json, *pods: Json) -> JobState:
    return fold([body], pods).jobs[body["metadata"]["name"]]


WAITING = {"waiting": {"reason": "PodInitializing"}}
NO_IMAGE = {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}
FROM_RULE = "Container main for pod ns/t-1 failed with exit code 3 matching FailJob rule at index 2"


@pytest.mark.parametrize(
    ("said", "body", "pods"),
    [
        ("COMPLETED", complete("t"), []),
        ("SCHEDULING", job("t"), []),
        ("RESCHEDULED", job("t", failed=1), []),
        ("WAITING", job("t"), [pod("t", gated=True)]),
        ("SCHEDULING", job("t"), [pod("t")]),
        ("INITIALIZING", job("t"), [pod("t", node="node1", main=WAITING)]),
        ("INITIALIZING", job("t"), [pod("t", node="node1", main=NO_IMAGE)]),
        ("RUNNING", job("t"), [running("t")]),
        ("RUNNING", job("t"), [running("t", main=terminated(0), others={contract.CONTROL: {"running": {}}})]),
        ("RUNNING", job("t"), [pod("t", phase="Succeeded", main=terminated(0))]),
        ("RESCHEDULED", job("t", failed=1), [dead("t")]),
        ("RESCHEDULED", job("t"), [running("t", deleting=True)]),
        ("RUNNING", job("t", failed=1), [dead("t"), running("t", 2, created=150)]),
        ("FAILED", failed("t"), [dead("t")]),
        ("FAILED", failed("t"), []),
        ("FAILED_EVICTED", failed("t"), [dead("t", reason="Evicted")]),
        ("FAILED_EVICTED", failed("t"), [dead("t", main=terminated(137, reason="OOMKilled"))]),
        (
            "FAILED_PREEMPTED",
            failed("t"),
            [dead("t", conditions=(condition("DisruptionTarget", reason="PreemptionByScheduler"),))],
        ),
        (
            "FAILED_BACKEND_ERROR",
            failed("t"),
            [dead("t", conditions=(condition("DisruptionTarget", reason="DeletionByTaintManager"),))],
        ),
        (
            "FAILED",
            failed("t"),
            [
                dead(
                    "t",
                    conditions=(condition("DisruptionTarget", reason="EvictionByEvictionAPI", true=False),),
                )
            ],
        ),
        ("FAILED_BACKEND_ERROR", failed("t"), [dead("t", reason="UnexpectedAdmissionError")]),
        ("FAILED_START_ERROR", failed("t"), [dead("t", main=terminated(128, reason="StartError"))]),
        (
            "FAILED_EXEC_TIMEOUT",
            failed("t"),
            [dead("t", main=terminated(9, message='{"action": "TIMEOUT"}'))],
        ),
        ("FAILED_EXEC_TIMEOUT", failed("t", reason="DeadlineExceeded"), [dead("t")]),
        ("FAILED_QUEUE_TIMEOUT", failed("t", reason="DeadlineExceeded"), [pod("t")]),
        ("FAILED_UPSTREAM", ended("t", FAILED_UPSTREAM), []),
        ("COMPLETED", ended("t", LEAD_COMPLETED), [dead("t", code=143)]),
        ("FAILED", ended("t", LEAD_FAILED), [dead("t", code=143)]),
        ("FAILED", ended("t", "SOMETHING_NEW"), []),
    ],
)
def test_a_task_has_the_status_that_its_job_and_pods_tell(said: str, body: Json, pods: list[Json]) -> None:
    assert status(folded(body, *pods)) == said


def test_a_job_that_is_not_there_yet_is_being_submitted() -> None:
    assert status(None) == "SUBMITTING"


def test_a_reason_counts_only_where_the_job_did_not_end_by_itself_first() -> None:
    late = failed(
        "t", reason="PodFailurePolicy", notes={contract.REASON_ANNOTATION: FAILED_UPSTREAM}, deadline=1
    )

    assert status(folded(late, dead("t"))) == "FAILED"


def test_the_deciding_rule_is_read_from_the_jobs_message() -> None:
    state = folded(failed("t", reason="PodFailurePolicy", message=FROM_RULE), dead("t", code=3))

    assert (state.container, state.code, state.rule) == ("main", 3, 2)


def test_pods_of_a_deleted_namesake_are_left_out() -> None:
    former = running("t")
    former["metadata"]["ownerReferences"][0]["uid"] = "uid-of-another-t"

    assert folded(job("t"), former).pods == ()


def test_pods_without_an_owner_are_left_out() -> None:
    alone = running("t")
    del alone["metadata"]["ownerReferences"]

    assert folded(job("t"), alone).pods == ()


def test_the_newest_pod_that_lives_is_the_current_one() -> None:
    state = folded(
        job("t"), running("t", 3, created=300, deleting=True), running("t", 2, created=200), dead("t", 1)
    )

    assert [one.name for one in state.pods] == ["t-1", "t-2", "t-3"]
    assert state.current is not None and state.current.name == "t-2"


def test_what_the_wrapper_left_as_its_last_words_is_read() -> None:
    state = folded(failed("t"), dead("t", main=terminated(3, message='{"exitCode": 16, "signal": null}')))

    assert state.newest is not None and state.newest.end is not None
    assert (state.newest.end.code, state.newest.end.said["exitCode"]) == (3, 16)


@pytest.mark.parametrize("message", ["", "out of space", "[1]", '"text"', "{"])
def test_last_words_that_are_no_json_object_do_not_matter(message: str) -> None:
    state = folded(failed("t"), dead("t", main=terminated(3, message=message)))

    assert state.newest is not None and state.newest.end is not None
    assert (state.newest.end.message, dict(state.newest.end.said)) == (message, {})


def test_why_a_container_cannot_start_is_told() -> None:
    state = folded(job("t"), pod("t", node="node1", main=NO_IMAGE))

    assert state.newest is not None and state.newest.waiting == "ImagePullBackOff: no such image"


def test_a_noted_start_outlasts_the_pod() -> None:
    assert folded(job("t", notes={STARTED_NOTE: "150"}), pod("t", gated=True)).started == 150


@pytest.mark.parametrize(
    ("text", "read"), [("2 uid-t-1", (2, "uid-t-1")), ("", None), ("x y", None), ("2", None), ("2 ", None)]
)
def test_a_rounds_note_is_a_number_and_a_pod_or_nothing(text: str, read: tuple[int, str] | None) -> None:
    assert folded(job("t", notes={ROUND_NOTE: text})).round == read


def test_a_job_is_gated_until_its_pods_gate_is_removed() -> None:
    assert folded(job("t"), pod("t", gated=True)).phase == "gated"
    assert folded(job("t"), pod("t")).phase == "pending"
    assert folded(job("t"), running("t")).phase == "running"
