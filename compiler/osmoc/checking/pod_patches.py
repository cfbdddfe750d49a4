"""What a pool adds to pods. Its fields are those of a pod, its lists and mappings stand where a pod has them,
so that they can be laid over one another; deeper down it is for Kubernetes to judge.

The fields are in `grammar/pod-template.yaml`. A form is a mapping of fields, a list of one item's form, or a
word: `any`, `mapping`, `texts`, `text`, `quantity`, or the words that are allowed, with `|` between them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from osmoc import document, yamltext
from osmoc.checking.fields import Part
from osmoc.checking.pool_fields import AMOUNT
from osmoc.checking.shape import kind_of
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.diagnostics.suggest import did_you_mean
from osmoc.document import Node, Scalar, Sequence, plain
from osmoc.grammars import grammar_folder
from osmoc.pool import Json

ANY, QUANTITY, TEXT, TEXTS = "any", "quantity", "text", "texts"

_VARIABLE = re.compile(r"\{\{ *((?:USER|WF|K8)_[A-Z0-9_]+) *\}\}")
_FILLED = "USER_CONTAINER_NAME"
"""Of the variables of the reference's pod templates (osmo-spec, section 7.2) the one that is left to fill:
most others stand for what the manifests say anyway.
"""
_INSTEAD = {
    "USER_CPU": "leave it out: each task's own amount is written",
    "USER_GPU": "leave it out: each task's own amount is written",
    "USER_MEMORY": "leave it out: each task's own amount is written",
    "USER_STORAGE": "leave it out: each task's own amount is written",
    "USER_EXCLUDED_NODES": "leave it out: `nodesExcluded` is written without it",
}


@cache
def _template() -> Any:
    return yamltext.load_plain((grammar_folder() / "pod-template.yaml").read_text("utf-8"))


def pod_patch(part: Part, name: str) -> Json:
    """The field as plain values; nothing where it is absent or complained about."""
    inner = part.part(name)
    if inner is None or not _fits(part.diagnostics, inner.mapping, _template(), name):
        return {}
    return _as_json(inner.mapping)


def tolerations(part: Part) -> tuple[Json, ...]:
    """The platform's `tolerations` as plain values."""
    items = part.parts("tolerations")
    (form,) = _template()["spec"]["tolerations"] if items else (ANY,)
    return tuple(
        _as_json(item.mapping)
        for item in items
        if _fits(part.diagnostics, item.mapping, form, "an entry of tolerations")
    )


def _as_json(mapping: document.Mapping) -> Json:
    value = plain(mapping)
    assert isinstance(value, dict)
    return value


def _fits(diagnostics: Diagnostics, node: Node, form: Any, name: str) -> bool:
    """Whether the node has the form and can stand in JSON; says what has not, and cannot."""
    wanted = _wanted(node, form)
    if wanted:
        message = f"`{name}` is {kind_of(node)} here, and {wanted} is needed"
        quotable = wanted == "text" and isinstance(node, Scalar) and node.value is not None
        diagnostics.error(Code.POOL_WRONG_TYPE, message, node.at, help="put it in quotes" if quotable else "")
        return False
    # Lists, so that all that is wrong is said.
    match node:
        case Scalar():
            return _scalar_fits(diagnostics, node, form, name)
        case Sequence(items):
            item = form[0] if isinstance(form, list) else ANY
            fits = [_fits(diagnostics, one, item, f"an entry of {name}") for one in items]
        case document.Mapping(entries):
            fits = [_entry_fits(diagnostics, entry, form, name) for entry in entries]
    return all(fits)


def _wanted(node: Node, form: Any) -> str:
    """What is needed instead of the node, in words; nothing where it will do."""
    if form == ANY:
        return ""
    if form == QUANTITY:
        return "" if isinstance(node, Scalar) and AMOUNT.fullmatch(str(node.value)) else "an amount"
    if isinstance(form, list):
        return "" if isinstance(node, Sequence) else "a list"
    if isinstance(form, Mapping) or form in ("mapping", TEXTS):
        return "" if isinstance(node, document.Mapping) else "a mapping"
    return "" if isinstance(node, Scalar) and isinstance(node.value, str) else "text"


def _entry_fits(diagnostics: Diagnostics, entry: document.Entry, form: Any, name: str) -> bool:
    key = entry.key.value
    if not isinstance(key, str):
        diagnostics.error(
            Code.POOL_WRONG_TYPE,
            f"the key `{key}` is {kind_of(entry.key)} here, and text is needed",
            entry.key.at,
            help=f'write `"{key}"`',
        )
        return False
    if not isinstance(form, Mapping):
        return _fits(diagnostics, entry.value, TEXT if form == TEXTS else ANY, key)
    if key not in form:
        diagnostics.error(
            Code.POOL_UNKNOWN_FIELD,
            f"`{name}` has no field `{key}`",
            entry.key.at,
            help=did_you_mean(key, form),
        )
        return False
    return _fits(diagnostics, entry.value, form[key], key)


def _scalar_fits(diagnostics: Diagnostics, scalar: Scalar, form: str, name: str) -> bool:
    value, words = scalar.value, form.split(" | ")
    if len(words) > 1 and value not in words:
        diagnostics.error(
            Code.POOL_VALUE,
            f"`{name}` is `{value}`, and {', '.join(words[:-1])} or {words[-1]} is needed",
            scalar.at,
            help=did_you_mean(str(value), words),
        )
        return False
    if isinstance(value, str) and not _fillable(diagnostics, scalar, value):
        return False
    if value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return True
    diagnostics.error(
        Code.POOL_VALUE,
        f"`{value}` is {kind_of(scalar)} to YAML, and JSON has none",
        scalar.at,
        help="put it in quotes",
    )
    return False


def _fillable(diagnostics: Diagnostics, scalar: Scalar, text: str) -> bool:
    """Whether the text has no variable that stays as it is; others speak of programs of their own."""
    unknown = next((name for name in _VARIABLE.findall(text) if name != _FILLED), None)
    if unknown is None:
        return True
    diagnostics.error(
        Code.POOL_VALUE,
        f"`{{{{{unknown}}}}}` is not filled in",
        scalar.at,
        note=f"the one variable of a pod template is `{{{{{_FILLED}}}}}`, the task's own container",
        help=_INSTEAD.get(unknown, "write what it stands for"),
    )
    return False
