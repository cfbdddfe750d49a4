"""One thing that is wrong with an object, and reading of what may be anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from osmoc.diagnostics.codes import Code
from osmoc_runtime.values import dataclass

Body = Mapping[str, object]

_NOTHING: Body = {}


@dataclass(frozen=True, slots=True)
class Finding:
    """`help` is for the user of the spec; most findings are osmoc's own mistakes and have none."""

    code: Code
    message: str
    help: str = ""


def mapping(value: object) -> Body:
    """The mapping that stands there; an empty one where none does."""
    # Asking the abstract class takes as long as all the rest of looking at a mapping.
    if type(value) is dict:
        return value
    return value if isinstance(value, Mapping) else _NOTHING


def mappings(value: object) -> Sequence[Body]:
    """The list of mappings that stands there; an empty one where none does."""
    return value if isinstance(value, list) else ()


def texts(value: object) -> Sequence[str]:
    """The list of texts that stands there; an empty one where none does."""
    return value if isinstance(value, list) else ()
