"""What later passes can still judge of a workflow in which something is wrong.

Wrong fields read as absent, so that fewer things can be wrong with them, not more. Here is what has to be
done beside that: where a later complaint would follow from the first mistake, nothing is left to complain
about.
"""

from __future__ import annotations

from dataclasses import replace

from osmoc.checking.fields import Part
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.pool import Pool
from osmoc.spec import Group, Resources, Task, Workflow


def what_is_left(diagnostics: Diagnostics, part: Part, workflow: Workflow, pool: Pool) -> Workflow:
    """The workflow, each group with a lead, each task with no more privileges than are surely judged right.

    Raises Rejected where tasks or groups cannot be told apart by name: everything else hangs on that.
    """
    if not _all_are_known(part, workflow):
        diagnostics.stop_if_any()
    groups = tuple(_group(part, group, pool) for group in workflow.groups)
    return replace(workflow, groups=groups)


def _all_are_known(part: Part, workflow: Workflow) -> bool:
    listed = [*part.items("tasks"), *part.items("groups")]
    members = [item for group in part.parts("groups") for item in group.items("tasks")]
    tasks = [task.name.value for task in workflow.tasks]
    groups = [group.name.value for group in workflow.groups]
    return (
        len(groups) == len(listed)
        and len(tasks) == len(part.items("tasks")) + len(members)
        and all(group.tasks for group in workflow.groups)
        and all(len(set(names)) == len(names) and "" not in names for names in (tasks, groups))
    )


def _group(part: Part, group: Group, pool: Pool) -> Group:
    tasks = tuple(_task(part, task, pool) for task in group.tasks)
    if not any(task.lead for task in tasks):
        tasks = (replace(tasks[0], lead=True), *tasks[1:])
    return replace(group, tasks=tasks)


def _task(part: Part, task: Task, pool: Pool) -> Task:
    """Where the platform is not known, nobody can say what it allows."""
    if pool.platforms is None or _has_platform(part, task.resources, pool):
        return task
    return replace(task, privileged=False, host_network=False, mounts=())


def _has_platform(part: Part, resources: Resources, pool: Pool) -> bool:
    if resources.platform is not None:
        return True
    entries = part.part("resources")
    entry = entries.part(resources.name) if entries is not None else None
    written = entry is not None and entry.text("platform") is None and "platform" in entry
    return bool(resources.name) and pool.default_platform is not None and not written
