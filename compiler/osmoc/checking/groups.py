"""Groups, and the tasks that stand outside of any (reference osmo-spec 2.2, 2.3)."""

from __future__ import annotations

from osmoc.checking.fields import Part
from osmoc.checking.names import name_of
from osmoc.checking.shape import check_shape
from osmoc.checking.tasks import Surroundings, task_of
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Label
from osmoc.document import Scalar, Sequence
from osmoc.spec import Group, Text


def groups_of(workflow: Part, around: Surroundings) -> tuple[Group, ...]:
    """The workflow's groups in the order written; a task outside a group is one of its own."""
    tasks, groups = workflow.items("tasks"), workflow.items("groups")
    if tasks and groups:
        workflow.diagnostics.error(
            Code.TASKS_OR_GROUPS,
            "a workflow has `tasks` or `groups`, and this one has both",
            workflow.key_at("groups"),
            labels=(Label(workflow.key_at("tasks"), "the other one"),),
            help="move the tasks into groups",
        )
    _check_absent(workflow, "tasks" if groups else "groups", has_other=bool(groups or tasks))
    if not (tasks or groups) and _could_be_empty(workflow):
        workflow.diagnostics.error(
            Code.TASKS_OR_GROUPS, "the workflow has no task", workflow.key_at("name"), help="add `tasks`"
        )
    alone = tuple(_group_alone(part, around) for part in workflow.parts("tasks"))
    return alone + tuple(_group(part, around) for part in workflow.parts("groups"))


def _check_absent(workflow: Part, name: str, *, has_other: bool) -> None:
    """The reference fails on `tasks:` with nothing below it beside `groups`, and the other way round."""

    node = workflow.node(name)
    if has_other and isinstance(node, Scalar) and node.value is None:
        workflow.diagnostics.error(
            Code.WRONG_TYPE,
            f"`{name}` is empty here, and a list is needed",
            node.at,
            help=f"leave `{name}` out",
        )


def _could_be_empty(workflow: Part) -> bool:
    """Whether nothing was said about `tasks` and `groups` yet: they are absent, empty lists or null."""

    nodes = (workflow.node("tasks"), workflow.node("groups"))
    return all(
        node is None or isinstance(node, Sequence) or (isinstance(node, Scalar) and node.value is None)
        for node in nodes
    )


def _group_alone(part: Part, around: Surroundings) -> Group:
    task = task_of(part, around, alone=True, lead=True)
    return Group(
        name=Text(f"{task.name.value}-group" if task.name.value else "", task.name.at),
        written=False,
        barrier=False,
        ignore_nonlead_status=True,
        tasks=(task,),
        at=part.at,
    )


def _group(part: Part, around: Surroundings) -> Group:
    name = part.string("name")
    what = f"group `{name.value}`" if name else "the group"
    check_shape(part.diagnostics, "group", part.mapping, what)
    members = tuple(part.parts("tasks"))
    only = True if len(part.items("tasks")) == 1 else None
    group = Group(
        name=name_of(part, "group"),
        written=True,
        barrier=part.flag("barrier", default=True),
        ignore_nonlead_status=part.flag("ignoreNonleadStatus", default=True),
        tasks=tuple(task_of(member, around, alone=False, lead=only) for member in members),
        at=part.at,
    )
    if len(members) > 1:
        _check_lead(part, group, what)
    return group


def _check_lead(part: Part, group: Group, what: str) -> None:
    leads = [task for task in group.tasks if task.lead]
    if len(leads) == 1:
        return
    if leads:
        part.diagnostics.error(
            Code.LEAD,
            f"{what} has {len(leads)} leads, and exactly one is needed",
            leads[1].name.at,
            labels=(Label(leads[0].name.at, "the first one"),),
            help=f"leave `lead: true` out of all tasks but `{leads[0].name.value}`",
        )
    else:
        part.diagnostics.error(
            Code.LEAD,
            f"{what} has {len(group.tasks)} tasks and no lead",
            part.key_at("name"),
            help=f"add `lead: true` to the task that ends the group, perhaps `{group.tasks[0].name.value}`",
        )
