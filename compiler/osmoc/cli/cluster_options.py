"""The options by which commands find a cluster, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from osmoc_runtime.cluster import Cluster

CLUSTER = "Cluster"

WorkflowId = Annotated[
    str,
    typer.Argument(metavar="ID", help="The workflow's id, as `osmoc run` printed it.", show_default=False),
]
Namespace = Annotated[
    str | None,
    typer.Option(
        "--namespace",
        "-n",
        metavar="NAMESPACE",
        help="The namespace. [default: the context's]",
        rich_help_panel=CLUSTER,
    ),
]
Context = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The context of the kubeconfig. [default: the current one]",
        rich_help_panel=CLUSTER,
    ),
]
Kubeconfig = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="The kubeconfig. [default: $KUBECONFIG, else ~/.kube/config]",
        rich_help_panel=CLUSTER,
    ),
]


def connected(kubeconfig: Path | None, context: str | None, namespace: str | None) -> tuple[Cluster, str]:
    """The cluster, and the namespace to work in. Raises WorldError."""
    from osmoc_runtime.kubernetes_client import connect

    cluster, own = connect(kubeconfig, context)
    return cluster, namespace or own
