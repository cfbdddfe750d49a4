"""Labels and annotations of a workflow's objects."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import PurePath

from osmoc import naming
from osmoc.options import Options
from osmoc.plan import Plan, PlannedGroup, PlannedTask
from osmoc.source import Span
from osmoc_runtime import contract

PREFIX = contract.LABEL_PREFIX


def workflow_labels(plan: Plan, component: str) -> dict[str, str]:
    """Labels of an object that belongs to the workflow as a whole. Components: task, coordinator, runtime."""
    name = naming.label_value(plan.workflow)
    return {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/instance": naming.WORKFLOW_ID,
        "app.kubernetes.io/managed-by": "osmoc",
        contract.COMPONENT_LABEL: component,
        contract.WORKFLOW_LABEL: name,
        contract.WORKFLOW_ID_LABEL: naming.WORKFLOW_ID,
    }


def group_labels(plan: Plan, group: PlannedGroup) -> dict[str, str]:
    """Labels of a group's Service."""
    return {**workflow_labels(plan, "task"), contract.GROUP_LABEL: naming.label_value(group.name)}


def task_labels(plan: Plan, group: PlannedGroup, task: PlannedTask) -> dict[str, str]:
    """Labels of a task's Job, ConfigMap and pod."""
    return {
        **group_labels(plan, group),
        contract.TASK_LABEL: naming.label_value(task.name),
        contract.LEAD_LABEL: "true" if task.lead else "false",
    }


def selector(group: PlannedGroup) -> dict[str, str]:
    """Labels by which a group's pods are found."""
    return {
        contract.WORKFLOW_ID_LABEL: naming.WORKFLOW_ID,
        contract.GROUP_LABEL: naming.label_value(group.name),
    }


class Provenance:
    """Where a Job comes from, as annotations: they are in no hash, so that a moved line makes no new Job."""

    def __init__(self, plan: Plan, options: Options) -> None:
        source = plan.at.source
        self._file = PurePath(source.name).name
        self._digests = {f"{PREFIX}template-digest": _digest(source.text)}
        parameters = [options.set, options.set_string, options.set_json, options.set_env, options.label]
        if any(parameters):
            self._digests[f"{PREFIX}parameters-digest"] = _digest(json.dumps(parameters))

    def annotations(self, at: Span) -> dict[str, str]:
        """The spec's file without its folders and the line, and digests of what was compiled."""
        return {f"{PREFIX}spec": f"{self._file}:{at.line}", **self._digests}


def _digest(text: str) -> str:
    return "sha256:" + sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
