"""A task's exit actions (reference osmo-spec 6.1; design, deviations 1, 3 and 4)."""

from __future__ import annotations

from osmoc.checking.exit_codes import exit_codes
from osmoc.checking.fields import Part, as_scalar_text, key_text
from osmoc.checking.unfit import Unfit
from osmoc.diagnostics.codes import Code
from osmoc.document import Entry
from osmoc.spec import ExitAction, ExitRule


def exit_rules(task: Part) -> tuple[ExitRule, ...]:
    """A rule for each entry, in the order written."""
    found = (_rule(task, entry) for entry in task.entries("exitActions"))
    return tuple(rule for rule in found if rule is not None)


def _rule(task: Part, entry: Entry) -> ExitRule | None:
    name, codes = key_text(entry.key), as_scalar_text(entry.value)
    action = action_named(name.value)
    if action is None:
        from osmoc.diagnostics.suggest import did_you_mean

        words = [one.value for one in ExitAction]
        task.diagnostics.error(
            Code.EXIT_ACTION,
            f"`{name.value}` is no exit action",
            name.at,
            help='put several codes into quotes, as in `"1,2"`'
            if name.value.isdigit()
            else did_you_mean(name.value.upper(), words),
            note=f"exit actions are {', '.join(words)}",
        )
    if codes is None:
        return None
    try:
        process, conditions = exit_codes(codes.value)
    except Unfit as why:
        task.unfit(Code.EXIT_CODES, codes, why)
        return None
    if action is None:
        return None
    return ExitRule(action, tuple(sorted(process)), tuple(sorted(conditions)), name.at)


def action_named(word: str) -> ExitAction | None:
    """The action of that name, in whatever case."""
    try:
        return ExitAction(word.upper())
    except ValueError:
        return None
