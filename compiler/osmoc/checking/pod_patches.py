"""What a pool adds to pods: plain values, and lists and mappings where a pod has them, so that they can be
laid over one another. What the fields mean is for Kubernetes to judge.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from osmoc import document
from osmoc.checking.fields import Part
from osmoc.checking.shape import kind_of
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.document import Node, Scalar, Sequence, plain
from osmoc.pool import Json

# A mapping stands for a mapping with these among its fields, a list for a list of such items.
_Form = Mapping[str, Any] | list[Any]
_ANY: Final[Mapping[str, Any]] = {}
_CONTAINER: Final = {
    "env": [_ANY],
    "envFrom": [_ANY],
    "ports": [_ANY],
    "volumeMounts": [_ANY],
    "resources": {"requests": _ANY, "limits": _ANY},
    "securityContext": _ANY,
}
_TERMS: Final = [{"matchExpressions": [_ANY], "matchFields": [_ANY]}]
_POD: Final = {
    "metadata": {"labels": _ANY, "annotations": _ANY},
    "spec": {
        "containers": [_CONTAINER],
        "initContainers": [_CONTAINER],
        "volumes": [_ANY],
        "tolerations": [_ANY],
        "imagePullSecrets": [_ANY],
        "schedulingGates": [_ANY],
        "nodeSelector": _ANY,
        "securityContext": _ANY,
        "affinity": {
            "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": _TERMS}},
            "podAffinity": _ANY,
            "podAntiAffinity": _ANY,
        },
    },
}


def pod_patch(part: Part, name: str) -> Json:
    """The field as plain values; nothing where it is absent or complained about."""
    inner = part.part(name)
    if inner is None or not _fits(part.diagnostics, inner.mapping, _POD, name):
        return {}
    return as_json(inner.mapping)


def tolerations(part: Part) -> tuple[Json, ...]:
    """The platform's `tolerations` as plain values."""
    return tuple(
        as_json(item.mapping)
        for item in part.parts("tolerations")
        if _fits(part.diagnostics, item.mapping, _ANY, "tolerations")
    )


def as_json(mapping: document.Mapping) -> Json:
    value = plain(mapping)
    assert isinstance(value, dict)
    return value


def _fits(diagnostics: Diagnostics, node: Node, form: _Form | None, name: str) -> bool:
    """Whether the node has the form and can stand in JSON; says what has not, and cannot."""
    what = ""
    if isinstance(form, list) and not isinstance(node, Sequence):
        what = "a list"
    elif isinstance(form, dict) and not isinstance(node, document.Mapping):
        what = "a mapping"
    if what:
        message = f"`{name}` is {kind_of(node)} here, and {what} is needed"
        diagnostics.error(Code.POOL_WRONG_TYPE, message, node.at)
        return False
    if isinstance(node, Scalar):
        return _is_json(diagnostics, node)
    # Lists, so that all that is wrong is said.
    if isinstance(node, Sequence):
        item = form[0] if isinstance(form, list) else None
        fits = [_fits(diagnostics, one, item, f"an entry of {name}") for one in node.items]
        return all(fits)
    known = form if isinstance(form, dict) else {}
    fits = [
        _is_name(diagnostics, entry.key)
        and _fits(diagnostics, entry.value, known.get(str(entry.key.value)), str(entry.key.value))
        for entry in node.entries
    ]
    return all(fits)


def _is_name(diagnostics: Diagnostics, key: Scalar) -> bool:
    if isinstance(key.value, str):
        return True
    diagnostics.error(
        Code.POOL_WRONG_TYPE,
        f"the key `{key.value}` is {kind_of(key)} here, and text is needed",
        key.at,
        help=f'write `"{key.value}"`',
    )
    return False


def _is_json(diagnostics: Diagnostics, scalar: Scalar) -> bool:
    value = scalar.value
    if (
        value is None
        or isinstance(value, str | bool | int)
        or (isinstance(value, float) and math.isfinite(value))
    ):
        return True
    diagnostics.error(
        Code.POOL_VALUE,
        f"`{value}` is {kind_of(scalar)} to YAML, and JSON has none",
        scalar.at,
        help="put it in quotes",
    )
    return False
