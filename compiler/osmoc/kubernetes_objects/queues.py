"""Queue systems: labels and annotations, and the scheduler that reads them.

Kueue: a label on the Job, which it suspends itself until there is quota; a pod that waits for another task
stays gated after that. KAI: a label on the pod. Volcano: an annotation on the pod.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from osmoc.pool import Queue
from osmoc_runtime.values import dataclass


@dataclass(frozen=True, slots=True)
class Queueing:
    """What a task's Job and pods bear so that they go through a queue."""

    job_labels: Mapping[str, str] = field(default_factory=dict)
    pod_labels: Mapping[str, str] = field(default_factory=dict)
    pod_annotations: Mapping[str, str] = field(default_factory=dict)
    scheduler: str | None = None


def _kueue(name: str) -> Queueing:
    return Queueing(job_labels={"kueue.x-k8s.io/queue-name": name})


def _kai(name: str) -> Queueing:
    return Queueing(pod_labels={"kai.scheduler/queue": name}, scheduler="kai-scheduler")


def _volcano(name: str) -> Queueing:
    return Queueing(pod_annotations={"scheduling.volcano.sh/queue-name": name}, scheduler="volcano")


QUEUES: Mapping[str, Callable[[str], Queueing]] = {"kueue": _kueue, "kai": _kai, "volcano": _volcano}
NO_QUEUE = Queueing()


def queueing(queue: Queue | None) -> Queueing:
    """What the pool's queue asks for; nothing where it has none."""
    return NO_QUEUE if queue is None else QUEUES[queue.system](queue.name)
