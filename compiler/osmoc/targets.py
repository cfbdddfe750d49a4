"""Who does what a workflow asks for, on each version of Kubernetes: that itself, osmoc's part in the pod or
in the namespace, or nobody.

What a newer version brings is used only where it does the same. Facts: reference k8s-mapping, sections 0-3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final

from osmoc import exit_rules
from osmoc.checking.environment import RELAXED_SINCE, is_taken_everywhere
from osmoc.plan import Plan, PlannedGroup, PlannedTask
from osmoc.pool import VERSIONS, Pool
from osmoc_runtime.values import dataclass


class By(Enum):
    """Who does it."""

    KUBERNETES = "native"
    WRAPPER = "wrapper"
    AGENT = "agent"
    COORDINATOR = "coordinator"
    NOBODY = "impossible"


@dataclass(frozen=True, slots=True)
class Row:
    """A feature that the workflow uses. `by`: for each of VERSIONS. `how`: with what, or why not."""

    feature: str
    by: tuple[By, ...]
    how: str


_RESTART: Final = (
    "runs the command again in its container; restart rules of containers (1.35) have no limit and lose its "
    "files"
)
_TOGETHER: Final = "tasks meet before their commands start; gang scheduling is off by default up to 1.37"
_ARRIVAL: Final = {
    "embedded": "a ConfigMap of the workflow brings it, osmo-init puts it into the pod",
    "installed": "a ConfigMap of the namespace brings it, osmo-init puts it into the pod",
    "image": "the runtime image holds it, osmo-init copies it; image volumes (1.36) would save 0.1 s",
}


def rows(plan: Plan, pool: Pool) -> tuple[Row, ...]:
    """What the workflow uses, in the order in which a task meets it; each feature once."""
    tasks = [task for group in plan.groups for task in group.tasks]
    found = [*_scheduling(plan, tasks), *_beginning(plan, tasks, pool), *_ending(plan.groups, tasks)]
    return tuple(dict.fromkeys(found))


def _row(feature: str, by: By, how: str) -> Row:
    return Row(feature, (by,) * len(VERSIONS), how)


def _scheduling(plan: Plan, tasks: Iterable[PlannedTask]) -> Iterator[Row]:
    if any(group.upstream for group in plan.groups):
        yield _row("tasks that wait for tasks", By.COORDINATOR, "it takes scheduling gates off the pods")
    if any(group.queue_timeout for group in plan.groups):
        yield _row("queue_timeout", By.COORDINATOR, "Kubernetes counts a Job's time from its start alone")
    for task in tasks:
        if task.resources.nodes_excluded:
            yield _row("nodesExcluded", By.KUBERNETES, "node affinity, by host name and by node name")
        if task.resources.topology:
            yield _row("topology", By.KUBERNETES, "pod affinity on the pool's node labels")
        if task.resources.gpu:
            yield _row("gpu", By.KUBERNETES, "an extended resource")


def _beginning(plan: Plan, tasks: Iterable[PlannedTask], pool: Pool) -> Iterator[Row]:
    for group in plan.groups:
        if group.hosted:
            yield _row("{{host:…}}", By.KUBERNETES, "a headless Service")
        if len(group.tasks) > 1 and group.barrier:
            yield _row("tasks that start together", By.WRAPPER, _TOGETHER)
    for task in tasks:
        if task.agent:
            yield _row("the osmo command", By.AGENT, _ARRIVAL[pool.runtime.agent])
        if task.files:
            yield _row("files", By.KUBERNETES, "ConfigMaps")
        if task.credentials:
            yield _row("credentials", By.KUBERNETES, "Secrets")
        if not all(is_taken_everywhere(name) for name, _ in task.environment):
            since = VERSIONS.index(RELAXED_SINCE)
            by = (By.NOBODY,) * since + (By.KUBERNETES,) * (len(VERSIONS) - since)
            yield Row("odd names of variables", by, f"taken from {RELAXED_SINCE} on")
        if task.inputs or task.folders:
            yield _row("inputs", By.AGENT, "osmo-init fetches them")
        if task.checkpoints:
            yield _row("checkpoint", By.AGENT, "osmo-ctrl saves it, osmo-init restores it")


def _ending(groups: Iterable[PlannedGroup], tasks: Iterable[PlannedTask]) -> Iterator[Row]:
    yield _row("FAIL, RESCHEDULE, retries", By.KUBERNETES, "podFailurePolicy and backoffLimit, GA in 1.31")
    for task in tasks:
        mapping = task.exit.mapping
        if mapping.complete:
            yield _row("COMPLETE", By.WRAPPER, "it ends with 0; for Kubernetes no other code is success")
        if mapping.restart:
            yield _row("RESTART", By.WRAPPER, _RESTART)
        if mapping.zero:
            yield _row("another action for code 0", By.WRAPPER, f"it ends with {mapping.zero} instead")
        if exit_rules.MEMORY_KILL in (*mapping.complete, *mapping.restart):
            yield _row(
                "COMPLETE or RESTART of a memory kill",
                By.NOBODY,
                "the kernel ends the wrapper, too; it sees 137 only where the command itself ends so",
            )
        if task.timeout is not None:
            yield _row(
                "exec_timeout of a task", By.WRAPPER, "each attempt has its own time; a Job has one for all"
            )
        if task.outputs:
            yield _row("outputs", By.AGENT, "osmo-ctrl stores them")
    for group in groups:
        if len(group.tasks) > 1:
            yield _row(
                "a group that ends with its lead",
                By.WRAPPER,
                "it tells the others; the coordinator sees to it",
            )
        if group.execution_timeout is not None:
            yield _row("exec_timeout of a group", By.COORDINATOR, "it ends the Jobs")
