"""Jobs and pods as the API server shows them, for tests: only the fields that somebody reads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from osmoc_runtime import contract
from osmoc_runtime.contract import PlannedGroup, PlannedTask, WorkflowPlan

Json = dict[str, Any]


def stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def condition(kind: str, at: float = 0, reason: str = "", message: str = "", true: bool = True) -> Json:
    return {
        "type": kind,
        "status": "True" if true else "False",
        "reason": reason,
        "message": message,
        "lastTransitionTime": stamp(at),
    }


def job(
    name: str,
    *conditions: Json,
    created: float = 100,
    notes: dict[str, str] | None = None,
    deadline: int | None = None,
    failed: int = 0,
    **labels: str,
) -> Json:
    labels = {contract.LABEL_PREFIX + key.replace("_", "-"): value for key, value in labels.items()}
    labels = {contract.TASK_LABEL: name, contract.LEAD_LABEL: "true"} | labels
    return {
        "metadata": {
            "name": name,
            "uid": f"uid-{name}",
            "resourceVersion": "1",
            "creationTimestamp": stamp(created),
            "labels": labels,
            "annotations": dict(notes or {}),
        },
        "spec": {"activeDeadlineSeconds": deadline} if deadline else {},
        "status": {"conditions": list(conditions), "failed": failed},
    }


def complete(name: str, at: float = 200, **more: Any) -> Json:
    return job(name, condition("Complete", at, "CompletionsReached"), **more)


def failed(
    name: str, at: float = 200, reason: str = "BackoffLimitExceeded", message: str = "", **more: Any
) -> Json:
    return job(name, condition("Failed", at, reason, message), **more)


def ended(name: str, reason: str, at: float = 200, **more: Any) -> Json:
    """A Job that was ended from outside."""
    notes = {contract.REASON_ANNOTATION: reason}
    return failed(name, at, "DeadlineExceeded", notes=notes, deadline=1, **more)


def pod(
    owner: str,
    number: int = 1,
    *,
    phase: str = "Pending",
    created: float = 110,
    gated: bool = False,
    node: str = "",
    main: Json | None = None,
    others: dict[str, Json] | None = None,
    init: Json | None = None,
    deleting: bool = False,
    conditions: tuple[Json, ...] = (),
    reason: str = "",
    notes: dict[str, str] | None = None,
) -> Json:
    statuses = [{"name": "main", "state": main}] if main else []
    statuses += [{"name": name, "state": state} for name, state in (others or {}).items()]
    metadata: Json = {
        "name": f"{owner}-{number}",
        "uid": f"uid-{owner}-{number}",
        "resourceVersion": "1",
        "creationTimestamp": stamp(created),
        "annotations": dict(notes or {}),
        "ownerReferences": [{"kind": "Job", "name": owner, "uid": f"uid-{owner}", "controller": True}],
    }
    if deleting:
        metadata["deletionTimestamp"] = stamp(created + 50)
    return {
        "metadata": metadata,
        "spec": {
            "containers": [{"name": "main"}, *({"name": name} for name in others or {})],
            "schedulingGates": [{"name": contract.GATE}] if gated else [],
            **({"nodeName": node} if node else {}),
        },
        "status": {
            "phase": phase,
            "reason": reason,
            "conditions": list(conditions),
            "containerStatuses": statuses,
            "initContainerStatuses": [{"name": contract.INIT, "state": init}] if init else [],
        },
    }


def running(owner: str, number: int = 1, *, at: float = 120, **more: Any) -> Json:
    main = {"running": {"startedAt": stamp(at)}}
    return pod(owner, number, **({"phase": "Running", "node": "node1", "main": main} | more))


def terminated(code: int, *, reason: str = "", message: str = "", at: float = 120) -> Json:
    what = {"exitCode": code, "reason": reason or ("Error" if code else "Completed"), "message": message}
    return {"terminated": what | {"startedAt": stamp(at), "finishedAt": stamp(at + 10)}}


def dead(owner: str, number: int = 1, *, code: int = 1, **more: Any) -> Json:
    main = terminated(code)
    return pod(owner, number, **({"phase": "Failed", "node": "node1", "main": main} | more))


def group(
    name: str,
    *tasks: str,
    upstream: tuple[str, ...] = (),
    ignore_nonlead: bool = True,
    queue_timeout: float = 0,
    exec_timeout: float = 0,
) -> PlannedGroup:
    """The first task leads; a Job has the name of its task."""
    names = tasks or (name,)
    return PlannedGroup(
        name=name,
        tasks=tuple(PlannedTask(task, task, lead=task == names[0]) for task in names),
        upstream=upstream,
        gated=bool(upstream),
        ignore_nonlead=ignore_nonlead,
        queue_timeout=queue_timeout,
        exec_timeout=exec_timeout,
    )


def plan(*groups: PlannedGroup, workflow: str = "demo") -> WorkflowPlan:
    return WorkflowPlan(contract.CONTRACT, workflow, groups)
