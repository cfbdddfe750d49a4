"""Checkpoints of a task (reference osmo-spec 5.1)."""

from __future__ import annotations

from datetime import date, timedelta

from osmoc.checking.durations import duration
from osmoc.checking.fields import Part
from osmoc.checking.storage_urls import UNSUPPORTED, check_storage_url
from osmoc.checking.unfit import Unfit
from osmoc.diagnostics.codes import Code
from osmoc.document import Scalar
from osmoc.spec import Checkpoint, Restore, Text


def checkpoints(task: Part) -> tuple[Checkpoint, ...]:
    """The task's checkpoints; wrong ones are left out."""
    found = (_checkpoint(part) for part in task.parts("checkpoint"))
    return tuple(one for one in found if one is not None)


def _checkpoint(part: Part) -> Checkpoint | None:
    path, url = part.string("path"), part.string("url")
    if path is not None and not path.value.strip("/ "):
        part.diagnostics.error(Code.FILE_PATH, f"`{path.value}` is no folder that can be kept", path.at)
        path = None
    if url is not None:
        _check_url(part, url)
    frequency = _frequency(part)
    regex = part.pattern()
    restore = part.choice("restore", tuple(one.value for one in Restore), Restore.JOB.value)
    if path is None or url is None or frequency is None:
        return None
    return Checkpoint(path, url, frequency, regex, Restore(restore), part.at)


def _check_url(part: Part, url: Text) -> None:
    try:
        scheme = check_storage_url(url.value)
    except Unfit as why:
        part.unfit(Code.URL_MALFORMED, url, why)
        return
    if scheme in UNSUPPORTED:
        part.diagnostics.warning(
            Code.URL_UNSUPPORTED,
            f"the pods cannot reach `{scheme}://` addresses, and the checkpoint will fail",
            url.at,
            note="they reach s3, gs, tos, swift and file",
        )


def _frequency(part: Part) -> timedelta | None:
    node = part.node("frequency")
    if not isinstance(node, Scalar) or node.value is None or isinstance(node.value, date):
        return None
    if isinstance(node.value, bool):
        part.diagnostics.error(
            Code.NOT_A_DURATION,
            f"`frequency` is `{node.value}`, and a duration is needed",
            node.at,
            help="write `frequency: 10m`",
        )
        return None
    try:
        frequency = duration(node.value)
    except Unfit as why:
        part.unfit(Code.NOT_A_DURATION, Text(str(node.value), node.at), why)
        return None
    if frequency < timedelta(0):
        part.diagnostics.error(
            Code.NEGATIVE,
            f"`{node.value}` is less than no time, and a checkpoint cannot wait for that",
            node.at,
        )
    return frequency
