"""The shape of a part of a spec or pool file: whether it fits, and who says so where it does not."""

from __future__ import annotations

from typing import Final, NamedTuple

from osmoc import document, shapes
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.document import Node, Scalar, Sequence


class Codes(NamedTuple):
    """The codes under which shapes of a kind of file are complained about."""

    unknown: Code
    missing: Code
    wrong_type: Code
    too_few: Code
    secret: Code | None = None


OF_SPECS: Final = Codes(Code.UNKNOWN_FIELD, Code.MISSING_FIELD, Code.WRONG_TYPE, Code.TOO_FEW)
OF_POOLS: Final = Codes(
    Code.POOL_UNKNOWN_FIELD,
    Code.POOL_WRONG_TYPE,
    Code.POOL_WRONG_TYPE,
    Code.POOL_WRONG_TYPE,
    Code.POOL_SECRET,
)


def check_shape(
    diagnostics: Diagnostics, part: str, mapping: document.Mapping, what: str, codes: Codes = OF_SPECS
) -> None:
    """Complain about everything that is wrong with the shape; `what` names the mapping in a sentence."""
    if not shapes.form(part).fits(mapping):
        from osmoc.checking.shape_complaints import complain

        complain(diagnostics, part, mapping, what, codes)


def kind_of(node: Node) -> str:
    """What the node is, in words."""
    match node:
        case document.Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case Scalar(None):
            return "empty"
        case Scalar(bool() as value):
            return f"`{str(value).lower()}`"
        case Scalar(str()):
            return "text"
        case Scalar(int() | float()):
            return "a number"
        case Scalar():
            return "a date"
