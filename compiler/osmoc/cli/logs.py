"""`osmoc logs`: what the tasks of a workflow print."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from osmoc.cli.application import PanelCommand, application
from osmoc.cli.cluster_options import Context, Kubeconfig, Namespace, WorkflowId, connected

if TYPE_CHECKING:
    from osmoc_runtime.state import JobState

app = application()


@app.command(cls=PanelCommand)
def logs(
    workflow_id: WorkflowId,
    task: Annotated[
        str | None, typer.Argument(metavar="[TASK]", help="The task. [default: all, one after the other]")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as the task prints more.")] = False,
    container: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="`osmo-init` or `osmo-ctrl` instead of the task's own container."),
    ] = None,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
) -> int:
    """Print the log of a task's newest pod."""
    from osmoc_runtime.errors import NoWorkflow
    from osmoc_runtime.following import look
    from osmoc_runtime.report import tasks

    cluster, where = connected(kubeconfig, context, namespace)
    jobs = tasks(look(cluster, where, workflow_id))
    chosen = [job for job in jobs if task in (None, job.task)]
    if not chosen:
        names = ", ".join(f"`{job.task}`" for job in jobs)
        raise NoWorkflow(f"`{workflow_id}` has no task `{task}`", f"its tasks are {names}")
    if follow and len(chosen) > 1:
        raise typer.BadParameter("`--follow` follows one task: name it behind the workflow's id")
    for job in chosen:
        pod = job.newest
        if pod is None or not pod.node:
            sys.stderr.write(f"`{job.task}` has printed nothing: it {_not_yet(job)}\n")
            continue
        before = f"{job.task}  " if len(chosen) > 1 else ""
        for line in cluster.logs(where, pod.name, container or pod.main, follow=follow):
            sys.stdout.write(f"{before}{line}\n")
            sys.stdout.flush()
    return 0


def _not_yet(job: JobState) -> str:
    from osmoc_runtime.state import status

    return f"is {status(job)}"
