"""A cluster in memory that keeps the rules of Jobs that the coordinator counts on, for tests of decisions
over time.
"""

from __future__ import annotations

from typing import Any

from osmoc_runtime import contract
from osmoc_runtime.contract import WorkflowPlan
from osmoc_runtime.coordinator.decide import Action, EndJob, Evict, Finish, Note, OpenGate, TellLead
from osmoc_runtime.state import OPENED_NOTE, JobState, WorkflowState, fold
from tests.unit.runtime.cluster_objects import condition, job, pod, stamp, terminated

Json = dict[str, Any]


class SimulatedCluster:
    """Objects by name, and a clock that only `pass_time` moves."""

    def __init__(self, plan: WorkflowPlan) -> None:
        self.plan = plan
        self.now = 1000.0
        self.jobs: dict[str, Json] = {}
        self.pods: dict[str, Json] = {}
        self.opened: list[str] = []
        self.evicted: list[str] = []
        self._made = 0
        self._gated = {task.job: group.gated for group in plan.groups for task in group.tasks}

    @property
    def state(self) -> WorkflowState:
        return fold(self.jobs.values(), self.pods.values())

    def job(self, name: str) -> JobState:
        return self.state.jobs[name]

    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    def apply(self, name: str) -> None:
        if name not in self.jobs:
            self.jobs[name] = job(name, created=self.now)
            self._new_pod(name)

    def start(self, name: str) -> None:
        """The newest pod, where no gate holds it, gets a node and runs."""
        current = self.job(name).current
        if current and not current.gated and not current.started:
            body = self.pods[current.name]
            body["spec"]["nodeName"] = "node1"
            body["status"] |= {"phase": "Running"}
            state = {"running": {"startedAt": stamp(self.now)}}
            body["status"]["containerStatuses"] = [{"name": "main", "state": state}]

    def complete(self, name: str) -> None:
        if self._end_pod(name, 0):
            self._finish(name, "Complete", "CompletionsReached")

    def fail(self, name: str) -> None:
        if self._end_pod(name, 3):
            self._finish(name, "Failed", "PodFailurePolicy")

    def retry(self, name: str) -> None:
        """The running pod fails with a counted code, and the Job makes another."""
        if self._end_pod(name, 7):
            self.jobs[name]["status"]["failed"] += 1
            self._new_pod(name)

    def drain(self, name: str) -> None:
        """The pod is taken away, without a trace, and the Job makes another."""
        current = self.job(name).current
        if current and not self.job(name).over:
            del self.pods[current.name]
            self._new_pod(name)

    def act(self, action: Action) -> None:
        match action:
            case OpenGate(name, uid):
                assert self.pods[name]["metadata"]["uid"] == uid
                self.opened.append(name)
                self.pods[name]["spec"]["schedulingGates"] = []
                self.pods[name]["metadata"]["annotations"][OPENED_NOTE] = f"{self.now:.0f}"
            case EndJob(name, _, reason):
                body = self.jobs[name]
                body["spec"]["activeDeadlineSeconds"] = 1
                body["metadata"]["annotations"][contract.REASON_ANNOTATION] = reason
                self._touch(body)
            case Evict(name, uid):
                assert self.pods[name]["metadata"]["uid"] == uid
                self.evicted.append(name)
                self.drain(self.pods[name]["metadata"]["ownerReferences"][0]["name"])
            case TellLead(name, uid, over):
                assert self.pods[name]["metadata"]["uid"] == uid
                self.pods[name]["metadata"]["annotations"][contract.OVER_ANNOTATION] = over
            case Note(name, _, version, key, value):
                body = self.jobs[name]
                if body["metadata"]["resourceVersion"] == version:
                    body["metadata"]["annotations"][key] = value
                    self._touch(body)
            case Finish():
                pass

    def pass_deadlines(self) -> None:
        """What the Job controller does a second later: Jobs past their deadline fail, and their pods with
        them.
        """
        for name, body in self.jobs.items():
            if body["spec"].get("activeDeadlineSeconds") and not self.job(name).over:
                self._end_pod(name, 143)
                self._finish(name, "Failed", "DeadlineExceeded")

    def _new_pod(self, owner: str) -> None:
        self._made += 1
        body = pod(owner, self._made, created=self.now + self._made / 1000, gated=self._gated[owner])
        self.pods[body["metadata"]["name"]] = body

    def _end_pod(self, owner: str, code: int) -> bool:
        current = self.job(owner).current
        if current is None or self.job(owner).over or not (current.running or code == 143):
            return False
        status = self.pods[current.name]["status"]
        status["phase"] = "Failed" if code else "Succeeded"
        status["containerStatuses"] = [{"name": "main", "state": terminated(code, at=self.now)}]
        return True

    def _finish(self, name: str, kind: str, reason: str) -> None:
        self.jobs[name]["status"]["conditions"] = [condition(kind, self.now, reason)]
        self._touch(self.jobs[name])

    def _touch(self, body: Json) -> None:
        body["metadata"]["resourceVersion"] = str(int(body["metadata"]["resourceVersion"]) + 1)
