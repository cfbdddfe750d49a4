"""`osmoc explain`: the fields of a part of the language."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from osmoc.cli.application import PanelCommand, application

app = application()


@app.command(cls=PanelCommand)
def explain(
    what: Annotated[
        str,
        typer.Argument(metavar="PART", help="workflow, group, task, resources or pool.", show_default=False),
    ],
) -> int:
    """Print every field of a part of the language: its type, its default, what it means."""
    from osmoc.diagnostics.suggest import did_you_mean
    from osmoc.reference_page import PARTS, page

    if what not in PARTS:
        advice = did_you_mean(what, PARTS) or f"there is {', '.join(PARTS)}"
        raise typer.BadParameter(f"there is no part `{what}`; {advice}")
    sys.stdout.write(page(what))
    return 0
