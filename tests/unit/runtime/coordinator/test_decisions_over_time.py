"""Whole lives of workflows in a simulated cluster, with events in any order and coordinators that die at any
moment.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from osmoc_runtime.contract import PlannedGroup, WorkflowPlan
from osmoc_runtime.coordinator.decide import Finish, OpenGate, decide
from osmoc_runtime.state import status
from tests.unit.runtime.cluster_objects import group, plan
from tests.unit.runtime.coordinator.simulated import SimulatedCluster


@st.composite
def plans(draw: st.DrawFn) -> WorkflowPlan:
    groups: list[PlannedGroup] = []
    for index in range(draw(st.integers(1, 4))):
        tasks = [f"t{index}-{member}" for member in range(draw(st.integers(1, 3)))]
        names = [one.name for one in groups]
        upstream = tuple(sorted(draw(st.sets(st.sampled_from(names), max_size=2)))) if names else ()
        groups.append(
            group(
                f"g{index}",
                *tasks,
                upstream=upstream,
                ignore_nonlead=draw(st.booleans()),
                queue_timeout=draw(st.sampled_from([0, 100])),
                exec_timeout=draw(st.sampled_from([0, 300])),
            )
        )
    return plan(*groups)


EVENTS = [
    "apply",
    "start",
    "start",
    "complete",
    "fail",
    "retry",
    "drain",
    "deadlines",
    "time",
    "decide",
    "decide",
]
STEPS = st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 11), st.integers(0, 60)), max_size=40)


def jobs_of(planned: WorkflowPlan) -> list[str]:
    return [task.job for one in planned.groups for task in one.tasks]


def act_some(cluster: SimulatedCluster, count: int) -> None:
    """Decide once and do the first `count` actions: then this coordinator is killed."""
    for action in decide(cluster.plan, cluster.state, cluster.now)[:count]:
        if isinstance(action, OpenGate):
            assert_may_open(cluster, action)
        cluster.act(action)


def assert_may_open(cluster: SimulatedCluster, action: OpenGate) -> None:
    owner = cluster.pods[action.pod]["metadata"]["ownerReferences"][0]["name"]
    groups = {one.name: one for one in cluster.plan.groups}
    mine = next(one for one in groups.values() if any(task.job == owner for task in one.tasks))
    for name in mine.upstream:
        counting = [task for task in groups[name].tasks if task.lead or not groups[name].ignore_nonlead]
        assert all(status(cluster.state.jobs.get(task.job)) == "COMPLETED" for task in counting)


def live(cluster: SimulatedCluster, steps: list[tuple[str, int, int]]) -> None:
    names = jobs_of(cluster.plan)
    for event, which, much in steps:
        name = names[which % len(names)]
        match event:
            case "time":
                cluster.pass_time(much)
            case "decide":
                act_some(cluster, 1 + much % 4)
            case "deadlines":
                cluster.pass_deadlines()
            case "apply":
                cluster.apply(name)
            case _ if name in cluster.jobs:
                getattr(cluster, event)(name)


def settle(cluster: SimulatedCluster) -> int:
    """Act until nothing is decided any more; how often that took."""
    for count in range(50):
        actions = decide(cluster.plan, cluster.state, cluster.now)
        if not actions or isinstance(actions[0], Finish):
            return count
        act_some(cluster, len(actions))
    raise AssertionError(f"never comes to rest: {actions}")


@settings(deadline=None, max_examples=60)
@given(plans(), STEPS)
def test_acting_on_decisions_comes_to_rest(planned: WorkflowPlan, steps: list[tuple[str, int, int]]) -> None:
    cluster = SimulatedCluster(planned)
    live(cluster, steps)

    assert settle(cluster) <= 12


@settings(deadline=None, max_examples=60)
@given(plans(), STEPS)
def test_every_workflow_is_brought_to_an_end(
    planned: WorkflowPlan, steps: list[tuple[str, int, int]]
) -> None:
    cluster = SimulatedCluster(planned)
    live(cluster, steps)

    for _ in range(6 * len(jobs_of(planned))):
        for name in jobs_of(planned):
            cluster.apply(name)
            cluster.start(name)
            cluster.complete(name)
        settle(cluster)
        cluster.pass_time(31)
        cluster.pass_deadlines()

    (finish,) = decide(planned, cluster.state, cluster.now)
    assert isinstance(finish, Finish)
    assert [fate.group for fate in finish.groups] == [one.name for one in planned.groups]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(["lead", "side", "other"]), max_size=6), st.booleans())
def test_a_retry_restarts_each_other_member_exactly_once(retried: list[str], ignore_nonlead: bool) -> None:
    cluster = SimulatedCluster(plan(group("g", "lead", "side", "other", ignore_nonlead=ignore_nonlead)))
    members = jobs_of(cluster.plan)
    for name in members:
        cluster.apply(name)
        cluster.start(name)
    settle(cluster)

    for name in retried:
        cluster.pass_time(10)
        cluster.evicted.clear()
        cluster.retry(name)
        settle(cluster)
        for member in members:
            cluster.start(member)
        settle(cluster)

        restarted = {pod.rsplit("-", 1)[0] for pod in cluster.evicted}
        assert len(cluster.evicted) == len(restarted)
        assert restarted == (set(members) - {name} if name == "lead" or not ignore_nonlead else set())


@settings(deadline=None, max_examples=40)
@given(plans(), STEPS)
def test_a_drained_pod_fails_nothing(planned: WorkflowPlan, steps: list[tuple[str, int, int]]) -> None:
    cluster = SimulatedCluster(planned)
    quiet = [(event, which, 0) for event, which, _ in steps if event not in ("fail", "time")]
    live(cluster, quiet)
    settle(cluster)

    assert not [one.name for one in cluster.state.jobs.values() if one.ending or one.phase == "failed"]
