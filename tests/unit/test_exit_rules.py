from __future__ import annotations

import pytest

from osmoc.exit_rules import NoCodeLeft, Rules, actions, of_pool, plan_exits
from osmoc.plan import ExitPlan
from osmoc.spec import ExitAction

FAIL, RESTART, COMPLETE, RESCHEDULE = ExitAction


def plan(*rules: tuple[ExitAction, list[int]], pool: Rules = (), disruption: str = "retry") -> ExitPlan:
    made = tuple(
        (
            action,
            tuple(code for code in codes if code < 1000),
            tuple(code for code in codes if code >= 1000),
        )
        for action, codes in rules
    )
    return plan_exits(made, pool, 6, disruption)


def outcome(exits: ExitPlan, code: int) -> str:
    """What comes of a command's exit code, by the wrapper's rules and then the Job's."""
    if code in exits.mapping.restart:
        return "RESTART"
    reported = exits.mapping.zero if code == 0 else 0 if code in exits.mapping.complete else code
    if reported == 0:
        return "COMPLETE"
    return "RESCHEDULE" if reported in exits.count else "FAIL"


def test_without_rules_zero_completes_and_all_else_fails() -> None:
    exits = plan()
    assert [outcome(exits, code) for code in (0, 1, 137, 255)] == ["COMPLETE", "FAIL", "FAIL", "FAIL"]
    assert exits.disruption == "Ignore"
    assert exits.retries == 6


@pytest.mark.parametrize(
    "rules",
    [
        (),
        ((COMPLETE, [3, 16]), (RESCHEDULE, [5, 6, 7])),
        ((FAIL, [0]),),
        ((RESTART, [0, 9]),),
        ((FAIL, [0, 70]), (RESCHEDULE, list(range(71, 256)))),
        ((RESCHEDULE, [0, *range(64, 125)]),),
        ((COMPLETE, list(range(1, 256))),),
        ((FAIL, [0]), (COMPLETE, list(range(2, 256)))),
    ],
)
def test_each_of_the_256_codes_has_the_action_that_the_spec_says(
    rules: tuple[tuple[ExitAction, list[int]], ...],
) -> None:
    exits = plan(*rules)
    named = {code: action.value for action, codes in reversed(rules) for code in codes}
    for code in range(256):
        assert outcome(exits, code) == named.get(code, "FAIL" if code else "COMPLETE"), code


def test_zero_tried_again_takes_a_code_along_where_the_spec_names_no_other() -> None:
    exits = plan((RESCHEDULE, [0]))
    assert outcome(exits, 0) == "RESCHEDULE"
    assert exits.count == (exits.mapping.zero,)
    assert outcome(exits, 1) == "FAIL"


def test_where_two_actions_name_a_code_the_order_is_the_references() -> None:
    table = actions(((FAIL, (1, 2), ()), (COMPLETE, (2, 3), ()), (RESCHEDULE, (3, 4), ())), ())
    assert [table[code] for code in (1, 2, 3, 4)] == [FAIL, FAIL, COMPLETE, RESCHEDULE]


def test_the_pool_decides_on_codes_that_the_task_does_not_name() -> None:
    exits = plan((FAIL, [5]), pool=of_pool({"reschedule": "5-6", "COMPLETE": "9"}))
    assert [outcome(exits, code) for code in (5, 6, 9)] == ["FAIL", "RESCHEDULE", "COMPLETE"]


def test_code_zero_cannot_go_away_where_no_other_code_is_left() -> None:
    with pytest.raises(NoCodeLeft):
        plan((FAIL, [0]), (COMPLETE, list(range(1, 256))))


def test_running_out_of_time_ends_the_job_whatever_the_spec_names() -> None:
    assert plan().mapping.timed_out == 124
    exits = plan((RESCHEDULE, [124]), (COMPLETE, [123]))
    assert outcome(exits, exits.mapping.timed_out) == "FAIL"


@pytest.mark.parametrize(
    ("action", "becomes"),
    [(FAIL, "FailJob"), (RESTART, "Count"), (RESCHEDULE, "Count"), (COMPLETE, "Ignore")],
)
def test_codes_of_the_infrastructure_decide_on_disruptions(action: ExitAction, becomes: str) -> None:
    assert plan((action, [3001, 3006])).disruption == becomes


@pytest.mark.parametrize(("word", "becomes"), [("retry", "Ignore"), ("count", "Count"), ("fail", "FailJob")])
def test_the_pool_decides_on_disruptions_that_the_spec_does_not_name(word: str, becomes: str) -> None:
    assert plan((FAIL, [2010]), disruption=word).disruption == becomes


def test_restarts_are_limited() -> None:
    assert plan((RESTART, [1])).mapping.restarts == 6
