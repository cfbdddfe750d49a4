"""What becomes of each exit code: the spec's exit actions and the pool's, as rules for the wrapper and for
the Job.

The wrapper can turn a code into another one before Kubernetes sees it; all else is `podFailurePolicy`. Facts:
reference k8s-mapping, sections 1 and 2; order of the actions: osmo-spec, section 6.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from osmoc.plan import ExitPlan
from osmoc.spec import ExitAction, ExitRule
from osmoc_runtime import contract

CODES = range(256)
DISRUPTIONS = (3001, 3004, 3006)
"""Node lost, evicted, preempted: Kubernetes has one condition, DisruptionTarget, for all three."""
MEMORY_KILL = 137

_DISRUPTION_OF_POOL = {"retry": "Ignore", "count": "Count", "fail": "FailJob"}
_DISRUPTION_OF_ACTION = {
    ExitAction.FAIL: "FailJob",
    ExitAction.RESTART: "Count",
    ExitAction.RESCHEDULE: "Count",
}
# Codes that stand for what has none of its own; the first is what `timeout` of coreutils and sysexits.h use.
_FOR_TIMEOUT: tuple[int, ...] = (124, *range(123, 63, -1))
_FOR_ZERO: tuple[int, ...] = (70, *range(71, 125), *range(69, 0, -1), *range(125, 256))

# An action with its codes and its conditions; a hashable form of the rules, without their places.
Rules = tuple[tuple[ExitAction, tuple[int, ...], tuple[int, ...]], ...]


class NoCodeLeft(Exception):
    """Code 0 is mapped away, and no other code has the action that it shall have."""


def of_spec(rules: Iterable[ExitRule]) -> Rules:
    """The rules of a task in the order in which the reference looks them up, whatever their order in the
    spec.
    """
    order = list(ExitAction)
    ordered = sorted(rules, key=lambda rule: order.index(rule.action))
    return tuple((rule.action, rule.codes, rule.conditions) for rule in ordered)


def of_pool(actions: Mapping[str, str]) -> Rules:
    """The pool's default exit actions in the same form. Their text was checked when the pool was read."""
    rules = []
    for action in ExitAction:
        codes = [
            code for name, text in actions.items() if name.upper() == action.value for code in _codes(text)
        ]
        if codes:
            small = tuple(sorted({code for code in codes if code < 1000}))
            large = tuple(sorted({code for code in codes if code >= 1000}))
            rules.append((action, small, large))
    return tuple(rules)


def _codes(text: str) -> list[int]:
    codes: list[int] = []
    for part in str(text).split(","):
        first, _, last = part.strip().partition("-")
        codes.extend(range(int(first), int(last or first) + 1))
    return codes


@lru_cache(maxsize=1024)
def actions(rules: Rules, defaults: Rules) -> tuple[ExitAction, ...]:
    """For each code from 0 to 255 what the spec, then the pool, then the reference's own default says."""
    named: dict[int, ExitAction] = {}
    for action, codes, _ in (*rules, *defaults):
        for code in codes:
            named.setdefault(code, action)
    return tuple(named.get(code, ExitAction.FAIL if code else ExitAction.COMPLETE) for code in CODES)


@lru_cache(maxsize=1024)
def plan_exits(rules: Rules, defaults: Rules, retries: int, on_disruption: str) -> ExitPlan:
    """What the wrapper maps and what the Job does, so that each code has the action that `actions` names.

    Raises NoCodeLeft.
    """
    table = actions(rules, defaults)
    count = {code for code in CODES if code and table[code] is ExitAction.RESCHEDULE}
    zero = _zero(table, rules, defaults)
    if table[0] is ExitAction.RESCHEDULE:
        count.add(zero)
    mapping = contract.ExitMapping(
        complete=tuple(code for code in CODES if code and table[code] is ExitAction.COMPLETE),
        restart=tuple(code for code in CODES if table[code] is ExitAction.RESTART),
        restarts=retries,
        zero=zero,
        timed_out=next(
            (code for code in _FOR_TIMEOUT if table[code] is ExitAction.FAIL and code != zero), 124
        ),
    )
    return ExitPlan(mapping, tuple(sorted(count)), retries, disruption(rules, defaults, on_disruption))


def disruption(rules: Rules, defaults: Rules, on_disruption: str) -> str:
    """Ignore, Count or FailJob, for a pod that the node or the scheduler took away."""
    for action, _, conditions in (*rules, *defaults):
        if action in _DISRUPTION_OF_ACTION and not set(DISRUPTIONS).isdisjoint(conditions):
            return _DISRUPTION_OF_ACTION[action]
    return _DISRUPTION_OF_POOL[on_disruption]


def _zero(table: tuple[ExitAction, ...], rules: Rules, defaults: Rules) -> int:
    """What 0 is reported as: itself, or a code of the same action, else one that nobody named and that gets
    it.
    """
    wanted = table[0]
    if wanted in (ExitAction.COMPLETE, ExitAction.RESTART):
        return 0
    named = {code for _, codes, _ in (*rules, *defaults) for code in codes}
    candidates = sorted(_FOR_ZERO, key=named.__contains__)
    same = next((code for code in candidates if table[code] is wanted), None)
    if same is not None:
        return same
    if candidates[0] in named:
        raise NoCodeLeft
    return candidates[0]


def is_plain(mapping: contract.ExitMapping) -> bool:
    """Whether Kubernetes alone does what the spec says, with no wrapper to change a code."""
    return not mapping.complete and not mapping.restart and mapping.zero == 0
