from __future__ import annotations

from typing import Any

import pytest

from osmoc.pool import Pool, Queue
from tests.unit.backend import Back, spec


def job(queue: Queue | None) -> Any:
    manifests = Back(Pool(queue=queue)).manifests(spec("name: a"))
    (body,) = (one.body for one in manifests.objects if one.kind == "Job")
    return body


def test_kueue_finds_its_queue_on_the_job() -> None:
    body = job(Queue("kueue", "robots"))

    assert body["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "robots"
    assert "schedulerName" not in body["spec"]["template"]["spec"]


@pytest.mark.parametrize(
    ("system", "place", "key", "scheduler"),
    [
        ("kai", "labels", "kai.scheduler/queue", "kai-scheduler"),
        ("volcano", "annotations", "scheduling.volcano.sh/queue-name", "volcano"),
    ],
)
def test_kai_and_volcano_find_theirs_on_the_pod(system: str, place: str, key: str, scheduler: str) -> None:
    template = job(Queue(system, "robots"))["spec"]["template"]

    assert template["metadata"][place][key] == "robots"
    assert template["spec"]["schedulerName"] == scheduler


def test_without_a_queue_nothing_is_written() -> None:
    body = job(None)

    assert not any("queue" in label for label in body["metadata"]["labels"])
    assert "annotations" not in body["spec"]["template"]["metadata"]
