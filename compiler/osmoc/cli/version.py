"""`osmoc version`."""

from __future__ import annotations

import sys

from osmoc import __version__
from osmoc.cli.application import PanelCommand, application

app = application()


@app.command(cls=PanelCommand)
def version() -> int:
    """Print the versions of osmoc and of what it works with."""
    from osmoc_runtime import contract

    python = ".".join(str(part) for part in sys.version_info[:3])
    sys.stdout.write(f"osmoc {__version__}\ncontract {contract.CONTRACT}\nPython {python}\n")
    return 0
