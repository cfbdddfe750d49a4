"""What makes a Job the same Job: the hash of its unit, and the names that follow from it.

Design, section 5: an edit of one task changes the names of that task's unit and of all downstream of it, and
no others; annotations, the workflow's id, osmoc's version and the agent's bytes change none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypeVar

from osmoc import naming

Value = TypeVar("Value")


def written(objects: object) -> str:
    """The objects as one text for the hash: same objects, same text."""
    return json.dumps(objects, ensure_ascii=True, separators=(",", ":"))


def unit_digest(texts: Iterable[str], upstream: Iterable[str]) -> str:
    """The digest of a unit, from its written objects with placeholders, and from the digests of the units
    that it depends on; the order of neither matters.
    """
    return naming.digest(naming.SCHEME, "".join(sorted(texts)), *sorted(upstream))


def fill(value: Value, names: dict[str, str]) -> Value:
    """The value with all placeholders in it filled. Parts that objects share are shared still, keys hold
    none.
    """
    return _fill(value, names)  # type: ignore[return-value]


def _fill(value: object, names: dict[str, str]) -> object:
    # Exact types: shared parts are of other types, and this sees every text of every object.
    kind = type(value)
    if kind is str:
        return naming.fill(value, names) if naming.OPEN in value else value  # type: ignore[arg-type, operator]
    if kind is dict:
        return {key: _fill(item, names) for key, item in value.items()}  # type: ignore[attr-defined]
    if kind is list:
        return [_fill(item, names) for item in value]  # type: ignore[attr-defined]
    return value
