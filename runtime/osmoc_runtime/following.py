"""Following a workflow on the user's side: from the cluster's events to its end."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator

from osmoc_runtime import contract
from osmoc_runtime.cluster import JOBS, PODS, Cluster
from osmoc_runtime.errors import ClusterError, Forbidden, NoWorkflow, Unreachable
from osmoc_runtime.report import over
from osmoc_runtime.state import WorkflowState, fold
from osmoc_runtime.watch import Events, Mirror, Trouble

PATIENCE = 5
"""Breaks of a stream in a row, each after a longer pause, until the user hears of it."""


def look(cluster: Cluster, namespace: str, workflow_id: str) -> WorkflowState:
    """The workflow as it stands. Raises NoWorkflow where no Job bears its id."""
    selector = f"{contract.WORKFLOW_ID_LABEL}={workflow_id}"
    jobs, _ = cluster.list(JOBS, namespace, selector)
    if not jobs:
        raise _no_workflow(cluster, namespace, workflow_id)
    pods, _ = cluster.list(PODS, namespace, selector)
    return fold(jobs, pods)


def follow(
    cluster: Cluster, namespace: str, workflow_id: str, show: Callable[[WorkflowState], None]
) -> WorkflowState:
    """Call `show` with every new state, until the workflow is over; gives the last one.

    Raises NoWorkflow where there is none, and ClusterError where the cluster stays out of reach.
    """
    state = look(cluster, namespace, workflow_id)
    show(state)
    if over(state):
        return state
    selector = f"{contract.WORKFLOW_ID_LABEL}={workflow_id}"
    with Events(cluster, (JOBS, PODS), namespace, selector) as events:
        for state in _states(events):
            show(state)
            if over(state):
                break
    return state


def _states(events: Events) -> Iterator[WorkflowState]:
    mirror = Mirror()
    troubles = 0
    while True:
        for event in events.wait(5):
            mirror.take(event)
            troubles = troubles + 1 if isinstance(event, Trouble) else 0
            if isinstance(event, Trouble) and _lasting(event.error, troubles):
                raise event.error
        if mirror.listed(JOBS, PODS):
            yield fold(mirror.objects(JOBS), mirror.objects(PODS))


def _lasting(error: ClusterError, troubles: int) -> bool:
    return isinstance(error, Forbidden) or (isinstance(error, Unreachable) and troubles >= PATIENCE)


def next_id(cluster: Cluster, namespace: str, workflow: str) -> str:
    """The id of the workflow's next run: its name and one more than the highest number of its Jobs."""
    jobs, _ = cluster.list(JOBS, namespace, f"{contract.WORKFLOW_LABEL}={workflow}")
    ids = (job["metadata"].get("labels", {}).get(contract.WORKFLOW_ID_LABEL, "") for job in jobs)
    numbers = [int(found[1]) for one in ids if (found := re.fullmatch(rf"{re.escape(workflow)}-(\d+)", one))]
    return f"{workflow}-{max(numbers, default=0) + 1}"


def _no_workflow(cluster: Cluster, namespace: str, workflow_id: str) -> NoWorkflow:
    jobs, _ = cluster.list(JOBS, namespace, contract.WORKFLOW_ID_LABEL)
    ids = sorted({job["metadata"]["labels"][contract.WORKFLOW_ID_LABEL] for job in jobs})
    near = difflib.get_close_matches(workflow_id, ids, n=3) or ids[:3]
    advice = (
        f"did you mean {' or '.join(f'`{one}`' for one in near)}?" if near else "name its namespace with -n"
    )
    return NoWorkflow(f"there is no workflow `{workflow_id}` in the namespace `{namespace}`", advice)
