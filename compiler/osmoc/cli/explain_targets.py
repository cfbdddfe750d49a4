"""`osmoc explain targets`: who does what the workflow asks for, on each version of Kubernetes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import groupby
from typing import Annotated

import typer

from osmoc.cli.application import PanelCommand, application
from osmoc.cli.compiling import planned
from osmoc.cli.explain_exit import Form, columns
from osmoc.cli.options import Given, takes_spec
from osmoc.pool import VERSIONS
from osmoc.targets import By, Row, rows

app = application()


@app.command(cls=PanelCommand)
@takes_spec
def explain_targets(
    given: Given,
    output: Annotated[Form, typer.Option("--output", "-o", help="How to print it.")] = Form.TABLE,
) -> int:
    """Print who does what the workflow asks for, on each version of Kubernetes.

    Native: Kubernetes itself. Wrapper, agent, coordinator: what osmoc adds to the pods and the namespace.
    Impossible: nobody.
    """
    found = rows(*planned(given))
    if output is Form.JSON:
        json.dump([_plain(row) for row in found], sys.stdout, indent=2)
        sys.stdout.write("\n")
        return 0
    table = [("FEATURE", "KUBERNETES", "BY", "HOW")]
    for row in found:
        table += [(row.feature, versions, by.value, row.how) for versions, by in _spans(row)]
    sys.stdout.write("\n".join(columns(table)) + "\n")
    return 0


def _plain(row: Row) -> dict[str, object]:
    by = {version: one.value for version, one in zip(VERSIONS, row.by, strict=True)}
    return {"feature": row.feature, "by": by, "how": row.how}


def _spans(row: Row) -> Iterator[tuple[str, By]]:
    """Versions next to each other with the same answer, as one."""
    pairs = zip(VERSIONS, row.by, strict=True)
    for by, same in groupby(pairs, key=lambda pair: pair[1]):
        versions = [version for version, _ in same]
        yield (versions[0] if len(versions) == 1 else f"{versions[0]}-{versions[-1]}"), by
