"""Comments that silence nothing."""

from __future__ import annotations

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics


def say_idle(diagnostics: Diagnostics) -> None:
    """Warn of each, when all passes have said what they had to."""
    for code, at in diagnostics.idle_ignores:
        diagnostics.warning(
            Code.IGNORE_WITHOUT_EFFECT,
            f"no warning of `{code.value}` is here to be ignored",
            at,
            help="take the comment out",
            note="errors cannot be ignored",
        )
