"""Exit actions of a task: the plan of `exit_rules.py`, and what cannot be as the spec says."""

from __future__ import annotations

from collections.abc import Sequence

from osmoc import exit_rules
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics, Label
from osmoc.plan import ExitPlan
from osmoc.pool import Pool
from osmoc.spec import ExitAction, Task


def plan_exit(
    diagnostics: Diagnostics, task: Task, pool: Pool, defaults: exit_rules.Rules, *, timed: bool
) -> ExitPlan:
    """What becomes of each exit code of the task. `defaults`: the pool's exit actions. `timed`: it has a
    timeout of its own.
    """
    if task.exit_rules:
        _warn_of_overlap(diagnostics, task)
        _warn_of_memory_kill(diagnostics, task)
        _warn_of_conditions(diagnostics, task, pool)
    rules = exit_rules.of_spec(task.exit_rules)
    return exit_rules.plan_exits(rules, defaults, pool.max_retries, pool.on_disruption, timed=timed)


def _warn_of_overlap(diagnostics: Diagnostics, task: Task) -> None:
    order = list(ExitAction)
    ordered = sorted(task.exit_rules, key=lambda rule: order.index(rule.action))
    for index, rule in enumerate(ordered):
        for earlier in ordered[:index]:
            shared = sorted(
                {*rule.codes, *rule.conditions}.intersection({*earlier.codes, *earlier.conditions})
            )
            if shared:
                diagnostics.warning(
                    Code.EXIT_CODES_OVERLAP,
                    f"{_codes(shared)} under both `{earlier.action.value}` and `{rule.action.value}`: "
                    f"`{earlier.action.value}` is taken",
                    rule.at,
                    labels=(Label(earlier.at, f"`{earlier.action.value}`"),),
                    help="name each code once",
                )


def _warn_of_memory_kill(diagnostics: Diagnostics, task: Task) -> None:
    for rule in task.exit_rules:
        if rule.action in (ExitAction.COMPLETE, ExitAction.RESTART) and exit_rules.MEMORY_KILL in rule.codes:
            diagnostics.warning(
                Code.EXIT_CODE_OF_MEMORY_KILL,
                f"`{rule.action.value}` of code 137 sees no memory kill, which ends the whole container",
                rule.at,
                help="leave 137 out, or name it under `RESCHEDULE`",
            )


def _warn_of_conditions(diagnostics: Diagnostics, task: Task, pool: Pool) -> None:
    for rule in task.exit_rules:
        seen = [code for code in rule.conditions if code in exit_rules.DISRUPTIONS]
        unseen = [code for code in rule.conditions if code not in exit_rules.DISRUPTIONS]
        if unseen:
            diagnostics.warning(
                Code.CONDITION_NOT_SEEN,
                f"`{rule.action.value}` does nothing for {_codes(unseen)}: Kubernetes gives no such code",
                rule.at,
                note="codes from 1000 on are made by the reference's own service",
                help="leave them out",
            )
        if seen and rule.action is ExitAction.COMPLETE:
            diagnostics.warning(
                Code.CONDITION_NOT_SEEN,
                f"`COMPLETE` does nothing for {_codes(seen)}: a pod that was taken away completes no Job",
                rule.at,
                help="leave them out",
            )
        elif seen and len(seen) < len(exit_rules.DISRUPTIONS):
            judged = exit_rules.disruption(exit_rules.of_spec(task.exit_rules), (), pool.on_disruption)
            diagnostics.warning(
                Code.CONDITIONS_NOT_TOLD_APART,
                f"Kubernetes has one condition for 3001, 3004 and 3006: {_OUTCOMES[judged]} for each of them",
                rule.at,
                help=f"name all three: `{rule.action.value}: 3001,3004,3006`",
            )


_OUTCOMES = {
    "Ignore": "the pod is tried again without a limit",
    "Count": "the pod is tried again, within the retry limit,",
    "FailJob": "the task fails",
}


def _codes(codes: Sequence[int]) -> str:
    """The codes for a message: `code 5`, `codes 1-10, 16`; the first few where they are many."""
    spans: list[list[int]] = []
    for code in codes:
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in spans]
    text = ", ".join(shown[:6]) + (", …" if len(shown) > 6 else "")
    return f"code {text}" if len(codes) == 1 else f"codes {text}"
