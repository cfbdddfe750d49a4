"""The workflow's labels, with those of `--label` on top (reference osmo-spec 10.1)."""

from __future__ import annotations

from osmoc.checking.fields import Part
from osmoc.checking.labels import MOST_LABELS, check_label_key, check_label_value
from osmoc.checking.overrides import assignments
from osmoc.checking.unfit import Unfit
from osmoc.diagnostics.codes import Code
from osmoc.document import Scalar
from osmoc.spec import Text


def labels_of(workflow: Part, given: tuple[str, ...]) -> tuple[tuple[Text, Text], ...]:
    """Labels in the order written, new ones of the command line last."""
    labels: dict[str, tuple[Text, Text]] = {}
    for entry in workflow.entries("labels"):
        key, value = entry.key, entry.value
        if isinstance(key.value, str) and isinstance(value, Scalar) and isinstance(value.value, str):
            labels[key.value] = (Text(key.value, key.at), Text(value.value, value.at))
    for name, text in assignments(workflow.diagnostics, "--label", given):
        labels[name.value] = (name, text)
    for name, text in labels.values():
        _check(workflow, name, text)
    if len(labels) > MOST_LABELS:
        last = list(labels.values())[MOST_LABELS][0]
        workflow.diagnostics.error(
            Code.LABEL, f"the workflow has {len(labels)} labels, and {MOST_LABELS} are the most", last.at
        )
    return tuple(labels.values())


def _check(workflow: Part, name: Text, value: Text) -> None:
    try:
        check_label_key(name.value)
    except Unfit as why:
        workflow.unfit(Code.LABEL, name, why, what="the key")
    try:
        check_label_value(value.value)
    except Unfit as why:
        workflow.unfit(Code.LABEL, value, why, what="the value")
