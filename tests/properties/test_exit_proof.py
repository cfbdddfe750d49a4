"""Exit actions, proved: each exit code and each way to lose a pod does what the language says.

Two models that share no code are compared for many sets of actions: the language's (`Meant`, written down
from the reference's rules and osmoc's deviations from it) and what runs: the wrapper's own function, and the
Job controller's reading of the podFailurePolicy that was really emitted. Only what a warning announces may
differ.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.kubernetes_objects.exit_table import Outcome, judge
from osmoc.pool import Pool
from osmoc_runtime import contract
from osmoc_runtime.agent import exits
from tests.unit.backend import Back, only, spec

ORDER = ("FAIL", "RESTART", "COMPLETE", "RESCHEDULE")
"""In which the reference looks a code up, where several actions name it."""
OUTCOMES = {
    "COMPLETE": Outcome.COMPLETE,
    "FAIL": Outcome.FAIL,
    "RESCHEDULE": Outcome.COUNT,
    "RESTART": Outcome.RESTART,
}
DISRUPTIONS = {"node lost": 3001, "evicted": 3004, "preempted": 3006}
ON_DISRUPTION = {"retry": Outcome.UNCOUNTED, "count": Outcome.COUNT, "fail": Outcome.FAIL}
SETS = 400


@dataclass(frozen=True)
class Meant:
    """What the language says: the spec's actions, then the pool's, then 0 completes and all else fails."""

    spec: Mapping[str, frozenset[int]]
    pool: Mapping[str, frozenset[int]]
    on_disruption: str
    cli: str
    timeout: bool

    def action(self, code: int) -> str | None:
        for actions in (self.spec, self.pool):
            for action in ORDER:
                if code in actions.get(action, ()):
                    return action
        return None

    def outcome(self, code: int) -> Outcome:
        return OUTCOMES[self.action(code) or ("FAIL" if code else "COMPLETE")]

    def disruption(self, code: int) -> Outcome:
        """Of a pod that was taken away; in osmoc the pool decides where no action names the code."""
        action = self.action(code)
        if action is None:
            return ON_DISRUPTION[self.on_disruption]
        # A pod that is gone cannot run again in place.
        return Outcome.COUNT if action == "RESTART" else OUTCOMES[action]


def written(codes: frozenset[int]) -> str:
    return ",".join(str(code) for code in sorted(codes))


def some_codes(chance: random.Random) -> frozenset[int]:
    """Ranges and single codes, with a liking for the edges."""
    codes: set[int] = set()
    for _ in range(chance.randint(1, 3)):
        first = chance.choice((0, 1, 2, 73, 74, 124, 137, 143, 254, 255, chance.randint(0, 255)))
        last = chance.choice((first, first, min(first + chance.randint(0, 40), 255), 255))
        codes.update(range(first, last + 1))
    return frozenset(codes)


def some_set(number: int) -> Meant:
    chance = random.Random(number)
    actions = chance.sample(ORDER, chance.randint(0, 4))
    named = {action: some_codes(chance) for action in actions}
    if actions and chance.random() < 0.4:
        conditions = chance.sample(sorted(DISRUPTIONS.values()), chance.randint(1, 3))
        named[actions[0]] = named[actions[0]] | frozenset(conditions)
    pool = {action: some_codes(chance) for action in chance.sample(ORDER, chance.choice((0, 0, 1, 2)))}
    return Meant(
        named,
        pool,
        chance.choice(tuple(ON_DISRUPTION)),
        chance.choice(("always", "never")),
        chance.random() < 0.3,
    )


class Made:
    """What was emitted for a set, and what was said of it."""

    def __init__(self, meant: Meant) -> None:
        back = Back(
            Pool(
                cli=meant.cli,
                on_disruption=meant.on_disruption,
                default_exit_actions={action: written(codes) for action, codes in meant.pool.items()},
            )
        )
        actions = ", ".join(f"{action}: '{written(codes)}'" for action, codes in meant.spec.items())
        head = "timeout: {exec_timeout: 1h}" if meant.timeout else ""
        text = spec(f"name: a\nexitActions: {{{actions}}}", head=head)
        self.task = only(back.plan(text))
        self.diagnostics = Diagnostics()
        (job,) = [one.body for one in back.manifests(text, self.diagnostics).objects if one.kind == "Job"]
        body: Any = job
        self.policy = body["spec"]["podFailurePolicy"]
        self.said = {one.code for one in self.diagnostics.said}

    def outcome(self, code: int, *, interrupted: bool = False) -> Outcome:
        """Of the command's code: through the wrapper, where there is one, then the Job controller."""
        if not self.task.agent:
            return self.seen(code)
        reported, action = exits.judge(self.task.exit.mapping, code, interrupted=interrupted, restarts=0)
        return Outcome.RESTART if action == exits.RESTART else self.seen(reported)

    def seen(self, code: int) -> Outcome:
        return judge(self.policy, {"a": code}).outcome

    def disrupted(self) -> Outcome:
        return judge(self.policy, {"a": 143}, disrupted=True).outcome


@pytest.fixture(params=range(0, SETS, 20), ids=lambda first: f"sets {first} to {first + 19}")
def made(request: pytest.FixtureRequest) -> list[tuple[Meant, Made]]:
    sets = [some_set(number) for number in range(request.param, request.param + 20)]
    return [(meant, Made(meant)) for meant in sets]


def test_each_of_the_256_codes_does_what_its_action_says(made: list[tuple[Meant, Made]]) -> None:
    for meant, emitted in made:
        wrong = [code for code in range(256) if emitted.outcome(code) is not meant.outcome(code)]

        assert wrong == [], meant


def test_each_disruption_does_what_its_action_says_or_a_warning_says_what_it_does(
    made: list[tuple[Meant, Made]],
) -> None:
    announced = {Code.CONDITIONS_NOT_TOLD_APART, Code.CONDITION_NOT_SEEN, Code.EXIT_CODES_OVERLAP}
    for meant, emitted in made:
        for kind, code in DISRUPTIONS.items():
            if emitted.disrupted() is not meant.disruption(code):
                assert emitted.said & announced, (kind, meant)


def test_a_memory_kill_does_what_137_says_or_a_warning_says_what_it_does(
    made: list[tuple[Meant, Made]],
) -> None:
    for meant, emitted in made:
        if emitted.seen(137) is not meant.outcome(137):
            assert Code.EXIT_CODE_OF_MEMORY_KILL in emitted.said or meant.action(137) in (
                *(action for action in ("COMPLETE", "RESTART") if 137 in meant.pool.get(action, ())),
            ), meant


def test_nothing_that_was_interrupted_completes_or_runs_again(made: list[tuple[Meant, Made]]) -> None:
    for meant, emitted in made:
        if not emitted.task.agent:
            continue
        outcomes = {emitted.outcome(code, interrupted=True) for code in range(256)}

        assert Outcome.RESTART not in outcomes, meant
        if meant.outcome(143) is not Outcome.COMPLETE:
            assert Outcome.COMPLETE not in outcomes, meant


def test_a_timeout_fails_the_job_whatever_the_actions_are(made: list[tuple[Meant, Made]]) -> None:
    for meant, emitted in made:
        if emitted.task.timeout is not None:
            assert emitted.seen(emitted.task.exit.mapping.timed_out) is Outcome.FAIL, meant


def test_our_own_containers_fail_the_job_for_good_or_are_counted(made: list[tuple[Meant, Made]]) -> None:
    for meant, emitted in made:
        if not emitted.task.agent:
            continue
        for code in range(1, 256):
            permanent = Outcome.FAIL if code == contract.INIT_PERMANENT else Outcome.COUNT
            assert judge(emitted.policy, {contract.INIT: code}).outcome is permanent, meant


def test_the_policy_is_one_that_the_api_takes(made: list[tuple[Meant, Made]]) -> None:
    for _, emitted in made:
        rules = emitted.policy["rules"]
        assert len(rules) <= 20
        assert rules[0]["onPodConditions"] == [{"type": "DisruptionTarget", "status": "True"}]
        for rule in rules[1:]:
            codes = rule["onExitCodes"]
            assert codes["containerName"]
            assert 1 <= len(codes["values"]) <= 255
            assert codes["values"] == sorted(set(codes["values"]))
            assert codes["operator"] == "NotIn" or 0 not in codes["values"]
