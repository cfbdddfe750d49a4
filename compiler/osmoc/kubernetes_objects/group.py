"""The Service by which the tasks of a group find each other."""

from __future__ import annotations

from osmoc import naming
from osmoc.kubernetes_objects.labels import group_labels, selector
from osmoc.kubernetes_objects.metadata import head
from osmoc.plan import Plan, PlannedGroup
from osmoc_runtime import contract


def service(plan: Plan, group: PlannedGroup, namespace: str | None) -> dict[str, object]:
    """A headless Service: each pod is `<hostname>.<service>`, from the moment it has an address, ready or
    not.
    """
    body = head("Service", naming.placeholder("service", group.name), group_labels(plan, group), namespace)
    body["spec"] = {"clusterIP": "None", "publishNotReadyAddresses": True, "selector": selector(group)}
    return body


def meeting(group: PlannedGroup, task: str) -> tuple[contract.Meeting, ...]:
    """How the wrapper of a task finds those of the others; empty for a task that is alone."""
    if len(group.tasks) == 1:
        return ()
    return (
        contract.Meeting(
            group=f"{group.name}-{naming.placeholder('unit', group.name)}",
            me=task,
            lead=next(one.name for one in group.tasks if one.lead),
            barrier=group.barrier,
            members=tuple(
                contract.Member(one.name, naming.placeholder("host", one.name)) for one in group.tasks
            ),
        ),
    )
