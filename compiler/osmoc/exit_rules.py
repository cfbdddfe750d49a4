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
# Codes that stand for what has none of its own, best first: what sysexits.h and `timeout` of coreutils use.
_FOR_ZERO: tuple[int, ...] = (70, *range(71, 125), *range(69, 0, -1), *range(125, 256))
_FOR_TIMEOUT: tuple[int, ...] = (124, *range(123, 0, -1), *range(125, 256))

# An action with its codes and its conditions; a hashable form of the rules, without their places.
Rules = tuple[tuple[ExitAction, tuple[int, ...], tuple[int, ...]], ...]


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
def plan_exits(
    rules: Rules, defaults: Rules, retries: int, on_disruption: str, *, timed: bool = False
) -> ExitPlan:
    """What the wrapper maps and what the Job does, so that each code has the action that `actions` names.

    `timed`: the wrapper keeps a timeout, which fails the task whatever the actions are.
    """
    table = actions(rules, defaults)
    count = {code for code in CODES if code and table[code] is ExitAction.RESCHEDULE}
    zero = 0
    if table[0] in (ExitAction.FAIL, ExitAction.RESCHEDULE):
        zero = _stand_in(table, table[0], _FOR_ZERO)
        count = count | {zero} if table[0] is ExitAction.RESCHEDULE else count - {zero}
    timed_out = _FOR_TIMEOUT[0]
    if timed:
        timed_out = _stand_in(table, ExitAction.FAIL, [code for code in _FOR_TIMEOUT if code != zero])
        count -= {timed_out}
    mapping = contract.ExitMapping(
        complete=tuple(code for code in CODES if code and table[code] is ExitAction.COMPLETE),
        restart=tuple(code for code in CODES if table[code] is ExitAction.RESTART),
        restarts=retries,
        zero=zero,
        timed_out=timed_out,
        aside=_aside(table, count, (zero, timed_out)),
    )
    return ExitPlan(mapping, tuple(sorted(count)), retries, disruption(rules, defaults, on_disruption))


def _stand_in(table: tuple[ExitAction, ...], wanted: ExitAction, codes: Iterable[int]) -> int:
    """The code under which Kubernetes sees what has no code of its own and shall have the action `wanted`.

    One that has the action itself; else one that COMPLETE names, since Kubernetes sees that as 0; else any,
    and a command that itself ends with it is set aside.
    """
    codes = tuple(codes)
    for action in (wanted, ExitAction.COMPLETE):
        for code in codes:
            if table[code] is action:
                return code
    return codes[0]


def _aside(
    table: tuple[ExitAction, ...], count: set[int], stand_ins: tuple[int, ...]
) -> tuple[tuple[int, int], ...]:
    """For each stand-in whose own fate is another than the one it stands for: a code that shares its own."""
    pairs = []
    for code in stand_ins:
        again = table[code] is ExitAction.RESCHEDULE
        if code and table[code] is not ExitAction.COMPLETE and again is not (code in count):
            others = (one for one in CODES if one and one not in stand_ins and again is (one in count))
            pairs.append((code, next(others)))
    return tuple(pairs)


def disruption(rules: Rules, defaults: Rules, on_disruption: str) -> str:
    """Ignore, Count or FailJob, for a pod that the node or the scheduler took away."""
    for action, _, conditions in (*rules, *defaults):
        if action in _DISRUPTION_OF_ACTION and not set(DISRUPTIONS).isdisjoint(conditions):
            return _DISRUPTION_OF_ACTION[action]
    return _DISRUPTION_OF_POOL[on_disruption]


def is_plain(mapping: contract.ExitMapping) -> bool:
    """Whether Kubernetes alone does what the spec says, with no wrapper to change a code."""
    return not mapping.complete and not mapping.restart and mapping.zero == 0
