"""Time limits of the workflow's groups (reference osmo-spec 2.9)."""

from __future__ import annotations

from datetime import date, timedelta

from osmoc.checking.durations import duration
from osmoc.checking.fields import Part
from osmoc.checking.unfit import Unfit
from osmoc.diagnostics.codes import Code
from osmoc.document import Scalar
from osmoc.spec import Text, Timeouts


def timeouts(workflow: Part) -> Timeouts:
    """The workflow's limits; 0 asks for the pool's, as none does."""
    part = workflow.part("timeout")
    if part is None:
        return Timeouts(None, None)
    return Timeouts(_limit(part, "exec_timeout"), _limit(part, "queue_timeout"))


def _limit(part: Part, name: str) -> timedelta | None:
    node = part.node(name)
    if not isinstance(node, Scalar) or node.value is None or isinstance(node.value, date):
        return None
    try:
        limit = duration(node.value)
    except Unfit as why:
        part.unfit(Code.NOT_A_DURATION, Text(str(node.value), node.at), why)
        return None
    if limit < timedelta(0):
        part.diagnostics.error(
            Code.NEGATIVE, f"`{name}` is `{node.value}`, and nothing ends before it starts", node.at
        )
    return limit or None
