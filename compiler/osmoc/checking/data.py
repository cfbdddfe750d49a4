"""Inputs, outputs and measures of a task (reference osmo-spec 2.5, 2.6; design, section 7)."""

from __future__ import annotations

import re

from osmoc.checking.fields import Part
from osmoc.checking.names import is_name
from osmoc.checking.storage_urls import UNSUPPORTED, check_storage_url, foreign_scheme
from osmoc.checking.unfit import Unfit
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.document import Mapping, Node, Scalar, Sequence
from osmoc.spec import (
    NOWHERE,
    FromDataset,
    FromTask,
    FromUrl,
    Input,
    Kpi,
    Output,
    Text,
    ToDataset,
    ToUrl,
)

# What the reference's datasets were called in a spec, `bucket/name:tag`; a run-time token may be part of it.
_DATASET = re.compile(r"(?:[a-zA-Z0-9_{}-]+/)?[a-zA-Z0-9_{}-]+(?::[a-zA-Z0-9_{}-]*)?")


def inputs(task: Part) -> tuple[Input, ...]:
    """The task's inputs in the order that `{{input:0}}` counts them; wrong ones keep their places."""
    node = task.node("inputs")
    if isinstance(node, Scalar) and node.value is None:
        return ()
    listed = task.items("inputs") if node is None or isinstance(node, Sequence) else (node,)
    return tuple(_input_at(task.diagnostics, one) for one in listed)


def outputs(task: Part) -> tuple[Output, ...]:
    """The task's outputs; wrong ones are left out."""
    found = (_output(part) for part in task.parts("outputs"))
    return tuple(one for one in found if one is not None)


def kpis(task: Part) -> tuple[Kpi, ...]:
    """The files of `{{output}}` that hold the task's measures."""
    return tuple(
        Kpi(index.value, path)
        for part in task.parts("kpis")
        if (index := part.text("index")) is not None and (path := part.text("path")) is not None
    )


def check_url(part: Part, url: Text) -> None:
    """Complain where no storage can have the address, and warn where ours cannot reach it yet."""
    foreign = foreign_scheme(url.value)
    try:
        scheme = foreign or check_storage_url(url.value)
    except Unfit as why:
        part.unfit(Code.URL_MALFORMED, url, why)
        return
    if foreign or scheme in UNSUPPORTED:
        part.diagnostics.warning(
            Code.URL_UNSUPPORTED,
            f"the pods cannot reach `{scheme}://` addresses, and the task will fail",
            url.at,
            note="they reach s3, gs, tos, swift and file",
        )


def _input_at(diagnostics: Diagnostics, node: Node) -> Input:
    part = Part(diagnostics, node) if isinstance(node, Mapping) else None
    found = _input(part) if part is not None else None
    if found is not None:
        return found
    name = part.string("task") if part is not None else None
    return FromTask(name or Text("", node.at), NOWHERE, "", node.at)


def _input(part: Part) -> Input | None:
    form = _form(part, ("task", "url", "dataset"), "an input")
    regex = part.pattern()
    match form:
        case "task":
            return _from_task(part, regex)
        case "url":
            url = part.string("url")
            if url is None:
                return None
            check_url(part, url)
            return FromUrl(url, regex, part.at)
        case "dataset":
            dataset = part.part("dataset")
            name = None if dataset is None else _dataset_name(dataset)
            if dataset is None or name is None:
                return None
            return FromDataset(name, dataset.string("localpath"), dataset.pattern() or regex, part.at)
        case _:
            return None


def _output(part: Part) -> Output | None:
    form = _form(part, ("url", "dataset"), "an output")
    regex = part.pattern()
    if form == "url":
        url = part.string("url")
        if url is None:
            return None
        check_url(part, url)
        return ToUrl(url, regex, part.at)
    dataset = part.part("dataset") if form == "dataset" else None
    name = None if dataset is None else _dataset_name(dataset)
    if dataset is None or name is None:
        return None
    return ToDataset(name, dataset.pattern() or regex, part.at)


def _form(part: Part, forms: tuple[str, ...], what: str) -> str | None:
    """Which of the forms the entry has; exactly one is right."""
    found = [form for form in forms if form in part]
    if len(found) == 1:
        return found[0]
    words = ", ".join(f"`{form}`" for form in forms[:-1]) + f" or `{forms[-1]}`"
    if found:
        at = part.key_at(found[1])
        both = " and ".join(f"`{form}`" for form in found)
        part.diagnostics.error(Code.INPUT_FORM, f"{what} has one of {words}, and this one has {both}", at)
    elif part.names <= {"regex"}:
        part.diagnostics.error(Code.INPUT_FORM, f"{what} has {words}, and this one has none", part.at)
    # Any other field is unknown, and was complained about.
    return None


def _from_task(part: Part, regex: str) -> FromTask | None:
    reference = part.string("task")
    if reference is None:
        return None
    workflow, colon, task = reference.value.rpartition(":")
    if not is_name(task) or (colon and not is_name(workflow)):
        part.diagnostics.error(
            Code.NAME_MALFORMED,
            f"`{reference.value}` names no task",
            reference.at,
            note="a task is named as it is written, one of an earlier workflow as `workflow-id:task`",
        )
        return None
    return FromTask(Text(task, reference.at), workflow or None, regex, part.at)


def _dataset_name(dataset: Part) -> Text | None:
    name = dataset.string("name")
    if name is not None and not _DATASET.fullmatch(name.value):
        dataset.diagnostics.error(
            Code.NAME_MALFORMED,
            f"`{name.value}` is no name for a dataset",
            name.at,
            note="letters, digits, `-` and `_`; `bucket/` may come before them and `:tag` after",
        )
    return name
