"""How the tasks of a group find each other, and what its lead is told."""

from __future__ import annotations

import posixpath

from osmoc import naming
from osmoc.kubernetes_objects.labels import group_labels, selector
from osmoc.kubernetes_objects.metadata import head
from osmoc.plan import Plan, PlannedGroup, PlannedTask
from osmoc_runtime import contract


def service(plan: Plan, group: PlannedGroup, namespace: str | None) -> dict[str, object]:
    """A headless Service: each pod is `<hostname>.<service>`, from the moment it has an address, ready or
    not.
    """
    body = head("Service", naming.placeholder("service", group.name), group_labels(plan, group), namespace)
    body["spec"] = {"clusterIP": "None", "publishNotReadyAddresses": True, "selector": selector(group)}
    return body


Body = dict[str, object]

_VOLUME = "osmoc-group"


def told_volume(group: PlannedGroup, task: PlannedTask) -> list[Body]:
    """The volume by which a lead at a barrier learns from the coordinator who never comes to it. It follows
    the pod's annotation within seconds, and needs no network and no right.
    """
    if not (task.lead and group.barrier and len(group.tasks) > 1):
        return []
    # The version is the default; left out of a list's item it would be a change to `kubectl apply` each time.
    field = {"apiVersion": "v1", "fieldPath": f"metadata.annotations['{contract.OVER_ANNOTATION}']"}
    item = {"path": posixpath.basename(contract.OVER_FILE), "fieldRef": field}
    return [{"name": _VOLUME, "downwardAPI": {"items": [item]}}]


def told_mount(group: PlannedGroup, task: PlannedTask) -> list[Body]:
    """The mount of that volume, where there is one."""
    if not told_volume(group, task):
        return []
    return [{"name": _VOLUME, "mountPath": contract.GROUP_FOLDER, "readOnly": True}]


def meeting(group: PlannedGroup, task: str) -> tuple[contract.Meeting, ...]:
    """How the wrapper of a task finds those of the others; empty for a task that is alone."""
    if len(group.tasks) == 1:
        return ()
    lead = next(one.name for one in group.tasks if one.lead)
    # Were all told of all, the plans of a thousand tasks would be a million lines.
    spoken_with = [one.name for one in group.tasks] if task == lead else [lead]
    return (
        contract.Meeting(
            group=f"{group.name}-{naming.placeholder('unit', group.name)}",
            me=task,
            lead=lead,
            barrier=group.barrier,
            members=tuple(contract.Member(one, naming.placeholder("host", one)) for one in spoken_with),
        ),
    )
