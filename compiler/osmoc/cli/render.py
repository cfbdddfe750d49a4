"""`osmoc render`: what a template writes."""

from __future__ import annotations

import sys

from osmoc.cli.application import PanelCommand, application
from osmoc.cli.compiling import expanded_by
from osmoc.cli.options import Given, takes_spec

app = application()


@app.command(cls=PanelCommand)
@takes_spec
def render(given: Given) -> int:
    """Print the workflow that a template writes.

    Run-time tokens such as `{{output}}` are still in it, and so are comments; it is not checked.
    """
    text = expanded_by(given).text.strip("\n")
    sys.stdout.buffer.write(f"{text}\n".encode("utf-8", "surrogatepass"))
    return 0
