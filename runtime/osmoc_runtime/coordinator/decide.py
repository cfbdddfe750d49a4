"""All of the coordinator's policy: what to do, given the plan, the cluster's state and the time. Pure.

Acting on what is decided and deciding again comes to rest: every action changes what led to it. What must
outlast a pod that was taken away, or the coordinator itself, is noted on the Jobs (state.ROUND_NOTE and the
others).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from osmoc_runtime.contract import PlannedGroup, WorkflowPlan
from osmoc_runtime.state import (
    FAILED_CANCELED,
    FAILED_EXEC_TIMEOUT,
    FAILED_QUEUE_TIMEOUT,
    FAILED_UPSTREAM,
    LEAD_COMPLETED,
    LEAD_FAILED,
    MEMBER_FAILED,
    ROUND_NOTE,
    SCHEDULED_NOTE,
    STARTED_NOTE,
    JobState,
    PodState,
    WorkflowState,
    status,
)

LEAD_GRACE = 30.0
"""Seconds for which a lead's end is left to the wrappers, which tell one another; then the followers' Jobs
are ended.
"""

OF_THE_GROUP = (FAILED_UPSTREAM, FAILED_QUEUE_TIMEOUT, FAILED_EXEC_TIMEOUT, FAILED_CANCELED, MEMBER_FAILED)
"""Reasons that end a whole group. A coordinator that was killed half-way through goes on by finding one on a
Job.
"""


@dataclass(frozen=True, slots=True)
class OpenGate:
    """Remove contract.GATE from the pod."""

    pod: str
    uid: str


@dataclass(frozen=True, slots=True)
class EndJob:
    """End the Job for good: its pods get SIGTERM and their grace, a re-apply leaves it so."""

    job: str
    uid: str
    reason: str


@dataclass(frozen=True, slots=True)
class Evict:
    """Take the pod away, uncounted; the Job makes another."""

    pod: str
    uid: str


@dataclass(frozen=True, slots=True)
class TellLead:
    """Tell a lead's pod which members take no part any more, so that its barrier does not wait for them."""

    pod: str
    uid: str
    over: str


@dataclass(frozen=True, slots=True)
class Note:
    """Write an annotation on the Job, if it still has this version: two coordinators never note two
    things.
    """

    job: str
    uid: str
    version: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class GroupFate:
    """`status` in OSMO's words: COMPLETED, or what kind of failure."""

    group: str
    status: str

    @property
    def completed(self) -> bool:
        return self.status == "COMPLETED"


@dataclass(frozen=True, slots=True)
class Finish:
    """Every Job came to its end."""

    groups: tuple[GroupFate, ...]

    @property
    def completed(self) -> bool:
        return all(group.completed for group in self.groups)


Action = OpenGate | EndJob | Evict | TellLead | Note | Finish
Standing = Literal["open", "completed", "failed"]


def decide(plan: WorkflowPlan, state: WorkflowState, now: float) -> tuple[Action, ...]:
    """What to do now (`now`: seconds since 1970). Nothing, where only time or the cluster can bring the next
    change.
    """
    actions: list[Action] = []
    standing: dict[str, Standing] = {}
    for group in plan.groups:
        standing[group.name] = _standing(group, state)
        actions += _decide_group(group, state, standing, now)
    jobs = [state.jobs.get(task.job) for group in plan.groups for task in group.tasks]
    if all(job is not None and job.over for job in jobs):
        return (Finish(tuple(_fate(group, state) for group in plan.groups)),)
    return tuple(actions)


def _decide_group(
    group: PlannedGroup, state: WorkflowState, standing: dict[str, Standing], now: float
) -> Iterator[Action]:
    """One group, whose upstream groups are decided; its own standing becomes failed where one of those is."""
    jobs = [state.jobs[task.job] for task in group.tasks if task.job in state.jobs]
    if standing[group.name] != "completed" and (reason := _doom(group, jobs, standing, now)):
        # What waited for a failure cannot run any more; what is only being ended may yet complete.
        standing[group.name] = "failed" if reason == FAILED_UPSTREAM else standing[group.name]
        yield from (EndJob(job.name, job.uid, reason) for job in jobs if not job.over and not job.ending)
        return
    yield from _end_followers(group, state, now)
    if standing[group.name] == "failed":
        return
    if group.gated and all(standing[name] == "completed" for name in group.upstream):
        yield from _open_gates(jobs)
    if group.queue_timeout or group.exec_timeout:
        yield from _note_times(jobs)
    if standing[group.name] == "open" and len(group.tasks) > 1:
        yield from _keep_rounds(group, jobs)
        yield from _tell_lead(group, state)


def _standing(group: PlannedGroup, state: WorkflowState) -> Standing:
    """By the lead's Job alone where the others do not count, else by all Jobs of the group."""
    fates = [
        _job_standing(state.jobs.get(task.job))
        for task in group.tasks
        if task.lead or not group.ignore_nonlead
    ]
    if "failed" in fates:
        return "failed"
    return "completed" if fates and all(fate == "completed" for fate in fates) else "open"


def _job_standing(job: JobState | None) -> Standing:
    if job is None or not job.over:
        return "open"
    return "completed" if status(job) == "COMPLETED" else "failed"


def _doom(
    group: PlannedGroup, jobs: list[JobState], standing: Mapping[str, Standing], now: float
) -> str | None:
    """Why all that still runs of the group must end at once, if it must."""
    if any(standing[name] == "failed" for name in group.upstream):
        return FAILED_UPSTREAM
    begun = (job.ending for job in jobs if job.ending in OF_THE_GROUP and (job.ended_for or not job.over))
    if reason := next(begun, None):
        return reason
    leads = {task.job for task in group.tasks if task.lead}
    if not group.ignore_nonlead and any(
        _job_standing(job) == "failed" and job.name not in leads for job in jobs
    ):
        return MEMBER_FAILED
    started = [job.started for job in jobs if job.started]
    if group.exec_timeout and started and now - min(started) >= group.exec_timeout:
        return FAILED_EXEC_TIMEOUT
    if group.queue_timeout and any(now - _queued(group, job, now) >= group.queue_timeout for job in jobs):
        return FAILED_QUEUE_TIMEOUT
    return None


def _queued(group: PlannedGroup, job: JobState, now: float) -> float:
    """Since when the Job waits for its first node; `now` where it does not. A later pod's wait is no queueing
    (OSMO).
    """
    pod = job.current
    if job.over or job.scheduled or (pod.gated if pod else group.gated):
        return now
    # No pod yet: a quota or a queue holds it back.
    return max(pod.created, pod.opened) if pod else job.created


def _end_followers(group: PlannedGroup, state: WorkflowState, now: float) -> Iterator[EndJob]:
    """Followers that still run, or never came to run, well after their lead's end."""
    lead = next((state.jobs.get(task.job) for task in group.tasks if task.lead), None)
    if lead is None or not lead.over or now - lead.over_at < LEAD_GRACE:
        return
    reason = LEAD_COMPLETED if _job_standing(lead) == "completed" else LEAD_FAILED
    for task in group.tasks:
        job = state.jobs.get(task.job)
        if task.lead or job is None or job.over or job.ending:
            continue
        # Its command has ended and osmo-ctrl stores what it left: that takes the time that it takes.
        storing = job.current is not None and job.current.end is not None and job.current.end.code == 0
        if not storing:
            yield EndJob(job.name, job.uid, reason)


def _open_gates(jobs: list[JobState]) -> Iterator[OpenGate]:
    for job in jobs:
        if not job.over and not job.ending:
            yield from (OpenGate(pod.name, pod.uid) for pod in job.pods if pod.alive and pod.gated)


def _note_times(jobs: list[JobState]) -> Iterator[Note]:
    """A reschedule must not set the clocks back, and an evicted pod takes its own times along."""
    for job in jobs:
        if job.scheduled and not job.scheduled_noted:
            yield Note(job.name, job.uid, job.version, SCHEDULED_NOTE, f"{job.scheduled:.0f}")
        elif job.started and not job.started_noted:
            yield Note(job.name, job.uid, job.version, STARTED_NOTE, f"{job.started:.0f}")


def _keep_rounds(group: PlannedGroup, jobs: list[JobState]) -> Iterator[Note | Evict]:
    """Restart the group when its lead's pod, or the pod of any member that counts, was replaced.

    Each Job bears the number of the round that it last took part in, and its pod of that round. A new pod of
    a task that counts, where the old one belonged to the newest round, begins the next; whoever still runs
    for an older round is evicted once, and its next pod joins. So a pod that was replaced because of the
    restart does not begin another.
    """
    counting = {task.job for task in group.tasks if task.lead or not group.ignore_nonlead}
    newest = max((job.round[0] for job in jobs if job.round), default=1)
    alive = [(job, pod) for job in jobs if not job.over and not job.ending and (pod := job.current)]
    begun = any(
        job.name in counting and job.round and job.round[0] == newest and job.round[1] != pod.uid
        for job, pod in alive
    )
    for job, pod in alive:
        if job.round is None:
            # A dead pod before the one that lives tells of a round that nobody saw; noted, it is seen as
            # replaced.
            yield _in_round(job, newest, job.pods[0] if newest == 1 else pod)
            continue
        number, member = job.round
        if number == newest + begun and member == pod.uid:
            continue
        if member != pod.uid or not pod.started:
            yield _in_round(job, newest + begun, pod)
        elif pod.running:
            yield Evict(pod.name, pod.uid)


def _in_round(job: JobState, number: int, pod: PodState) -> Note:
    return Note(job.name, job.uid, job.version, ROUND_NOTE, f"{number} {pod.uid}")


def _tell_lead(group: PlannedGroup, state: WorkflowState) -> Iterator[TellLead]:
    """A member that is over never comes to the barrier: not one that failed before it, nor one that completed
    before its lead was replaced (reference osmo-runtime, section 5: members that are not finished count).
    """
    jobs = [(task, job) for task in group.tasks if (job := state.jobs.get(task.job)) is not None]
    over = ",".join(task.name for task, job in jobs if not task.lead and job.over)
    for job in (job for task, job in jobs if task.lead and not job.over and not job.ending):
        pod = job.current
        if pod is not None and pod.end is None and pod.told != over:
            yield TellLead(pod.name, pod.uid, over)


_GRAVEST = (FAILED_CANCELED, FAILED_EXEC_TIMEOUT, FAILED_QUEUE_TIMEOUT, FAILED_UPSTREAM)


def _fate(group: PlannedGroup, state: WorkflowState) -> GroupFate:
    """The group's status once all its Jobs are over."""
    counting = [task for task in group.tasks if task.lead or not group.ignore_nonlead]
    words = [status(state.jobs.get(task.job)) for task in counting]
    failures = [word for word in words if word != "COMPLETED"]
    if not failures:
        return GroupFate(group.name, "COMPLETED")
    gravest = next((word for word in _GRAVEST if word in failures), None)
    return GroupFate(group.name, gravest or (failures[0] if len(set(failures)) == 1 else "FAILED"))
