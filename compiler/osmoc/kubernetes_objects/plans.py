"""The plans that travel to the pods: what the contract says, with placeholders where names stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from osmoc import naming
from osmoc.kubernetes_objects.folders import TaskShards, folder_inputs
from osmoc.kubernetes_objects.group import meeting
from osmoc.kubernetes_objects.labels import task_labels
from osmoc.kubernetes_objects.metadata import head
from osmoc.kubernetes_objects.placement import patches
from osmoc.kubernetes_objects.site import Site
from osmoc.plan import Plan, PlannedGroup, PlannedTask
from osmoc.pool import Pool
from osmoc_runtime import contract

DEFAULT_GRACE = 30
"""Seconds that Kubernetes gives to a pod that names none."""


def grace(task: PlannedTask, pool: Pool) -> int:
    """Seconds between SIGTERM and SIGKILL: more where osmo-ctrl has data to store, but what a patch says
    holds.
    """
    seconds = pool.termination_grace if task.control else DEFAULT_GRACE
    for patch in patches(task, pool):
        spec = patch.get("spec")
        wanted = spec.get("terminationGracePeriodSeconds") if isinstance(spec, Mapping) else None
        seconds = wanted if type(wanted) is int else seconds
    return seconds


def task_plan(group: PlannedGroup, task: PlannedTask, pool: Pool, shards: TaskShards) -> contract.TaskPlan:
    """All that the agent in a task's pod must know."""
    return contract.TaskPlan(
        contract=contract.CONTRACT,
        workflow=naming.WORKFLOW_ID,
        task=task.name,
        job=naming.placeholder("job", task.name),
        storage=contract.Storage(
            pool.storage.url, pool.storage.endpoint, pool.storage.region, pool.storage.addressing
        ),
        inputs=tuple(sorted((*task.inputs, *folder_inputs(shards)), key=lambda entry: entry.index)),
        outputs=task.outputs,
        checkpoints=task.checkpoints,
        exit=task.exit.mapping,
        timeout=_seconds(task.timeout),
        grace=float(grace(task, pool)),
        control=task.control,
        meeting=meeting(group, task.name),
    )


def workflow_plan(plan: Plan) -> contract.WorkflowPlan:
    """All that the coordinator must know."""
    return contract.WorkflowPlan(
        contract.CONTRACT, naming.WORKFLOW_ID, tuple(_group(group) for group in plan.groups)
    )


def _group(group: PlannedGroup) -> contract.PlannedGroup:
    return contract.PlannedGroup(
        name=group.name,
        tasks=tuple(
            contract.PlannedTask(task.name, naming.placeholder("job", task.name), task.lead)
            for task in group.tasks
        ),
        upstream=group.upstream,
        gated=bool(group.upstream),
        ignore_nonlead=group.ignore_nonlead_status,
        queue_timeout=_seconds(group.queue_timeout),
        exec_timeout=_seconds(group.execution_timeout),
    )


def _seconds(duration: timedelta | None) -> float:
    return 0.0 if duration is None else duration.total_seconds()


def task_plan_config_map(
    site: Site, group: PlannedGroup, task: PlannedTask, shards: TaskShards
) -> dict[str, object]:
    """The ConfigMap of a task's plan, named as its Job."""
    name = naming.placeholder("job", task.name)
    text = _task_plan_text(site, task_plan(group, task, site.pool, shards))
    return _config_map(name, text, task_labels(site.plan, group, task), site)


def workflow_plan_config_map(site: Site, name: str, labels: dict[str, str]) -> dict[str, object]:
    """The ConfigMap of the coordinator's plan."""
    return _config_map(name, contract.dump(workflow_plan(site.plan)), labels, site)


def _config_map(name: str, text: str, labels: dict[str, str], site: Site) -> dict[str, object]:
    body = head("ConfigMap", name, labels, site.namespace)
    body["immutable"] = True
    body["data"] = {contract.PLAN_KEY: text}
    return body


def _task_plan_text(site: Site, plan: contract.TaskPlan) -> str:
    """The plan as text. For tasks whose plans differ in the task's name alone it is made once."""
    unnamed = replace(plan, task=_ANY_TASK, job=_ANY_JOB)
    if unnamed not in site.plans:
        site.plans[unnamed] = contract.dump(unnamed)
    return site.plans[unnamed].replace(_ANY_TASK, plan.task).replace(_ANY_JOB, plan.job)


_ANY_TASK = naming.placeholder("any", "task")
_ANY_JOB = naming.placeholder("any", "job")
