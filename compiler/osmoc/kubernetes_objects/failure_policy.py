"""What a Job makes of a pod that failed: `podFailurePolicy`. First rule that matches wins; reference
k8s-mapping, section 1.
"""

from __future__ import annotations

from osmoc import naming
from osmoc.plan import PlannedTask
from osmoc.shared import SharedMap
from osmoc_runtime import contract


def on_exit_codes(action: str, container: str, operator: str, values: list[int]) -> dict[str, object]:
    """A rule for the exit codes of one container. Without a name it would judge the codes of all of them."""
    return {
        "action": action,
        "onExitCodes": {"containerName": container, "operator": operator, "values": values},
    }


def on_disruption(action: str) -> dict[str, object]:
    """A rule for a pod that the node or the scheduler took away. `status` is required by schemas up to
    1.34.
    """
    return {"action": action, "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}


_DISRUPTED: dict[str, dict[str, object]] = {
    action: SharedMap(on_disruption(action)) for action in ("Ignore", "Count", "FailJob")
}
_OF_CONTROL = (
    SharedMap(on_exit_codes("FailJob", contract.CONTROL, "In", [contract.DATA_NOT_STORED])),
    SharedMap(on_exit_codes("Count", contract.CONTROL, "NotIn", [0, contract.DATA_NOT_STORED])),
)
_OF_INIT = (
    SharedMap(on_exit_codes("FailJob", contract.INIT, "In", [contract.INIT_PERMANENT])),
    SharedMap(on_exit_codes("Count", contract.INIT, "NotIn", [0, contract.INIT_PERMANENT])),
)


def task_policy(task: PlannedTask) -> dict[str, object]:
    """The rules of a task's Job, disruptions first: the codes of such a pod are no answer of the task's."""
    container = naming.container(task.name)
    rules = [_DISRUPTED[task.exit.disruption]]
    if task.control:
        rules += _OF_CONTROL
    if task.agent:
        rules += _OF_INIT
    return {"rules": rules + _of_task(container, list(task.exit.count))}


def _of_task(container: str, count: list[int]) -> list[dict[str, object]]:
    """`count`: codes after which the pod is tried again; every other but 0 ends the Job.

    Written by whichever is the shorter list, since people review it: `1-255` is all but 0.
    """
    others = sorted(set(range(1, 256)) - set(count))
    any_other = [on_exit_codes("FailJob", container, "NotIn", [0])] if others else []
    if len(count) <= len(others):
        return [on_exit_codes("Count", container, "In", count), *any_other] if count else any_other
    return [on_exit_codes("Count", container, "NotIn", [0, *others]), *any_other]
