"""`osmoc schema`: JSON Schema for editors."""

from __future__ import annotations

import json
import sys
from enum import Enum
from typing import Annotated

import typer

from osmoc.cli.application import PanelCommand, application

app = application()


class Kind(Enum):
    """Of which files there is a schema."""

    WORKFLOW = "workflow"
    POOL = "pool"


@app.command(cls=PanelCommand)
def schema(
    kind: Annotated[Kind, typer.Argument(help="Of which kind of file.")] = Kind.WORKFLOW,
) -> int:
    """Print the JSON Schema of specs or of pool files, for editors that check while one types.

    Templates are checked as far as they are YAML before Jinja has run.
    """
    from osmoc.json_schema import SCHEMAS

    json.dump(SCHEMAS[kind.value](), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
    return 0
