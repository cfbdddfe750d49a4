"""What a task reads before its command and stores after it."""

from __future__ import annotations

from osmoc import naming
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.lowering.texts import Texts
from osmoc.spec import FromDataset, FromTask, FromUrl, Input, Task, ToDataset, ToUrl
from osmoc_runtime import contract

PlannedInput = contract.TaskInput | contract.UrlInput | contract.DatasetInput
PlannedOutput = contract.TaskOutput | contract.UrlOutput | contract.DatasetOutput | contract.KpiOutput


def plan_inputs(diagnostics: Diagnostics, texts: Texts, task: Task) -> tuple[PlannedInput, ...]:
    """The inputs, numbered as written."""
    return tuple(_input(diagnostics, texts, index, entry) for index, entry in enumerate(task.inputs))


def _input(diagnostics: Diagnostics, texts: Texts, index: int, entry: Input) -> PlannedInput:
    regex = texts.fill_at(entry.regex, entry.at)
    match entry:
        case FromTask(task=name, workflow=None):
            return contract.TaskInput(index, name.value, naming.placeholder("location", name.value), regex)
        case FromTask(task=name, workflow=workflow):
            # The hash of a task of another workflow is not known here; the reader takes the newest commit.
            return contract.TaskInput(index, name.value, f"{workflow}/{name.value}-*", regex)
        case FromUrl(url=url):
            return contract.UrlInput(index, texts.fill(url), regex)
        case FromDataset(name=name, localpath=localpath):
            if localpath is not None:
                diagnostics.warning(
                    Code.DATASET_NOT_UPLOADED,
                    f"the folder `{localpath.value}` is not uploaded by `compile`: "
                    f"the task reads the newest commit of dataset `{name.value}`",
                    localpath.at,
                    help="upload the folder before the workflow starts",
                )
            return contract.DatasetInput(index, texts.fill(name), regex)


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
