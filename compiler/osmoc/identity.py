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
    """The objects as one text, for the hash and for `filled`: same objects, same text."""
    return json.dumps(objects, ensure_ascii=False, separators=(",", ":"))


def unit_digest(text: str, upstream: Iterable[str]) -> str:
    """The digest of a unit, from its written objects with placeholders, and from the digests of the
    units it depends on.
    """
    return naming.digest(naming.SCHEME, text, *sorted(upstream))


def filled(value: Value, text: str, names: dict[str, str]) -> Value:
    """A copy of the value with all placeholders filled; `text` is its written form, lists for tuples, perhaps
    with more at its end.

    By way of the text, which is there already for the hash: faster than going through the objects. Names hold
    nothing that JSON escapes.
    """
    copy: Value = json.loads(naming.fill(text, names))
    return copy


def fill(value: Value, names: dict[str, str]) -> Value:
    """The same for a value that was not written yet."""
    return filled(value, written(value), names)
