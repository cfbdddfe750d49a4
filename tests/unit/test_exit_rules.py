from __future__ import annotations

import pytest

from osmoc.exit_rules import Rules, actions, of_pool, plan_exits
from osmoc.plan import ExitPlan
from osmoc.spec import ExitAction

FAIL, RESTART, COMPLETE, RESCHEDULE = ExitAction


def plan(
    *rules: tuple[ExitAction, list[int]], pool: Rules = (), disruption: str = "retry", timed: bool = False
) -> ExitPlan:
    made = tuple(
        (
            action,
            tuple(code for code in codes if code < 1000),
            tuple(code for code in codes if code >= 1000),
        )
        for action, codes in rules
    )
    return plan_exits(made, pool, 6, disruption, timed=timed)


def outcome(exits: ExitPlan, code: int) -> str:
    """What comes of a command's exit code, by the wrapper's rules and then the Job's."""
    if code in exits.mapping.restart:
        return "RESTART"
    return seen(exits, exits.mapping.reported(code))


def seen(exits: ExitPlan, reported: int) -> str:
    """What comes of the code that Kubernetes sees."""
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


@pytest.mark.parametrize("timed", [False, True])
@pytest.mark.parametrize("action", [FAIL, RESCHEDULE])
@pytest.mark.parametrize("others", [FAIL, RESTART, COMPLETE, RESCHEDULE])
def test_code_zero_goes_away_whatever_all_other_codes_do(
    action: ExitAction, others: ExitAction, timed: bool
) -> None:
    exits = plan((action, [0]), (others, list(range(1, 256))), timed=timed)

    assert outcome(exits, 0) == action.value
    assert {outcome(exits, code) for code in range(1, 256)} == {others.value}
    assert not timed or seen(exits, exits.mapping.timed_out) == "FAIL"


def test_a_timeout_is_told_by_the_code_of_coreutils_where_that_fails() -> None:
    assert plan(timed=True).mapping.timed_out == 124
    mapping = plan((RESCHEDULE, [124]), timed=True).mapping
    assert (mapping.timed_out, mapping.aside) == (123, ())


def test_where_all_codes_are_tried_again_a_timeout_takes_one_and_another_stands_in() -> None:
    mapping = plan((RESCHEDULE, list(range(1, 256))), timed=True).mapping
    assert (mapping.timed_out, mapping.aside) == (124, ((124, 1),))


def test_without_a_timeout_every_code_is_reported_as_itself() -> None:
    mapping = plan((RESCHEDULE, list(range(1, 256)))).mapping
    assert [mapping.reported(code) for code in range(256)] == list(range(256))


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
