"""`osmoc runtime install`: the agent, for namespaces whose pool says `runtime.agent: installed`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from osmoc.cli.application import PanelCommand, application

app = application(no_args_is_help=True)


@app.callback()
def runtime() -> None:
    """Prepare a namespace for workflows."""


@app.command(cls=PanelCommand)
def install(
    namespace: Annotated[
        str | None, typer.Option("--namespace", "-n", metavar="NAMESPACE", help="The namespace to write.")
    ] = None,
) -> int:
    """Print the ConfigMap with the agent, for `kubectl apply --server-side -f -`.

    Needed once in a namespace whose pool says `runtime.agent: installed`, and again with each release.
    """
    from osmoc import yamlwriter
    from osmoc.kubernetes_objects.runtime import installed_config_map

    sys.stdout.write(yamlwriter.document(installed_config_map(namespace)))
    return 0
