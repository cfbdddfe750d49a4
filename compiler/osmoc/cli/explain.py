"""`osmoc explain`: the fields of a part of the language, or what a code means."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from osmoc.cli.application import PanelCommand, application

app = application()

ALL = "codes"


@app.command(cls=PanelCommand)
def explain(
    what: Annotated[
        str,
        typer.Argument(
            metavar="PART|CODE",
            help="workflow, group, task, resources or pool; a message's code, such as OSM0515; or `codes`.",
            show_default=False,
        ),
    ],
) -> int:
    """Print every field of a part of the language, or what a message means, with an example."""
    from osmoc import explanations
    from osmoc.diagnostics.suggest import did_you_mean
    from osmoc.reference_page import PARTS, page

    code = explanations.code_named(what)
    if what in PARTS:
        sys.stdout.write(page(what))
    elif what == ALL:
        sys.stdout.write(explanations.contents())
    elif code is not None:
        sys.stdout.write(explanations.page(code))
    else:
        advice = explanations.nearest_code(what) or did_you_mean(what, [*PARTS, ALL])
        listed = f"there is {', '.join(PARTS)}, and `osmoc explain {ALL}` lists the codes"
        raise typer.BadParameter(f"there is no part and no code `{what}`; {advice or listed}")
    return 0
