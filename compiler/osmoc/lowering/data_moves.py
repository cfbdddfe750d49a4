"""What a task reads before its command and stores after it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import assert_never

from osmoc import naming
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.local_files import Folder
from osmoc.lowering.texts import Texts
from osmoc.options import Options
from osmoc.plan import LocalUpload, PlannedFile, PlannedFolder
from osmoc.source import Span
from osmoc.spec import FromDataset, FromTask, FromUrl, Input, Task, Text, ToDataset, ToUrl
from osmoc_runtime import contract
from osmoc_runtime.values import dataclass

PlannedOutput = contract.TaskOutput | contract.UrlOutput | contract.DatasetOutput | contract.KpiOutput


@dataclass(frozen=True, slots=True)
class PlannedInputs:
    """The inputs that are fetched, the folders that manifests carry, and what has to be uploaded before."""

    fetched: tuple[contract.Input, ...]
    folders: tuple[PlannedFolder, ...]
    uploads: tuple[LocalUpload, ...]


def plan_inputs(
    diagnostics: Diagnostics, texts: Texts, task: Task, folders: Mapping[str, Folder], options: Options
) -> PlannedInputs:
    """The inputs, numbered as written. Warns of folders that somebody has to upload."""
    fetched: list[contract.Input] = []
    carried: list[PlannedFolder] = []
    uploads: list[LocalUpload] = []
    for index, entry in enumerate(task.inputs):
        regex = texts.fill_at(entry.regex, entry.at)
        if not isinstance(entry, FromDataset) or entry.localpath is None:
            fetched.append(_input(texts, index, entry, regex))
            continue
        folder, name = folders[entry.localpath.value], texts.fill(entry.name)
        _warn_of_nothing(diagnostics, folder, regex, entry.localpath)
        if folder.carried:
            carried.append(_carried(index, folder, regex, entry.localpath.at))
            continue
        if not options.uploads:
            _warn_of_upload(diagnostics, folder, entry.localpath)
        uploads.append(LocalUpload(name, folder))
        fetched.append(contract.DatasetVersionInput(index, name, folder.version, regex))
    return PlannedInputs(tuple(fetched), tuple(carried), tuple(uploads))


def _input(texts: Texts, index: int, entry: Input, regex: str) -> contract.Input:
    match entry:
        case FromTask(task=name, workflow=None):
            return contract.TaskInput(index, name.value, naming.placeholder("location", name.value), regex)
        case FromTask(task=name, workflow=workflow):
            # The hash of a task of another workflow is not known here; the reader takes the newest commit.
            return contract.TaskInput(index, name.value, f"{workflow}/{name.value}-*", regex)
        case FromUrl(url=url):
            return contract.UrlInput(index, texts.fill(url), regex)
        case FromDataset(name=name):
            return contract.DatasetInput(index, texts.fill(name), regex)
        case _:
            assert_never(entry)


def _carried(index: int, folder: Folder, regex: str, at: Span) -> PlannedFolder:
    wanted = re.compile(regex)
    return PlannedFolder(
        index,
        tuple(
            PlannedFile(file.path, file.contents, file.executable, at)
            for file in folder.files
            if file.contents is not None and wanted.match(file.path)
        ),
        at,
    )


def _warn_of_nothing(diagnostics: Diagnostics, folder: Folder, regex: str, localpath: Text) -> None:
    wanted = re.compile(regex)
    if any(wanted.match(file.path) for file in folder.files):
        return
    diagnostics.warning(
        Code.DATASET_EMPTY,
        f"no file of the folder `{localpath.value}` matches `{regex}`"
        if folder.files
        else f"the folder `{localpath.value}` holds no files",
        localpath.at,
        note="the task finds an empty folder",
        help=f"the expression is matched against paths such as `{folder.files[0].path}`, from their beginning"
        if folder.files
        else "put the data into the folder before the workflow is compiled",
    )


def _warn_of_upload(diagnostics: Diagnostics, folder: Folder, localpath: Text) -> None:
    spec = PurePath(localpath.at.source.name).name
    diagnostics.warning(
        Code.DATASET_NOT_UPLOADED,
        f"the folder `{localpath.value}` has {folder.amount}, too much for manifests: it must be "
        "uploaded before the workflow is applied",
        localpath.at,
        help=f"call `osmoc data push {spec}`, or run the workflow with `osmoc run`, which does it",
    )


def plan_outputs(texts: Texts, task: Task, *, consumed: bool) -> tuple[PlannedOutput, ...]:
    """The outputs in the reference's order: for other tasks, key figures, then as written.

    What the task leaves in its output folder is kept for other tasks where one of them is `consumed` by, or
    where the task speaks of the folder and declares no outputs of its own (deviation 24). All other texts of
    the task must have been filled before.
    """
    location = naming.placeholder("location", task.name.value)
    named: list[PlannedOutput] = []
    for kpi in task.kpis:
        named.append(contract.KpiOutput(kpi.index, texts.fill(kpi.path), location))
    for entry in task.outputs:
        regex = texts.fill_at(entry.regex, entry.at)
        match entry:
            case ToUrl(url=url):
                named.append(contract.UrlOutput(texts.fill(url), regex))
            case ToDataset(name=name):
                named.append(contract.DatasetOutput(texts.fill(name), regex))
    if consumed or (texts.mentions_output and not task.outputs):
        named.insert(0, contract.TaskOutput(location))
    return tuple(named)
