"""`osmoc check`: whether a spec compiles."""

from __future__ import annotations

import sys

from osmoc.cli.application import PanelCommand, application
from osmoc.cli.compiling import manifests_of
from osmoc.cli.options import Given, takes_spec

app = application()


@app.command(cls=PanelCommand)
@takes_spec
def check(given: Given) -> int:
    """Say everything that is wrong with a spec, and write nothing.

    Checks all that `osmoc compile` does, local files and the pool included. Exits with 1 where the spec is
    wrong.
    """
    manifests, _ = manifests_of(given, "")
    many = len(manifests.objects)
    sys.stdout.write(f"{given.spec}: right; {many} object{'' if many == 1 else 's'}\n")
    return 0
