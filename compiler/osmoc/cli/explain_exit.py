"""`osmoc explain-exit`: what becomes of each exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Annotated

import typer

from osmoc.cli.application import PanelCommand, application
from osmoc.cli.compiling import planned
from osmoc.cli.options import Given, takes_spec
from osmoc.kubernetes_objects.exit_table import Row, code_rows, event_rows
from osmoc.plan import PlannedTask

app = application()


class Form(Enum):
    TABLE = "table"
    JSON = "json"


@app.command(cls=PanelCommand)
@takes_spec
def explain_exit(
    given: Given,
    task: Annotated[
        str | None, typer.Argument(metavar="[TASK]", help="The task. [default: all]", show_default=False)
    ] = None,
    output: Annotated[Form, typer.Option("--output", "-o", help="How to print it.")] = Form.TABLE,
) -> int:
    """Print what Kubernetes will do for each exit code of a task, and for whatever else ends its pod."""
    plan, _ = planned(given)
    tasks = [one for group in plan.groups for one in group.tasks]
    chosen = [one for one in tasks if task in (None, one.name)]
    if not chosen:
        from osmoc.diagnostics.suggest import did_you_mean

        assert task is not None
        advice = did_you_mean(task, [one.name for one in tasks])
        raise typer.BadParameter(f"the spec has no task `{task}`{'; ' if advice else ''}{advice}")
    if output is Form.JSON:
        json.dump([_plain(one) for one in chosen], sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        sys.stdout.write("\n".join(_table(one) for one in chosen))
    return 0


def _plain(task: PlannedTask) -> dict[str, object]:
    def rows(found: Iterable[Row], name: str) -> list[dict[str, str]]:
        return [{name: row.when, "outcome": row.outcome.value, "why": row.why} for row in found]

    return {
        "task": task.name,
        "retries": task.exit.retries,
        "agent": task.agent,
        "codes": rows(code_rows(task), "codes"),
        "events": rows(event_rows(task), "event"),
    }


def _table(task: PlannedTask) -> str:
    how = "" if task.agent else ", without the agent"
    attempts = task.exit.retries
    lines = [f"{task.name}{how}: at most {attempts} further attempt{'' if attempts == 1 else 's'}", ""]
    codes = [("EXIT CODE", "WHAT HAPPENS", "DECIDED BY")]
    codes += [(row.when, row.outcome.value, row.why) for row in code_rows(task)]
    events = [("ANYTHING ELSE", "WHAT HAPPENS", "DECIDED BY")]
    events += [(row.when, row.outcome.value, row.why) for row in event_rows(task)]
    signals = "A command that signal N ends has the exit code 128 + N."
    return "\n".join([*lines, *columns(codes), signals, "", *columns(events), ""])


def columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """The rows as lines, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
