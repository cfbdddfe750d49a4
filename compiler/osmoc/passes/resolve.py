"""Workflow → Resolved: which task means which, in what order groups run, and the bytes of local files."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from heapq import heapify, heappop, heappush
from pathlib import Path

from osmoc import local_files
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics, Label
from osmoc.local_files import FileContents, LocalFolder
from osmoc.options import Options
from osmoc.passing import Resolved
from osmoc.source import Span
from osmoc.spec import (
    NOWHERE,
    File,
    FromDataset,
    FromTask,
    Group,
    InlineFile,
    LocalFile,
    Task,
    Text,
    Workflow,
)

_CODES = {
    local_files.Missing: Code.LOCAL_FILE_MISSING,
    local_files.NotAFile: Code.LOCAL_FILE_NOT_A_FILE,
    local_files.Unreadable: Code.LOCAL_FILE_UNREADABLE,
    local_files.Outside: Code.LOCAL_FILE_OUTSIDE,
    local_files.TooLarge: Code.FILE_TOO_LARGE,
}


def resolve(diagnostics: Diagnostics, workflow: Workflow, folder: Path, options: Options) -> Resolved:
    """Give back the workflow with its groups in an order in which they can run, as written where the order is
    free.

    `folder` is the spec's; local files are read from it, each once. Where something is wrong, what is left:
    no file without its bytes, and no input of a task that cannot be one.
    """
    workflow = _with_groups(workflow, _check_references(diagnostics, workflow))
    local = LocalFolder(folder, allow_outside=options.allow_outside)
    contents = _read(diagnostics, workflow, local)
    folders = _read_folders(diagnostics, workflow, local)
    too_large = _check_sizes(diagnostics, workflow)
    groups = _in_order(diagnostics, workflow)
    if diagnostics.wrong:
        groups = tuple(_what_is_left(group, {*contents}, {*folders}, too_large) for group in groups)
    return Resolved(_with_groups(workflow, groups), contents, folders)


def upstream_groups(workflow: Workflow) -> dict[str, dict[str, Span]]:
    """For each group the groups that it takes input from, with the place of the first such input."""
    home = {task.name.value: group.name.value for group in workflow.groups for task in group.tasks}
    return {
        group.name.value: {
            home[wanted.task.value]: wanted.task.at
            for task in reversed(group.tasks)
            for wanted in reversed(_task_inputs(task))
        }
        for group in workflow.groups
    }


def _with_groups(workflow: Workflow, groups: tuple[Group, ...]) -> Workflow:
    if groups == workflow.groups:
        return workflow
    return Workflow(workflow.name, workflow.labels, groups, workflow.timeouts, workflow.at)


def _task_inputs(task: Task) -> list[FromTask]:
    return [wanted for wanted in task.inputs if isinstance(wanted, FromTask) and wanted.workflow is None]


def _check_references(diagnostics: Diagnostics, workflow: Workflow) -> tuple[Group, ...]:
    """The groups, wrong inputs in them replaced by ones of `NOWHERE`."""
    home = {task.name.value: group for group in workflow.groups for task in group.tasks}
    wrong = {
        id(wanted)
        for task in workflow.tasks
        for wanted in _task_inputs(task)
        if not _is_right(diagnostics, home, task, wanted)
    }
    if not wrong:
        return workflow.groups

    def mended(task: Task) -> Task:
        inputs = [
            replace(one, workflow=NOWHERE) if isinstance(one, FromTask) and id(one) in wrong else one
            for one in task.inputs
        ]
        return replace(task, inputs=tuple(inputs))

    return tuple(replace(group, tasks=tuple(map(mended, group.tasks))) for group in workflow.groups)


def _is_right(diagnostics: Diagnostics, home: Mapping[str, Group], task: Task, wanted: FromTask) -> bool:
    name, group = wanted.task.value, home[task.name.value]
    if name == task.name.value:
        diagnostics.error(
            Code.INPUT_OF_ITSELF,
            f"task `{name}` waits for its own output",
            wanted.task.at,
            help="name another task, or remove this input",
        )
    elif name not in home:
        diagnostics.error(
            Code.INPUT_UNKNOWN, f"there is no task `{name}`", wanted.task.at, help=_suggestion(name, home)
        )
    elif home[name] is group:
        diagnostics.error(
            Code.INPUT_WITHIN_GROUP,
            f"task `{task.name.value}` waits for `{name}`, which runs in the same group at the same time",
            wanted.task.at,
            labels=(Label(home[name].name.at, f"group `{group.name.value}`"),),
            help="put the two tasks into different groups, or let them talk by `{{host:" + name + "}}`",
        )
    else:
        return True
    return False


def _suggestion(name: str, home: Mapping[str, Group]) -> str:
    from osmoc.diagnostics.suggest import nearest

    for group in home.values():
        if group.written and group.name.value == name:
            return f"`{name}` is a group: name one of its tasks, such as `task: {group.lead.name.value}`"
    near = nearest(name, list(home))
    return f"write `task: {near}`" if near else "name a task of this workflow"


def _in_order(diagnostics: Diagnostics, workflow: Workflow) -> tuple[Group, ...]:
    """Of the groups that can run next, the one written first; where some wait in a circle, all as written."""
    upstream = upstream_groups(workflow)
    position = {group.name.value: index for index, group in enumerate(workflow.groups)}
    waiting = {name: len(others) for name, others in upstream.items()}
    downstream: dict[str, list[str]] = {name: [] for name in upstream}
    for name, others in upstream.items():
        for other in others:
            downstream[other].append(name)
    ready = [position[name] for name, count in waiting.items() if count == 0]
    heapify(ready)
    order: list[Group] = []
    while ready:
        group = workflow.groups[heappop(ready)]
        order.append(group)
        for name in downstream[group.name.value]:
            waiting[name] -= 1
            if waiting[name] == 0:
                heappush(ready, position[name])
    if len(order) < len(workflow.groups):
        _say_cycle(diagnostics, workflow, upstream, {group.name.value for group in order})
        return workflow.groups
    return tuple(order)


def _say_cycle(
    diagnostics: Diagnostics, workflow: Workflow, upstream: dict[str, dict[str, Span]], ordered: set[str]
) -> None:
    """From the first group that never gets ready, follow what it waits for until a group comes twice."""
    written = {group.name.value: group for group in workflow.groups}
    name = next(name for name in upstream if name not in ordered)
    path: list[str] = []
    while name not in path:
        path.append(name)
        name = next(other for other in upstream[name] if other not in ordered)
    cycle = path[path.index(name) :]
    first = min(range(len(cycle)), key=lambda index: written[cycle[index]].at.start)
    cycle = [*cycle[first:], *cycle[:first]]
    shown = [_shown(written[name]) for name in (*cycle, cycle[0])]
    steps = list(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
    diagnostics.error(
        Code.GROUPS_IN_CYCLE,
        f"{' waits for '.join(shown)}: none of them can ever start",
        upstream[steps[0][0]][steps[0][1]],
        labels=tuple(
            Label(upstream[one][other], f"{_shown(written[one])} waits here for {_shown(written[other])}")
            for one, other in steps[1:]
        ),
        help="remove one of these inputs",
    )


def _shown(group: Group) -> str:
    return f"group `{group.name.value}`" if group.written else f"`{group.lead.name.value}`"


def _read(diagnostics: Diagnostics, workflow: Workflow, folder: LocalFolder) -> dict[LocalFile, FileContents]:
    contents: dict[LocalFile, FileContents] = {}
    seen: dict[str, FileContents] = {}
    for file in _local_files(workflow):
        localpath = file.localpath.value
        if localpath not in seen:
            try:
                seen[localpath] = FileContents(folder.read(localpath), folder.is_executable(localpath))
            except local_files.Refused as refused:
                diagnostics.error(
                    _CODES[type(refused)], refused.message, file.localpath.at, help=refused.advice
                )
                continue
        contents[file] = seen[localpath]
    return contents


def _read_folders(
    diagnostics: Diagnostics, workflow: Workflow, local: LocalFolder
) -> dict[str, local_files.Folder]:
    folders: dict[str, local_files.Folder] = {}
    for localpath in _local_folders(workflow):
        if localpath.value in folders:
            continue
        try:
            folders[localpath.value] = local.files_of(localpath.value)
        except local_files.Refused as refused:
            code = _CODES[type(refused)]
            if code in (Code.LOCAL_FILE_MISSING, Code.LOCAL_FILE_NOT_A_FILE):
                code = Code.LOCAL_FOLDER_MISSING
            diagnostics.error(code, refused.message, localpath.at, help=refused.advice)
    return folders


def _what_is_left(
    group: Group, contents: Container[File], folders: Container[str], too_large: Container[File]
) -> Group:
    def mended(task: Task) -> Task:
        files = [
            file
            for file in task.files
            if (file in contents or isinstance(file, InlineFile)) and file not in too_large
        ]
        inputs = [
            replace(one, localpath=None)
            if isinstance(one, FromDataset)
            and one.localpath is not None
            and one.localpath.value not in folders
            else one
            for one in task.inputs
        ]
        return replace(task, files=tuple(files), inputs=tuple(inputs))

    return replace(group, tasks=tuple(map(mended, group.tasks)))


def _check_sizes(diagnostics: Diagnostics, workflow: Workflow) -> set[File]:
    """Files in the spec itself, before their tokens are filled in; gives those that are too large."""
    too_large: set[File] = set()
    for task in workflow.tasks:
        for file in task.files:
            if isinstance(file, InlineFile) and len(file.contents.value) > local_files.LARGEST:
                size = len(file.contents.value.encode("utf-8", "surrogatepass"))
                refused = local_files.TooLarge(file.path.value, size)
                diagnostics.error(Code.FILE_TOO_LARGE, refused.message, file.path.at, help=refused.advice)
                too_large.add(file)
    return too_large


def _local_files(workflow: Workflow) -> Iterator[LocalFile]:
    for group in workflow.groups:
        for task in group.tasks:
            for file in task.files:
                if isinstance(file, LocalFile):
                    yield file


def _local_folders(workflow: Workflow) -> Iterator[Text]:
    for task in workflow.tasks:
        for wanted in task.inputs:
            if isinstance(wanted, FromDataset) and wanted.localpath is not None:
                yield wanted.localpath
