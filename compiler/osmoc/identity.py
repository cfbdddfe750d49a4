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


def unit_digest(objects: object, upstream: Iterable[str]) -> str:
    """The digest of a unit, from its objects with placeholders for names, and from the digests of the units
    it depends on.
    """
    written = json.dumps(objects, ensure_ascii=True, separators=(",", ":"))
    return naming.digest(naming.SCHEME, written, *sorted(upstream))


def fill(value: Value, names: dict[str, str]) -> Value:
    """A copy of the value with all placeholders in its strings filled. Keys of mappings hold none."""
    return _fill(value, names)  # type: ignore[return-value]


def _fill(value: object, names: dict[str, str]) -> object:
    # Exact types and the search for the mark come first: this sees every string of every object.
    kind = type(value)
    if kind is str:
        assert isinstance(value, str)
        return naming.fill(value, names) if naming.OPEN in value else value
    if isinstance(value, dict):
        return {key: _fill(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, names) for item in value]
    return value
