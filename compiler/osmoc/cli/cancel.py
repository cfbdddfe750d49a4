"""`osmoc cancel`: end a workflow for good."""

from __future__ import annotations

import sys

from osmoc.cli.application import PanelCommand, application
from osmoc.cli.cluster_options import Context, Kubeconfig, Namespace, WorkflowId, connected

app = application()


@app.command(cls=PanelCommand)
def cancel(
    workflow_id: WorkflowId,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
) -> int:
    """End all tasks of a workflow that have not ended yet.

    They get SIGTERM and their grace, in which final checkpoints are stored. The ended Jobs stay, so that
    `kubectl apply` of the same manifests starts nothing again.
    """
    from osmoc_runtime.coordinator.loop import end_job
    from osmoc_runtime.following import look
    from osmoc_runtime.report import tasks
    from osmoc_runtime.state import FAILED_CANCELED

    cluster, where = connected(kubeconfig, context, namespace)
    unfinished = [job for job in tasks(look(cluster, where, workflow_id)) if not job.over]
    for job in unfinished:
        end_job(cluster, where, job.name, uid=job.uid, reason=FAILED_CANCELED)
    many = "1 task" if len(unfinished) == 1 else f"{len(unfinished)} tasks"
    sys.stdout.write(f"{workflow_id}: {many} ended\n" if unfinished else f"{workflow_id} is over already\n")
    return 0
