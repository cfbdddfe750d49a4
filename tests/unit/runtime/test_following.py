from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from osmoc_runtime import contract
from osmoc_runtime.cluster import Cluster
from osmoc_runtime.errors import Forbidden, NoWorkflow
from osmoc_runtime.following import follow, next_id
from osmoc_runtime.kubernetes_client import connect
from osmoc_runtime.report import rows
from osmoc_runtime.state import WorkflowState
from tests.unit.runtime.cluster_objects import complete, job, running
from tests.unit.runtime.fake_api_server import FakeApiServer

Json = dict[str, Any]


@pytest.fixture
def cluster(kubeconfig: Path) -> Iterator[Cluster]:
    cluster, _ = connect(kubeconfig)
    yield cluster
    cluster.door.close()


def of(workflow_id: str, body: Json) -> Json:
    labels = body["metadata"].setdefault("labels", {})
    labels[contract.WORKFLOW_ID_LABEL] = workflow_id
    labels[contract.WORKFLOW_LABEL] = workflow_id.rpartition("-")[0]
    return body


def test_every_change_is_shown_up_to_the_end(cluster: Cluster, plain_server: FakeApiServer) -> None:
    plain_server.put("jobs", "lab", of("demo-1", job("fit")))
    plain_server.put("pods", "lab", of("demo-1", running("fit")))
    statuses: list[str] = []

    def show(state: WorkflowState) -> None:
        (row,) = rows(state)
        statuses.append(row.status)
        if len(statuses) == 1:
            # The workflow ends once its first state was seen.
            end = of("demo-1", complete("fit"))
            threading.Timer(0.2, plain_server.put, ("jobs", "lab", end)).start()

    follow(cluster, "lab", "demo-1", show)

    assert statuses[0] == "RUNNING" and statuses[-1] == "COMPLETED"


def test_a_workflow_that_is_over_is_shown_once(cluster: Cluster, plain_server: FakeApiServer) -> None:
    plain_server.put("jobs", "lab", of("demo-1", complete("fit")))
    shown: list[WorkflowState] = []

    follow(cluster, "lab", "demo-1", shown.append)

    assert len(shown) == 1
    assert not any("watch" in call.query for call in plain_server.calls)


def test_an_unknown_workflow_is_told_with_near_ones(cluster: Cluster, plain_server: FakeApiServer) -> None:
    plain_server.put("jobs", "lab", of("train-12", job("fit")))

    with pytest.raises(NoWorkflow) as missing:
        follow(cluster, "lab", "train-21", lambda state: None)

    assert missing.value.message == "there is no workflow `train-21` in the namespace `lab`"
    assert missing.value.help == "did you mean `train-12`?"


def test_a_lost_right_ends_the_watch(cluster: Cluster, plain_server: FakeApiServer) -> None:
    plain_server.put("jobs", "lab", of("demo-1", job("fit")))

    def show(state: WorkflowState) -> None:
        plain_server.refuse = lambda call: (403, "not any more")

    with pytest.raises(Forbidden, match="not any more"):
        follow(cluster, "lab", "demo-1", show)


def test_the_next_run_has_the_next_number(cluster: Cluster, plain_server: FakeApiServer) -> None:
    assert next_id(cluster, "lab", "demo") == "demo-1"
    for number in (2, 10, 9):
        plain_server.put("jobs", "lab", of(f"demo-{number}", job(f"fit-{number}")))
    plain_server.put("jobs", "lab", of("demo-by-hand", job("other")))

    assert next_id(cluster, "lab", "demo") == "demo-11"
