"""Run-time tokens in a task's texts, filled: `{{output}}`, `{{input:0}}`, `{{host:x}}`, `{{workflow_id}}`."""

from __future__ import annotations

from collections.abc import Collection

from osmoc import naming, tokens
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.source import Span
from osmoc.spec import FromTask, Task, Text
from osmoc_runtime import contract


class Texts:
    """Fills the tokens in the texts of one task, and remembers what they spoke of.

    `mentions_output`: the task speaks of its output folder. `hosts`: the tasks whose host it names.
    """

    def __init__(self, diagnostics: Diagnostics, task: Task, workflow_tasks: Collection[str]) -> None:
        self.mentions_output = False
        self.hosts: set[str] = set()
        self._diagnostics = diagnostics
        self._task = task
        self._workflow_tasks = workflow_tasks

    def fill(self, text: Text) -> str:
        """The text with its tokens filled; blanks inside the braces are tolerated."""
        return self.fill_at(text.value, text.at)

    def fill_at(self, value: str, at: Span, *, spaced: bool = True) -> str:
        """The same for a text whose place is named apart; without `spaced`, tokens with blanks are left as
        they are.
        """
        if contract.OUTPUT in value:
            self.mentions_output = True
        if "{{" not in value:
            return value
        return "".join(
            piece
            if isinstance(piece, str)
            else self._value(piece, value[piece.start : piece.end], at, spaced=spaced)
            for piece in tokens.split(value)
        )

    def _value(self, token: tokens.Token, written: str, at: Span, *, spaced: bool) -> str:
        if not spaced and (" " in written or "\t" in written):
            return written
        match token.kind:
            case "workflow_id":
                return naming.WORKFLOW_ID
            case "output":
                self.mentions_output = True
                return contract.OUTPUT
            case "input":
                return self._input(token.argument, written, at)
            case "host":
                return self._host(token.argument, written, at)
            case _:
                return written

    def _input(self, argument: str, written: str, at: Span) -> str:
        count = len(self._task.inputs)
        if argument.isdecimal() and argument == str(int(argument)):
            if int(argument) < count:
                return f"{contract.INPUT}/{argument}"
            self._diagnostics.error(
                Code.INPUT_INDEX_OUT_OF_RANGE,
                f"`{written}` is past the last input of task `{self._task.name.value}`, "
                f"which has {_inputs(count)}",
                at,
                help=f"write `{{{{input:{count - 1}}}}}` for the last one"
                if count
                else "add an entry under `inputs:`",
            )
            return written
        # The same task may be an input twice, with different filters: the last one wins, as in the reference.
        for index in reversed(range(count)):
            entry = self._task.inputs[index]
            if isinstance(entry, FromTask) and entry.task.value == argument:
                return f"{contract.INPUT}/{index}"
        self._diagnostics.warning(
            Code.INPUT_NAME_UNKNOWN,
            f"`{written}` stays as it is: `{argument}` is no input of task `{self._task.name.value}`",
            at,
            help="name a task that stands under `inputs:`, or an input by its number, counted from 0",
        )
        return written

    def _host(self, argument: str, written: str, at: Span) -> str:
        if argument in self._workflow_tasks:
            self.hosts.add(argument)
            return naming.placeholder("host", argument)
        from osmoc.diagnostics.suggest import nearest

        near = nearest(argument, list(self._workflow_tasks))
        self._diagnostics.warning(
            Code.HOST_UNKNOWN,
            f"`{written}` stays as it is: there is no task `{argument}`",
            at,
            help=f"write `{{{{host:{near}}}}}`" if near else "name a task of this workflow",
        )
        return written


def _inputs(count: int) -> str:
    return {0: "none", 1: "one"}.get(count, str(count))
