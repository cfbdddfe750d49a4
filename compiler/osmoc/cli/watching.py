"""Showing a workflow until it ends: what `osmoc run` and `osmoc watch` share."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from osmoc.cli.exits import REJECTED
from osmoc_runtime.errors import ClusterError
from osmoc_runtime.report import Fate, Row, changed, completed, coordinator, fates, rows

if TYPE_CHECKING:
    from osmoc_runtime.cluster import Cluster
    from osmoc_runtime.state import WorkflowState

LAST_LINES = 20


def watch_to_the_end(cluster: Cluster, namespace: str, workflow_id: str) -> int:
    """Show every change and, at the end, the fate of each task; gives the exit code.

    Interrupted: says that the workflow goes on, and how to come back.
    """
    from osmoc_runtime.following import follow

    display = Drawn(workflow_id) if sys.stdout.isatty() else Lines()
    try:
        with display:
            state = follow(cluster, namespace, workflow_id, display.show)
    except KeyboardInterrupt:
        sys.stderr.write(
            f"\n`{workflow_id}` goes on in the cluster\n"
            f"  = help: come back with `osmoc watch {workflow_id} -n {namespace}`, end it with "
            f"`osmoc cancel {workflow_id} -n {namespace}`\n"
        )
        raise
    _say_fates(fates(state))
    _say_last_words(cluster, namespace, fates(state))
    return _say_end(workflow_id, state)


class Lines:
    """A line for each change."""

    def __init__(self) -> None:
        self._rows: tuple[Row, ...] = ()

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, state: WorkflowState) -> None:
        now = rows(state)
        for row in changed(self._rows, now):
            line = f"{time.strftime('%H:%M:%S')}  {row.task}  {row.status}  {row.detail}"
            sys.stdout.write(line.rstrip() + "\n")
        sys.stdout.flush()
        self._rows = now


class Drawn:
    """A table that is drawn anew with each change, on a terminal."""

    def __init__(self, title: str) -> None:
        from rich.live import Live

        self._title = title
        self._live = Live(refresh_per_second=4)

    def __enter__(self) -> Drawn:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, state: WorkflowState) -> None:
        from rich import box
        from rich.table import Table
        from rich.text import Text

        table = Table("TASK", "STATUS", "", box=box.SIMPLE_HEAD, title=self._title, title_justify="left")
        for row in rows(state):
            table.add_row(row.task, row.status, Text(row.detail), style=_colour(row.status))
        self._live.update(table)


def _colour(status: str) -> str:
    if status == "COMPLETED":
        return "green"
    return "red" if status.startswith("FAILED") else ""


def _say_fates(ended: Iterable[Fate]) -> None:
    ended = tuple(ended)
    width = max((len(fate.task) for fate in ended), default=0)
    sys.stdout.write("\n")
    for fate in ended:
        sys.stdout.write(f"{fate.task:{width}}  {fate.status:10}  {fate.why}".rstrip() + "\n")


def _say_last_words(cluster: Cluster, namespace: str, ended: Iterable[Fate]) -> None:
    for fate in ended:
        if not (fate.failed and fate.pod):
            continue
        try:
            lines = list(cluster.logs(namespace, fate.pod, fate.container, tail=LAST_LINES))
        except ClusterError as error:
            lines = [f"(no log: {error.message})"]
        sys.stdout.write(f"\nlast lines of {fate.task}, container {fate.container} of pod {fate.pod}:\n")
        sys.stdout.writelines(f"  {line}\n" for line in lines)


def _say_end(workflow_id: str, state: WorkflowState) -> int:
    done = completed(state)
    sys.stdout.write(f"\n{workflow_id} {'COMPLETED' if done else 'FAILED'}\n")
    leader = coordinator(state)
    if not done and leader is not None and leader.code is not None:
        end = leader.newest.end if leader.newest else None
        if end is not None and end.message and not end.said:
            sys.stdout.write(f"the coordinator: {end.message.strip()}\n")
    sys.stdout.flush()
    return 0 if done else REJECTED
