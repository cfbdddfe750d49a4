"""The door to lark: the grammars in `grammar/*.lark`.

The only importer of lark, and only where there is something to parse: importing it takes as long as a small
compilation.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lark import Lark


def leaves(grammar: str, text: str) -> tuple[str, ...] | None:
    """The words of `text`, in order, as the grammar of this name cuts them; None for other texts."""
    from lark import Token
    from lark.exceptions import UnexpectedInput

    try:
        tree = _parser(grammar).parse(text)
    except UnexpectedInput:
        return None
    return tuple(str(leaf) for leaf in tree.scan_values(lambda value: isinstance(value, Token)))


@cache
def _parser(grammar: str) -> Lark:
    from lark import Lark

    return Lark((grammar_folder() / f"{grammar}.lark").read_text("utf-8"), parser="lalr")


@cache
def grammar_folder() -> Path:
    """Beside the package where it is installed, two levels up in a checkout."""
    installed = Path(__file__).parent / "grammar"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "grammar"
