from __future__ import annotations

from typing import Any

import pytest

from osmoc_runtime import contract
from osmoc_runtime.contract import WorkflowPlan
from osmoc_runtime.coordinator.decide import (
    Action,
    EndJob,
    Evict,
    Finish,
    GroupFate,
    Note,
    OpenGate,
    TellLead,
    decide,
)
from osmoc_runtime.state import OPENED_NOTE, SCHEDULED_NOTE, STARTED_NOTE, fold
from tests.unit.runtime.cluster_objects import (
    complete,
    dead,
    ended,
    failed,
    group,
    job,
    plan,
    pod,
    running,
    terminated,
)

Json = dict[str, Any]
NOW = 1000.0


def decided(
    planned: WorkflowPlan, jobs: list[Json], pods: list[Json], now: float = NOW
) -> tuple[Action, ...]:
    return decide(planned, fold(jobs, pods), now)


def ends(actions: tuple[Action, ...]) -> dict[str, str]:
    return {action.job: action.reason for action in actions if isinstance(action, EndJob)}


CHAIN = plan(group("a"), group("b", upstream=("a",)), group("c", upstream=("b",)))


class TestGates:
    def test_a_gate_opens_when_the_upstream_group_completed(self) -> None:
        actions = decided(
            CHAIN, [complete("a"), job("b"), job("c")], [pod("b", gated=True), pod("c", gated=True)]
        )

        assert actions == (OpenGate("b-1", "uid-b-1"),)

    @pytest.mark.parametrize("upstream", [[], [job("a")], [failed("a")]])
    def test_a_gate_stays_closed_while_upstream_is_missing_running_or_failed(
        self, upstream: list[Json]
    ) -> None:
        actions = decided(CHAIN, [*upstream, job("b")], [running("a"), pod("b", gated=True)])

        assert not [action for action in actions if isinstance(action, OpenGate)]

    def test_a_gate_waits_for_every_upstream_group(self) -> None:
        both = plan(group("a"), group("b"), group("c", upstream=("a", "b")))

        assert decided(both, [complete("a"), job("b"), job("c")], [pod("c", gated=True)]) == ()

    def test_a_retried_pod_is_gated_again_and_opened_again(self) -> None:
        pods = [dead("b"), pod("b", 2, created=300, gated=True)]

        assert decided(CHAIN, [complete("a"), job("b", failed=1), job("c")], pods) == (
            OpenGate("b-2", "uid-b-2"),
        )

    def test_a_pod_that_is_being_deleted_is_left_alone(self) -> None:
        pods = [pod("b", gated=True, deleting=True)]

        assert decided(CHAIN, [complete("a"), job("b"), job("c")], pods) == ()

    def test_a_group_whose_lead_completed_opens_what_is_downstream_though_followers_linger(self) -> None:
        planned = plan(group("g", "lead", "side"), group("b", upstream=("g",)))
        jobs = [
            complete("lead", at=NOW - 1),
            job("side", notes={"osmoc.dev/round": "1 uid-side-1"}),
            job("b"),
        ]

        assert decided(planned, jobs, [running("side"), pod("b", gated=True)]) == (
            OpenGate("b-1", "uid-b-1"),
        )

    def test_a_group_in_which_all_count_opens_what_is_downstream_once_all_completed(self) -> None:
        planned = plan(group("g", "lead", "side", ignore_nonlead=False), group("b", upstream=("g",)))
        gated = pod("b", gated=True)

        assert decided(planned, [complete("lead", at=NOW), job("side"), job("b")], [gated]) == ()
        assert decided(planned, [complete("lead"), complete("side"), job("b")], [gated]) == (
            OpenGate("b-1", "uid-b-1"),
        )


class TestFailures:
    def test_all_that_lies_downstream_of_a_failure_is_ended_at_once(self) -> None:
        actions = decided(CHAIN, [failed("a"), job("b"), job("c")], [])

        assert ends(actions) == {"b": "FAILED_UPSTREAM", "c": "FAILED_UPSTREAM"}

    def test_an_independent_branch_goes_on(self) -> None:
        planned = plan(group("a"), group("x"), group("b", upstream=("a",)), group("y", upstream=("x",)))
        jobs = [failed("a"), complete("x"), job("b"), job("y")]

        actions = decided(planned, jobs, [pod("b", gated=True), pod("y", gated=True)])

        assert ends(actions) == {"b": "FAILED_UPSTREAM"}
        assert OpenGate("y-1", "uid-y-1") in actions

    def test_a_job_that_is_being_ended_is_not_ended_again(self) -> None:
        notes = {contract.REASON_ANNOTATION: "FAILED_UPSTREAM"}

        assert (
            decided(
                CHAIN, [failed("a"), job("b", notes=notes, deadline=1), ended("c", "FAILED_UPSTREAM")], []
            )
            == ()
        )

    def test_a_reason_without_its_deadline_does_not_count_as_ending(self) -> None:
        notes = {contract.REASON_ANNOTATION: "FAILED_UPSTREAM"}

        actions = decided(CHAIN, [failed("a"), job("b", notes=notes), job("c")], [])

        assert ends(actions) == {"b": "FAILED_UPSTREAM", "c": "FAILED_UPSTREAM"}

    def test_downstream_waits_while_upstream_is_only_being_ended(self) -> None:
        planned = plan(group("a", exec_timeout=10), group("b", upstream=("a",)))
        noted = {STARTED_NOTE: "120", SCHEDULED_NOTE: "110"}

        assert ends(decided(planned, [job("a", notes=noted), job("b")], [running("a")])) == {
            "a": "FAILED_EXEC_TIMEOUT"
        }

    def test_a_follower_that_fails_fails_a_group_in_which_all_count(self) -> None:
        planned = plan(group("g", "lead", "side", "other", ignore_nonlead=False))

        actions = decided(planned, [job("lead"), failed("side"), job("other")], [running("lead")])

        assert ends(actions) == {"lead": "MEMBER_FAILED", "other": "MEMBER_FAILED"}

    def test_a_follower_that_fails_does_not_matter_where_only_the_lead_counts(self) -> None:
        planned = plan(group("g", "lead", "side"))

        assert ends(decided(planned, [job("lead"), failed("side")], [running("lead")])) == {}

    def test_a_coordinator_that_was_killed_half_way_through_ending_a_group_goes_on(self) -> None:
        planned = plan(group("g", "lead", "side", "other"))
        jobs = [ended("side", "FAILED_EXEC_TIMEOUT"), job("lead"), job("other")]

        assert ends(decided(planned, jobs, [])) == {
            "lead": "FAILED_EXEC_TIMEOUT",
            "other": "FAILED_EXEC_TIMEOUT",
        }


class TestFollowers:
    PLAN = plan(group("g", "lead", "side"))

    @pytest.mark.parametrize(("age", "done"), [(29, {}), (31, {"side": "LEAD_COMPLETED"})])
    def test_a_follower_is_ended_half_a_minute_after_its_lead_completed(self, age: float, done: Json) -> None:
        assert (
            ends(decided(self.PLAN, [complete("lead", at=NOW - age), job("side")], [running("side")])) == done
        )

    def test_a_follower_of_a_lead_that_failed_is_told_so(self) -> None:
        actions = decided(self.PLAN, [failed("lead"), job("side")], [running("side")])

        assert ends(actions) == {"side": "LEAD_FAILED"}

    def test_a_follower_that_never_came_to_run_is_ended(self) -> None:
        assert ends(decided(self.PLAN, [complete("lead"), job("side")], [])) == {"side": "LEAD_COMPLETED"}

    def test_a_follower_that_still_stores_its_data_is_left_to_do_so(self) -> None:
        storing = running("side", main=terminated(0), others={contract.CONTROL: {"running": {}}})

        assert ends(decided(self.PLAN, [complete("lead"), job("side")], [storing])) == {}


class TestTimeouts:
    def test_a_group_that_runs_longer_than_it_may_is_ended_whole(self) -> None:
        planned = plan(group("g", "lead", "side", exec_timeout=100))
        pods = [running("lead", at=NOW - 100), running("side", at=NOW - 50)]

        assert ends(decided(planned, [job("lead"), job("side")], pods)) == {
            "lead": "FAILED_EXEC_TIMEOUT",
            "side": "FAILED_EXEC_TIMEOUT",
        }
        assert ends(decided(planned, [job("lead"), job("side")], pods, now=NOW - 1)) == {}

    def test_a_reschedule_does_not_set_the_clock_back(self) -> None:
        planned = plan(group("g", "t", exec_timeout=100))
        noted = {STARTED_NOTE: f"{NOW - 150:.0f}", SCHEDULED_NOTE: "1"}

        actions = decided(planned, [job("t", notes=noted)], [running("t", 2, at=NOW - 10)])

        assert ends(actions) == {"t": "FAILED_EXEC_TIMEOUT"}

    def test_the_first_start_is_noted_where_a_clock_runs(self) -> None:
        actions = decided(
            plan(group("t", exec_timeout=5000)), [job("t")], [running("t", created=111, at=120)]
        )

        assert actions == (Note("t", "uid-t", "1", SCHEDULED_NOTE, "111"),)

    def test_nothing_is_noted_where_no_clock_runs(self) -> None:
        assert decided(plan(group("t")), [job("t")], [running("t")]) == ()

    @pytest.mark.parametrize(
        ("pods", "late"),
        [
            ([pod("t", created=NOW - 60)], True),
            ([pod("t", created=NOW - 59)], False),
            ([pod("t", created=NOW - 600, notes={OPENED_NOTE: f"{NOW - 30:.0f}"})], False),
            ([pod("t", created=NOW - 600, gated=True)], False),
            ([pod("t", created=NOW - 600, node="node1")], False),
            ([dead("t", created=NOW - 600), pod("t", 2, created=NOW - 500)], False),
            ([], True),
        ],
    )
    def test_a_group_is_ended_when_a_first_pod_waits_too_long_for_a_node(
        self, pods: list[Json], late: bool
    ) -> None:
        actions = decided(plan(group("t", queue_timeout=60)), [job("t")], pods)

        assert ends(actions) == ({"t": "FAILED_QUEUE_TIMEOUT"} if late else {})

    def test_waiting_for_upstream_is_no_queueing(self) -> None:
        planned = plan(group("a"), group("b", upstream=("a",), queue_timeout=60))

        assert ends(decided(planned, [job("a"), job("b")], [running("a"), pod("b", gated=True)])) == {}
        assert ends(decided(planned, [job("a"), job("b")], [running("a")])) == {}

    def test_a_group_that_completed_in_time_is_not_ended_later(self) -> None:
        planned = plan(group("g", "lead", "side", exec_timeout=10))

        assert ends(decided(planned, [complete("lead", at=NOW - 1), job("side")], [running("side")])) == {}


class TestTheEnd:
    def test_the_workflow_completed_when_all_groups_did(self) -> None:
        planned = plan(group("a"), group("b", upstream=("a",)))

        (finish,) = decided(planned, [complete("a"), complete("b")], [])

        assert isinstance(finish, Finish) and finish.completed
        assert finish.groups == (GroupFate("a", "COMPLETED"), GroupFate("b", "COMPLETED"))

    def test_each_group_has_its_own_fate(self) -> None:
        (finish,) = decided(CHAIN, [complete("a"), failed("b"), ended("c", "FAILED_UPSTREAM")], [])

        assert isinstance(finish, Finish) and not finish.completed
        assert [fate.status for fate in finish.groups] == ["COMPLETED", "FAILED", "FAILED_UPSTREAM"]

    def test_nothing_is_stated_while_a_job_is_not_there(self) -> None:
        assert decided(plan(group("a"), group("b")), [complete("a")], []) == ()

    def test_nothing_is_stated_while_a_follower_still_runs(self) -> None:
        planned = plan(group("g", "lead", "side"))
        side = job("side", notes={"osmoc.dev/round": "1 uid-side-1"})

        assert decided(planned, [complete("lead", at=NOW), side], [running("side")]) == ()

    def test_followers_ended_after_their_lead_completed_leave_the_group_completed(self) -> None:
        planned = plan(group("g", "lead", "side", ignore_nonlead=False))

        (finish,) = decided(planned, [complete("lead"), ended("side", "LEAD_COMPLETED")], [])

        assert isinstance(finish, Finish) and finish.completed

    @pytest.mark.parametrize(
        ("jobs", "said"),
        [
            ([failed("lead"), ended("side", "LEAD_FAILED")], "FAILED"),
            ([ended("lead", "FAILED_EXEC_TIMEOUT"), complete("side")], "FAILED_EXEC_TIMEOUT"),
            ([ended("lead", "MEMBER_FAILED"), failed("side")], "FAILED"),
            ([ended("lead", "FAILED_CANCELED"), ended("side", "FAILED_EXEC_TIMEOUT")], "FAILED_CANCELED"),
        ],
    )
    def test_a_groups_fate_is_its_gravest_failure(self, jobs: list[Json], said: str) -> None:
        (finish,) = decided(plan(group("g", "lead", "side", ignore_nonlead=False)), jobs, [])

        assert isinstance(finish, Finish) and finish.groups == (GroupFate("g", said),)


class TestRounds:
    """Jobs are noted with the round's number and their pod of it."""

    LEAD_COUNTS = plan(group("g", "lead", "side"))
    ALL_COUNT = plan(group("g", "lead", "side", ignore_nonlead=False))

    @staticmethod
    def jobs(lead: str, side: str) -> list[Json]:
        return [job("lead", notes={"osmoc.dev/round": lead}), job("side", notes={"osmoc.dev/round": side})]

    def test_the_first_pods_are_noted_as_the_first_round(self) -> None:
        actions = decided(self.LEAD_COUNTS, [job("lead"), job("side")], [running("lead"), pod("side")])

        assert actions == (
            Note("lead", "uid-lead", "1", "osmoc.dev/round", "1 uid-lead-1"),
            Note("side", "uid-side", "1", "osmoc.dev/round", "1 uid-side-1"),
        )

    def test_nothing_happens_while_a_round_lasts(self) -> None:
        pods = [running("lead"), running("side")]

        assert decided(self.LEAD_COUNTS, self.jobs("1 uid-lead-1", "1 uid-side-1"), pods) == ()

    def test_a_new_pod_of_the_lead_begins_a_round_and_the_followers_pod_is_evicted(self) -> None:
        pods = [pod("lead", 2, created=300), running("side")]

        actions = decided(self.LEAD_COUNTS, self.jobs("1 uid-lead-1", "1 uid-side-1"), pods)

        assert actions == (
            Note("lead", "uid-lead", "1", "osmoc.dev/round", "2 uid-lead-2"),
            Evict("side-1", "uid-side-1"),
        )

    def test_a_follower_that_was_evicted_joins_and_begins_no_round(self) -> None:
        pods = [running("lead", 2, created=300), pod("side", 2, created=310)]

        actions = decided(self.ALL_COUNT, self.jobs("2 uid-lead-2", "1 uid-side-1"), pods)

        assert actions == (Note("side", "uid-side", "1", "osmoc.dev/round", "2 uid-side-2"),)

    def test_a_follower_that_has_not_run_yet_joins_without_an_eviction(self) -> None:
        pods = [running("lead", 2, created=300), pod("side", node="node1")]

        actions = decided(self.LEAD_COUNTS, self.jobs("2 uid-lead-2", "1 uid-side-1"), pods)

        assert actions == (Note("side", "uid-side", "1", "osmoc.dev/round", "2 uid-side-1"),)

    def test_a_follower_that_is_just_ending_is_left_alone(self) -> None:
        storing = running("side", main=terminated(7), others={contract.CONTROL: {"running": {}}})

        assert (
            decided(
                self.LEAD_COUNTS, self.jobs("2 uid-lead-2", "1 uid-side-1"), [running("lead", 2), storing]
            )
            == ()
        )

    def test_a_new_pod_of_a_follower_restarts_nobody_where_only_the_lead_counts(self) -> None:
        pods = [running("lead"), pod("side", 2, created=300)]

        actions = decided(self.LEAD_COUNTS, self.jobs("1 uid-lead-1", "1 uid-side-1"), pods)

        assert actions == (Note("side", "uid-side", "1", "osmoc.dev/round", "1 uid-side-2"),)

    def test_a_new_pod_of_any_member_restarts_the_others_where_all_count(self) -> None:
        pods = [running("lead"), pod("side", 2, created=300)]

        actions = decided(self.ALL_COUNT, self.jobs("1 uid-lead-1", "1 uid-side-1"), pods)

        assert actions == (
            Evict("lead-1", "uid-lead-1"),
            Note("side", "uid-side", "1", "osmoc.dev/round", "2 uid-side-2"),
        )

    def test_a_retry_that_nobody_noted_is_seen_by_the_dead_pod(self) -> None:
        pods = [dead("lead"), running("lead", 2, created=300), running("side")]

        actions = decided(self.LEAD_COUNTS, [job("lead"), job("side")], pods)

        assert actions == (
            Note("lead", "uid-lead", "1", "osmoc.dev/round", "1 uid-lead-1"),
            Note("side", "uid-side", "1", "osmoc.dev/round", "1 uid-side-1"),
        )


class TestTellingTheLead:
    """A barrier does not wait for members that never come to it."""

    PLAN = plan(group("g", "lead", "side", "other"))
    ROUND = {"osmoc.dev/round": "1 uid-lead-1"}

    def told(self, jobs: list[Json], pods: list[Json], planned: WorkflowPlan | None = None) -> list[TellLead]:
        actions = decided(planned or self.PLAN, jobs, pods)
        return [action for action in actions if isinstance(action, TellLead)]

    @pytest.mark.parametrize("over", [failed("side"), complete("side")])
    def test_a_lead_is_told_of_a_member_that_is_over(self, over: Json) -> None:
        jobs = [job("lead", notes=self.ROUND), over, job("other")]

        assert self.told(jobs, [running("lead")]) == [TellLead("lead-1", "uid-lead-1", "side")]
        assert self.told(jobs, [pod("lead")]) == [TellLead("lead-1", "uid-lead-1", "side")]

    def test_a_lead_that_was_told_is_told_again_only_of_another(self) -> None:
        known = running("lead", notes={contract.OVER_ANNOTATION: "side"})
        lead = job("lead", notes=self.ROUND)

        assert self.told([lead, failed("side"), job("other")], [known]) == []
        assert self.told([lead, failed("side"), failed("other")], [known]) == [
            TellLead("lead-1", "uid-lead-1", "side,other")
        ]

    def test_a_member_whose_job_was_made_anew_counts_again(self) -> None:
        known = running("lead", notes={contract.OVER_ANNOTATION: "side"})

        assert self.told([job("lead", notes=self.ROUND), job("side"), job("other")], [known]) == [
            TellLead("lead-1", "uid-lead-1", "")
        ]

    def test_the_next_pod_of_the_lead_is_told_as_well(self) -> None:
        pods = [
            dead("lead", notes={contract.OVER_ANNOTATION: "side"}),
            running("lead", 2, created=300),
        ]

        assert self.told([job("lead", notes=self.ROUND), complete("side"), job("other")], pods) == [
            TellLead("lead-2", "uid-lead-2", "side")
        ]

    def test_a_member_that_is_tried_again_is_not_over(self) -> None:
        assert self.told([job("lead"), job("side", failed=1), job("other")], [running("lead")]) == []

    def test_a_lead_that_has_ended_or_is_being_ended_is_told_nothing(self) -> None:
        storing = running("lead", main=terminated(0), others={contract.CONTROL: {"running": {}}})
        doomed = job("lead", notes={contract.REASON_ANNOTATION: "FAILED_EXEC_TIMEOUT"}, deadline=1)

        assert self.told([job("lead"), failed("side"), job("other")], [storing]) == []
        assert self.told([doomed, failed("side"), job("other")], [running("lead")]) == []

    def test_where_all_count_a_failure_ends_the_group_and_a_success_is_told(self) -> None:
        planned = plan(group("g", "lead", "side", "other", ignore_nonlead=False))
        lead = job("lead", notes=self.ROUND)

        assert self.told([lead, failed("side"), job("other")], [running("lead")], planned) == []
        assert self.told([lead, complete("side"), job("other")], [running("lead")], planned) != []
