"""`osmoc watch`: come back to a workflow."""

from __future__ import annotations

from osmoc.cli.application import PanelCommand, application
from osmoc.cli.cluster_options import Context, Kubeconfig, Namespace, WorkflowId, connected

app = application()


@app.command(cls=PanelCommand)
def watch(
    workflow_id: WorkflowId,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
) -> int:
    """Watch a workflow to its end.

    Exit code 0: it completed, 1: it failed. Ctrl-C leaves it running.
    """
    from osmoc.cli.watching import watch_to_the_end

    cluster, where = connected(kubeconfig, context, namespace)
    return watch_to_the_end(cluster, where, workflow_id)
