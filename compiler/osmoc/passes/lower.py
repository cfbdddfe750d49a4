"""Resolved → Plan: defaults, tokens, units, data moves, exit rules; no YAML and no Kubernetes objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import timedelta

from osmoc import exit_rules, naming
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.local_files import FileContents, Folder
from osmoc.lowering.checkpoints import plan_checkpoints
from osmoc.lowering.data_moves import plan_inputs, plan_outputs
from osmoc.lowering.exits import plan_exit
from osmoc.lowering.files import plan_files
from osmoc.lowering.mounts import check_mounts
from osmoc.lowering.paths import absolute
from osmoc.lowering.placement import check_privileges, plan_resources, platform_of
from osmoc.lowering.texts import Texts
from osmoc.lowering.units import make_units
from osmoc.lowering.variables import plan_variables
from osmoc.options import Options
from osmoc.passing import Resolved
from osmoc.plan import Plan, PlannedGroup, PlannedTask
from osmoc.pool import Platform, Pool, Timeout
from osmoc.source import Span
from osmoc.spec import (
    Credential,
    FromTask,
    Group,
    HostMount,
    LocalFile,
    MountedCredential,
    Task,
    Workflow,
)
from osmoc_runtime.values import dataclass


@dataclass(frozen=True, slots=True)
class _Workshop:
    """What all tasks of a workflow are planned with. `home`: each task's group. `order`: each group's place.

    `consumed`: tasks whose output another one takes. `hosts` grows: for each group, the tasks whose host its
    tasks name.
    """

    diagnostics: Diagnostics
    pool: Pool
    contents: Mapping[LocalFile, FileContents]
    folders: Mapping[str, Folder]
    options: Options
    home: Mapping[str, str]
    order: Mapping[str, int]
    consumed: frozenset[str]
    defaults: exit_rules.Rules
    execution: timedelta | None
    queue: timedelta | None
    hosts: dict[str, set[str]] = field(default_factory=dict)


def lower(diagnostics: Diagnostics, resolved: Resolved, pool: Pool, options: Options) -> Plan:
    """Give back what runs, what waits for what, what moves and what each exit code means, or say what cannot
    be.
    """
    workflow = resolved.workflow
    shop = _Workshop(
        diagnostics,
        pool,
        resolved.contents,
        resolved.folders,
        options,
        {task.name.value: group.name.value for group in workflow.groups for task in group.tasks},
        {group.name.value: index for index, group in enumerate(workflow.groups)},
        frozenset(wanted.task.value for task in workflow.tasks for wanted in _task_inputs(task)),
        exit_rules.of_pool(pool.default_exit_actions),
        _timeout(workflow.timeouts.execution, pool.execution_timeout),
        _timeout(workflow.timeouts.queue, pool.queue_timeout),
    )
    groups = _with_hosts([_group(shop, group) for group in workflow.groups], shop)
    diagnostics.stop_if_any()
    name = workflow.name.value
    return Plan(
        workflow=name,
        workflow_id=naming.workflow_id(options.workflow_id or name),
        labels=_labels(workflow),
        units=make_units(groups, _ties(shop)),
        coordinated=shop.queue is not None or any(group.upstream or len(group.tasks) > 1 for group in groups),
        at=workflow.at,
    )


def _labels(workflow: Workflow) -> dict[str, str]:
    return {key.value: value.value for key, value in workflow.labels}


def _timeout(wanted: timedelta | None, limit: Timeout) -> timedelta | None:
    """No wish, or a wish of zero, takes the default; the maximum cuts in silence, both as in the
    reference.
    """
    chosen = wanted or limit.default or None
    if chosen is not None and limit.maximum is not None:
        return min(chosen, limit.maximum)
    return chosen


def _task_inputs(task: Task) -> list[FromTask]:
    return [wanted for wanted in task.inputs if isinstance(wanted, FromTask) and wanted.workflow is None]


def _group(shop: _Workshop, group: Group) -> PlannedGroup:
    alone = len(group.tasks) == 1
    upstream = {shop.home[wanted.task.value] for task in group.tasks for wanted in _task_inputs(task)}
    return PlannedGroup(
        name=group.name.value,
        written=group.written,
        barrier=group.barrier,
        ignore_nonlead_status=group.ignore_nonlead_status,
        tasks=tuple(_task(shop, group, task) for task in group.tasks),
        upstream=tuple(sorted(upstream, key=shop.order.__getitem__)),
        hosted=not alone,
        queue_timeout=shop.queue,
        execution_timeout=None if alone else shop.execution,
        at=group.at,
    )


def _with_hosts(groups: list[PlannedGroup], shop: _Workshop) -> list[PlannedGroup]:
    """A task alone is found by name only where a task names its host."""
    named = {shop.home[task] for tasks in shop.hosts.values() for task in tasks}
    return [
        group if group.hosted or group.name not in named else replace(group, hosted=True) for group in groups
    ]


def _ties(shop: _Workshop) -> dict[str, set[str]]:
    return {
        group: {shop.home[task] for task in tasks if shop.home[task] != group}
        for group, tasks in shop.hosts.items()
    }


def _task(shop: _Workshop, group: Group, task: Task) -> PlannedTask:
    diagnostics, pool = shop.diagnostics, shop.pool
    alone = len(group.tasks) == 1
    texts = Texts(diagnostics, task, shop.home)
    resources = plan_resources(diagnostics, task, pool)
    platform = platform_of(resources, pool)
    check_privileges(diagnostics, task, platform, pool)
    # Every text is filled before outputs are planned: they depend on what the texts speak of.
    image, *words = map(texts.fill, (task.image, *task.command, *task.args))
    environment, credentials = plan_variables(diagnostics, texts, task)
    mounts = _mounts(texts, task, platform)
    files = plan_files(diagnostics, texts, task, shop.contents)
    check_mounts(diagnostics, mounts, credentials, files)
    checkpoints, volumes = plan_checkpoints(
        diagnostics, texts, task, files, mounted=_mounted(mounts, credentials)
    )
    inputs = plan_inputs(diagnostics, texts, task, shop.folders, shop.options)
    outputs = plan_outputs(texts, task, consumed=task.name.value in shop.consumed)
    if texts.hosts:
        shop.hosts.setdefault(group.name.value, set()).update(texts.hosts)
    timeout = shop.execution if alone else None
    exits = plan_exit(diagnostics, task, pool, shop.defaults, timed=timeout is not None)
    moves = bool(inputs.fetched or inputs.folders or checkpoints or outputs)
    needed = moves or timeout is not None or not alone or not exit_rules.is_plain(exits.mapping)
    return PlannedTask(
        name=task.name.value,
        image=image,
        command=tuple(words[: len(task.command)]),
        args=tuple(words[len(task.command) :]),
        lead=task.lead,
        environment=environment,
        credentials=credentials,
        files=files,
        mounts=mounts,
        inputs=inputs.fetched,
        folders=inputs.folders,
        uploads=inputs.uploads,
        outputs=outputs,
        checkpoints=checkpoints,
        checkpoint_volumes=volumes,
        exit=exits,
        timeout=timeout,
        resources=resources,
        privileged=task.privileged,
        host_network=task.host_network,
        agent=needed or pool.cli != "never",
        control=bool(checkpoints or outputs),
        at=task.at,
    )


def _mounts(texts: Texts, task: Task, platform: Platform | None) -> tuple[HostMount, ...]:
    """The platform's mounts and the task's. One that the platform both gives and allows is mounted once."""
    given = _default_mounts(platform, task.at)
    there = {(mount.source, mount.target) for mount in given}
    wanted = [_mount(texts, mount) for mount in task.mounts]
    return (*given, *(mount for mount in wanted if (mount.source, mount.target) not in there))


def _default_mounts(platform: Platform | None, at: Span) -> tuple[HostMount, ...]:
    if platform is None:
        return ()
    return tuple(_split_mount(written, at) for written in platform.default_mounts)


def _split_mount(written: str, at: Span) -> HostMount:
    source, _, target = written.partition(":")
    return HostMount(source, target or source, at)


def _mount(texts: Texts, mount: HostMount) -> HostMount:
    return HostMount(
        texts.fill_at(mount.source, mount.at), absolute(texts.fill_at(mount.target, mount.at)), mount.at
    )


def _mounted(mounts: tuple[HostMount, ...], credentials: tuple[Credential, ...]) -> dict[str, Span]:
    folders = {mount.target: mount.at for mount in mounts}
    for credential in credentials:
        if isinstance(credential, MountedCredential):
            folders[credential.path.value] = credential.path.at
    return folders
