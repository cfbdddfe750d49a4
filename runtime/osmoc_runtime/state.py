"""What Jobs and pods say, as typed values: `fold` is pure, and the one place that reads their fields.

Standard library only: coordinator and command line share it. Conditions and their reasons: batch/v1 and
KEP-3329.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from osmoc_runtime import contract

Json = dict[str, Any]

FAILED_UPSTREAM = "FAILED_UPSTREAM"
FAILED_QUEUE_TIMEOUT = "FAILED_QUEUE_TIMEOUT"
FAILED_EXEC_TIMEOUT = "FAILED_EXEC_TIMEOUT"
FAILED_CANCELED = "FAILED_CANCELED"
MEMBER_FAILED = "MEMBER_FAILED"
LEAD_FAILED = "LEAD_FAILED"
LEAD_COMPLETED = "LEAD_COMPLETED"

REASONS: Mapping[str, str] = {
    FAILED_UPSTREAM: FAILED_UPSTREAM,
    FAILED_QUEUE_TIMEOUT: FAILED_QUEUE_TIMEOUT,
    FAILED_EXEC_TIMEOUT: FAILED_EXEC_TIMEOUT,
    FAILED_CANCELED: FAILED_CANCELED,
    MEMBER_FAILED: "FAILED",
    LEAD_FAILED: "FAILED",
    LEAD_COMPLETED: "COMPLETED",
}
"""Why a Job was ended (contract.REASON_ANNOTATION), and the status that its task has by that."""

# Notes that the coordinator keeps on Jobs and pods: a pod that was taken away leaves nothing else behind.
ROUND_NOTE = contract.LABEL_PREFIX + "round"
SCHEDULED_NOTE = contract.LABEL_PREFIX + "scheduled"
STARTED_NOTE = contract.LABEL_PREFIX + "started"
OPENED_NOTE = contract.LABEL_PREFIX + "opened"

JobPhase = Literal["gated", "pending", "running", "complete", "failed"]


@dataclass(frozen=True, slots=True)
class Ended:
    """A container that ended. `said`: its termination message as JSON, empty where it is none."""

    container: str
    code: int
    reason: str
    message: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PodState:
    """One attempt. Times are seconds since 1970, 0 where there is none.

    `main`: the task's container. `gated`: by contract.GATE. `opened`: when the coordinator removed that.
    `told`: the members of its group that the coordinator said are over (contract.OVER_ANNOTATION).
    `started`: when the task's container did. `waiting`: why a container cannot start, as `reason: message`.
    `disruption`: reason of the condition DisruptionTarget. `unschedulable`: the scheduler's sentence.
    """

    name: str
    uid: str
    main: str
    phase: str
    created: float
    node: str
    gated: bool
    opened: float
    told: str
    started: float
    deleting: bool
    reason: str
    disruption: str
    waiting: str
    unschedulable: str
    ended: tuple[Ended, ...]

    @property
    def over(self) -> bool:
        return self.phase in ("Succeeded", "Failed")

    @property
    def alive(self) -> bool:
        return not self.over and not self.deleting

    @property
    def end(self) -> Ended | None:
        """How the task's container ended, where it did."""
        return next((one for one in self.ended if one.container == self.main), None)

    @property
    def running(self) -> bool:
        """Whether the task's container runs now."""
        return self.alive and self.started > 0 and self.end is None


@dataclass(frozen=True, slots=True)
class JobState:
    """A task's Job and its pods, oldest first.

    `reason`, `message`: of the condition that made it terminal, at time `over_at`; `code`, `container` and
    `rule` are what the message of a FailJob rule says. `ending`: why the coordinator is ending it. `round`:
    number of the group's round and the pod that took part in it. `scheduled`, `started`: when first a pod got
    a node, and began to run, as far as is known.
    """

    name: str
    uid: str
    version: str
    task: str
    group: str
    lead: bool
    component: str
    phase: JobPhase
    created: float
    reason: str
    message: str
    over_at: float
    code: int | None
    container: str
    rule: int | None
    ending: str
    round: tuple[int, str] | None
    scheduled: float
    started: float
    scheduled_noted: bool
    started_noted: bool
    retries: int
    pods: tuple[PodState, ...]

    @property
    def over(self) -> bool:
        return self.phase in ("complete", "failed")

    @property
    def current(self) -> PodState | None:
        """The newest pod that lives."""
        return next((pod for pod in reversed(self.pods) if pod.alive), None)

    @property
    def newest(self) -> PodState | None:
        return self.pods[-1] if self.pods else None

    @property
    def ended_for(self) -> str:
        """Why it was ended from outside, or nothing where it ended by itself."""
        return self.ending if self.phase == "failed" and self.reason == "DeadlineExceeded" else ""


@dataclass(frozen=True, slots=True)
class WorkflowState:
    """Jobs by name. A Job that is not there does not exist (yet)."""

    jobs: Mapping[str, JobState]


def fold(jobs: Iterable[Json], pods: Iterable[Json]) -> WorkflowState:
    """The state that the objects add up to. Pods belong to a Job by its UID: a namesake's are left out."""
    owned: dict[str, list[PodState]] = {}
    for pod in pods:
        for owner in pod["metadata"].get("ownerReferences") or ():
            if owner.get("controller") and owner.get("kind") == "Job":
                owned.setdefault(owner["uid"], []).append(_pod(pod))
    states = (_job(job, owned.get(job["metadata"]["uid"], [])) for job in jobs)
    return WorkflowState({state.name: state for state in states})


def status(job: JobState | None) -> str:
    """The task's status in OSMO's words."""
    if job is None:
        return "SUBMITTING"
    if job.phase == "complete":
        return "COMPLETED"
    if job.phase == "failed":
        return _failure(job)
    pod = job.newest
    if pod is None:
        return "RESCHEDULED" if job.retries else "SCHEDULING"
    if pod.gated:
        return "WAITING"
    if pod.phase == "Failed" or (pod.deleting and not pod.over):
        return "RESCHEDULED"
    if pod.started or pod.phase == "Succeeded":
        return "RUNNING"
    return "INITIALIZING" if pod.node else "SCHEDULING"


def _failure(job: JobState) -> str:
    if job.ended_for:
        return REASONS.get(job.ended_for, "FAILED")
    if job.reason == "DeadlineExceeded":
        return FAILED_EXEC_TIMEOUT if job.scheduled else FAILED_QUEUE_TIMEOUT
    pod = next((pod for pod in reversed(job.pods) if pod.over), None)
    if pod is None:
        return "FAILED"
    end = pod.end
    if pod.reason == "Evicted" or (end and end.reason == "OOMKilled"):
        return "FAILED_EVICTED"
    if pod.disruption:
        return "FAILED_PREEMPTED" if pod.disruption == "PreemptionByScheduler" else "FAILED_BACKEND_ERROR"
    if pod.reason == "DeadlineExceeded" or (end and end.said.get("action") == "TIMEOUT"):
        return FAILED_EXEC_TIMEOUT
    if pod.reason == "UnexpectedAdmissionError":
        return "FAILED_BACKEND_ERROR"
    if end and end.reason in ("StartError", "ContainerCannotRun"):
        return "FAILED_START_ERROR"
    return "FAILED"


# `Container train for pod ns/train-x7k2p failed with exit code 3 matching FailJob rule at index 2`
_RULE = re.compile(
    r"Container (\S+) for pod \S+ failed with exit code (\d+) matching \w+ rule at index (\d+)"
)


def _job(body: Json, pods: list[PodState]) -> JobState:
    metadata, spec, now = body["metadata"], body.get("spec", {}), body.get("status", {})
    labels, notes = metadata.get("labels") or {}, metadata.get("annotations") or {}
    pods.sort(key=lambda pod: (pod.created, pod.uid))
    over = next((c for kind in ("Complete", "Failed") if (c := _condition(now, kind))), {})
    rule = _RULE.match(over.get("message", ""))
    scheduled = _number(notes.get(SCHEDULED_NOTE)) or min((p.created for p in pods if p.node), default=0.0)
    started = min((p.started for p in pods if p.started), default=0.0)
    return JobState(
        name=metadata["name"],
        uid=metadata["uid"],
        version=metadata.get("resourceVersion", ""),
        task=labels.get(contract.TASK_LABEL, metadata["name"]),
        group=labels.get(contract.GROUP_LABEL, ""),
        lead=labels.get(contract.LEAD_LABEL, "true") == "true",
        component=labels.get(contract.COMPONENT_LABEL, "task"),
        phase=_phase(over, pods),
        created=_time(metadata.get("creationTimestamp")),
        reason=over.get("reason", ""),
        message=over.get("message", ""),
        over_at=_time(over.get("lastTransitionTime")),
        code=int(rule[2]) if rule else None,
        container=rule[1] if rule else "",
        rule=int(rule[3]) if rule else None,
        ending=notes.get(contract.REASON_ANNOTATION, "") if spec.get("activeDeadlineSeconds") else "",
        round=_round(notes.get(ROUND_NOTE, "")),
        scheduled=scheduled,
        started=_number(notes.get(STARTED_NOTE)) or started,
        scheduled_noted=SCHEDULED_NOTE in notes,
        started_noted=STARTED_NOTE in notes,
        retries=now.get("failed", 0),
        pods=tuple(pods),
    )


def _phase(over: Json, pods: list[PodState]) -> JobPhase:
    if over:
        return "complete" if over["type"] == "Complete" else "failed"
    if any(pod.running for pod in pods):
        return "running"
    return "gated" if any(pod.gated and pod.alive for pod in pods) else "pending"


def _pod(body: Json) -> PodState:
    metadata, spec, now = body["metadata"], body.get("spec", {}), body.get("status", {})
    notes = metadata.get("annotations") or {}
    main = spec["containers"][0]["name"] if spec.get("containers") else ""
    containers = [*(now.get("containerStatuses") or ()), *(now.get("initContainerStatuses") or ())]
    states = {one["name"]: one.get("state") or {} for one in containers}
    begun = states.get(main, {}).get("running") or states.get(main, {}).get("terminated") or {}
    placed: Json = next((c for c in now.get("conditions") or () if c["type"] == "PodScheduled"), {})
    return PodState(
        name=metadata["name"],
        uid=metadata["uid"],
        main=main,
        phase=now.get("phase", "Pending"),
        created=_time(metadata.get("creationTimestamp")),
        node=spec.get("nodeName", ""),
        gated=any(gate.get("name") == contract.GATE for gate in spec.get("schedulingGates") or ()),
        opened=_number(notes.get(OPENED_NOTE)),
        told=notes.get(contract.OVER_ANNOTATION, ""),
        started=_time(begun.get("startedAt")),
        deleting="deletionTimestamp" in metadata,
        reason=now.get("reason", ""),
        disruption=_condition(now, "DisruptionTarget").get("reason", ""),
        waiting=next((text for state in states.values() if (text := _waiting(state))), ""),
        unschedulable=placed.get("message", "") if placed.get("reason") == "Unschedulable" else "",
        ended=tuple(
            _ended(name, state["terminated"]) for name, state in states.items() if "terminated" in state
        ),
    )


def _ended(container: str, terminated: Json) -> Ended:
    message = terminated.get("message", "")
    try:
        said = json.loads(message)
    except ValueError:
        said = {}
    return Ended(
        container=container,
        code=terminated.get("exitCode", 0),
        reason=terminated.get("reason", ""),
        message=message,
        said=said if isinstance(said, dict) else {},
    )


def _waiting(state: Json) -> str:
    waiting = state.get("waiting") or {}
    reason = waiting.get("reason", "")
    if reason in ("", "PodInitializing", "ContainerCreating"):
        return ""
    return f"{reason}: {waiting['message']}" if waiting.get("message") else reason


def _condition(now: Json, kind: str) -> Json:
    """The condition, where it is true."""
    found = (c for c in now.get("conditions") or () if c["type"] == kind and c["status"] == "True")
    return next(found, {})


def _time(text: str | None) -> float:
    return datetime.fromisoformat(text).timestamp() if text else 0.0


def _number(text: str | None) -> float:
    """A number that the coordinator noted, 0 where somebody wrote anything else."""
    return float(text) if text and re.fullmatch(r"\d{1,15}(\.\d*)?", text) else 0.0


def _round(text: str) -> tuple[int, str] | None:
    """`2 <uid of the pod>`."""
    number, _, uid = text.partition(" ")
    return (int(number), uid) if number.isdigit() and uid else None
