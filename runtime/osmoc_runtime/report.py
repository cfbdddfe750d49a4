"""What a person is told of a workflow: its tasks' statuses while it runs, how each ended, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from osmoc_runtime import contract
from osmoc_runtime.state import (
    FAILED_CANCELED,
    FAILED_EXEC_TIMEOUT,
    FAILED_QUEUE_TIMEOUT,
    FAILED_UPSTREAM,
    LEAD_COMPLETED,
    LEAD_FAILED,
    MEMBER_FAILED,
    Ended,
    JobState,
    PodState,
    WorkflowState,
    status,
)

COORDINATOR = "coordinator"

_ENDED_FOR: Mapping[str, str] = {
    FAILED_UPSTREAM: "a task that it waited for failed",
    FAILED_QUEUE_TIMEOUT: "it waited for a node longer than its queue_timeout",
    FAILED_EXEC_TIMEOUT: "it ran longer than its exec_timeout",
    FAILED_CANCELED: "it was canceled",
    MEMBER_FAILED: "another task of its group failed",
    LEAD_FAILED: "the lead of its group failed",
    LEAD_COMPLETED: "the lead of its group completed",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A task as it stands. `detail`: where it runs, or what holds it up."""

    task: str
    status: str
    detail: str


@dataclass(frozen=True, slots=True)
class Fate:
    """How a task ended and why. `pod`, `container`: whose log tells more, empty where none does."""

    task: str
    status: str
    why: str
    pod: str
    container: str

    @property
    def failed(self) -> bool:
        return self.status.startswith("FAILED")


def tasks(state: WorkflowState) -> tuple[JobState, ...]:
    """The newest Job of each task, in the order in which the Jobs were made.

    An edited workflow that keeps its id leaves older Jobs of the same tasks behind.
    """
    newest: dict[str, JobState] = {}
    for job in sorted(state.jobs.values(), key=lambda job: (job.created, job.name)):
        if job.component != COORDINATOR:
            newest.pop(job.task, None)
            newest[job.task] = job
    return tuple(newest.values())


def coordinator(state: WorkflowState) -> JobState | None:
    """The Job of the newest coordinator, where the workflow has one."""
    found = [job for job in state.jobs.values() if job.component == COORDINATOR]
    return max(found, key=lambda job: (job.created, job.name), default=None)


def over(state: WorkflowState) -> bool:
    """Whether nothing of the workflow can change any more.

    The coordinator ends last; where it was canceled with the rest, the tasks' ends are what counts.
    """
    leader = coordinator(state)
    return all(job.over for job in tasks(state)) and (leader is None or leader.over)


def completed(state: WorkflowState) -> bool:
    """The fate of a workflow that is over: its coordinator's word, else that of its tasks."""
    leader = coordinator(state)
    if leader is not None:
        return leader.phase == "complete"
    return all(job.phase == "complete" for job in tasks(state))


def rows(state: WorkflowState) -> tuple[Row, ...]:
    return tuple(Row(job.task, status(job), _detail(job)) for job in tasks(state))


def changed(before: Iterable[Row], after: Iterable[Row]) -> tuple[Row, ...]:
    """The rows that say something new; a detail alone counts only while nothing runs."""
    known = {row.task: row for row in before}
    return tuple(
        row
        for row in after
        if (old := known.get(row.task)) is None
        or old.status != row.status
        or (old.detail != row.detail and row.status not in ("RUNNING", "COMPLETED"))
    )


def _detail(job: JobState) -> str:
    if job.over:
        return ""
    pod = job.newest
    if pod is None or pod.gated:
        return ""
    if pod.waiting or pod.unschedulable:
        return pod.waiting or pod.unschedulable
    where = f"on {pod.node}" if pod.node else ""
    attempt = f"attempt {job.retries + 1}" if job.retries and not pod.over else ""
    return ", ".join(part for part in (where, attempt) if part)


def fates(state: WorkflowState) -> tuple[Fate, ...]:
    return tuple(_fate(job) for job in tasks(state))


def _fate(job: JobState) -> Fate:
    pod = next((pod for pod in reversed(job.pods) if pod.over or pod.ended), None)
    culprit = _culprit(job, pod) if pod and job.phase == "failed" else None
    return Fate(
        task=job.task,
        status=status(job),
        why=_why(job, pod, culprit),
        pod=pod.name if pod and not job.ended_for else "",
        container=culprit.container if culprit else (pod.main if pod else ""),
    )


def _culprit(job: JobState, pod: PodState) -> Ended | None:
    """The container whose end decided: the one that the Job's rule names, else the first that failed."""
    failed = [one for one in pod.ended if one.code]
    return next((one for one in failed if one.container == job.container), failed[0] if failed else None)


def _why(job: JobState, pod: PodState | None, culprit: Ended | None) -> str:
    if job.ended_for:
        return _ENDED_FOR.get(job.ended_for, job.ended_for)
    if job.phase == "complete":
        return _success(pod.end if pod else None)
    if job.phase != "failed":
        return ""
    said = _own_words(culprit) if culprit else job.message
    if job.reason == "BackoffLimitExceeded":
        return f"{said}; tried {job.retries} times, as often as maxRetries allows"
    if job.rule is not None:
        return f"{said}; rule {job.rule} of the Job's podFailurePolicy fails it"
    return said or job.reason


def _success(end: Ended | None) -> str:
    if end is None:
        return ""
    code, action = end.said.get("exitCode", end.code), end.said.get("action")
    if action == "LEAD_ENDED":
        return "its lead ended"
    return f"exit code {code}" + (f", which {action} takes for success" if code else "")


def _own_words(end: Ended) -> str:
    """The sentence of our own containers; for the task's, its true exit code and what ended it."""
    if end.container in (contract.INIT, contract.CONTROL):
        return f"{end.container}: {end.message.strip() or f'exit code {end.code}'}"
    if end.reason == "OOMKilled":
        return "exit code 137: it took more memory than its limit"
    code, signal = end.said.get("exitCode", end.code), end.said.get("signal")
    words = f"exit code {code}" + (f" ({signal})" if signal else "")
    if end.said.get("action") == "TIMEOUT":
        return f"{words}: it ran longer than its exec_timeout"
    if end.reason not in ("", "Error", "Completed"):
        return f"{words}: {end.reason} {end.message}".strip()
    return words
