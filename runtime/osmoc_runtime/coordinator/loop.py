"""Watch, fold, decide, act. No policy lives here but how long a refusal is borne."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import assert_never

from osmoc_runtime import contract
from osmoc_runtime.cluster import JOBS, PODS, STRATEGIC, Cluster
from osmoc_runtime.coordinator.decide import (
    Action,
    EndJob,
    Evict,
    Finish,
    Note,
    OpenGate,
    TellLead,
    decide,
)
from osmoc_runtime.errors import ClusterError, Conflict, Forbidden, NotFound
from osmoc_runtime.state import OPENED_NOTE, fold
from osmoc_runtime.watch import Event, Events, Mirror, Trouble

TICK = 2.0
"""Seconds after which time alone is a reason to decide again."""
AGAIN = 10.0
"""Seconds for which an action is not repeated: the watch needs a moment to show what it did."""
PATIENCE = 60.0
"""Seconds for which a missing right is borne: Role and RoleBinding may be applied after the Job."""


class Coordination:
    """One workflow's coordination over any door; `say` gets a line for each thing done or failed."""

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        plan: contract.WorkflowPlan,
        *,
        say: Callable[[str], None],
        patience: float = PATIENCE,
    ) -> None:
        self._cluster, self._namespace, self._plan = cluster, namespace, plan
        self._say, self._patience = say, patience
        self._done: dict[Action, float] = {}
        self._forbidden: dict[str, float] = {}

    def run(self) -> Finish:
        """Until every Job is over. Raises Forbidden where a right is still missing after `patience`
        seconds.
        """
        selector = f"{contract.WORKFLOW_ID_LABEL}={self._plan.workflow}"
        mirror = Mirror()
        with Events(self._cluster, (JOBS, PODS), self._namespace, selector) as events:
            while True:
                for event in events.wait(TICK):
                    mirror.take(event)
                    self._bear(event)
                if not mirror.listed(JOBS, PODS):
                    continue
                state = fold(mirror.objects(JOBS), mirror.objects(PODS))
                for action in decide(self._plan, state, time.time()):
                    if isinstance(action, Finish):
                        return action
                    self._act_once(action)

    def _act_once(self, action: OpenGate | EndJob | Evict | TellLead | Note) -> None:
        now = time.monotonic()
        if now - self._done.get(action, -AGAIN) < AGAIN:
            return
        self._done = {done: at for done, at in self._done.items() if now - at < AGAIN} | {action: now}
        try:
            act(self._cluster, self._namespace, action)
        except (Conflict, NotFound):
            # The cluster is further than what we saw; the watch brings it.
            self._done.pop(action)
        except ClusterError as error:
            self._refused(type(action).__name__, error)
        else:
            self._forbidden.pop(type(action).__name__, None)
            if not isinstance(action, Note):
                self._say(_words(action))

    def _bear(self, event: Event) -> None:
        if isinstance(event, Trouble):
            self._refused(event.resource.plural, event.error)
        else:
            self._forbidden.pop(event.resource.plural, None)

    def _refused(self, what: str, error: ClusterError) -> None:
        self._say(str(error))
        if isinstance(error, Forbidden):
            since = self._forbidden.setdefault(what, time.monotonic())
            if time.monotonic() - since >= self._patience:
                raise error


def act(cluster: Cluster, namespace: str, action: OpenGate | EndJob | Evict | TellLead | Note) -> None:
    """Do it, if the object is still the one that was seen (else Conflict or NotFound). Doing it twice does no
    harm.
    """
    match action:
        case OpenGate(pod, uid):
            change = {
                "metadata": {"uid": uid, "annotations": {OPENED_NOTE: f"{time.time():.0f}"}},
                "spec": {"schedulingGates": [{"name": contract.GATE, "$patch": "delete"}]},
            }
            cluster.patch(PODS, namespace, pod, change, STRATEGIC)
        case EndJob(job, uid, reason):
            end_job(cluster, namespace, job, uid=uid, reason=reason)
        case Evict(pod, uid):
            cluster.evict(namespace, pod, uid)
        case TellLead(pod, uid, over):
            told = {"uid": uid, "annotations": {contract.OVER_ANNOTATION: over}}
            cluster.patch(PODS, namespace, pod, {"metadata": told})
        case Note(job, uid, version, key, value):
            metadata = {"uid": uid, "resourceVersion": version, "annotations": {key: value}}
            cluster.patch(JOBS, namespace, job, {"metadata": metadata})
        case _:
            assert_never(action)


def end_job(cluster: Cluster, namespace: str, job: str, *, uid: str, reason: str) -> None:
    """End the Job for good by a deadline that has passed; deleting would only make GitOps create it again."""
    metadata = {"uid": uid, "annotations": {contract.REASON_ANNOTATION: reason}}
    cluster.patch(JOBS, namespace, job, {"metadata": metadata, "spec": {"activeDeadlineSeconds": 1}})


def _words(action: OpenGate | EndJob | Evict | TellLead) -> str:
    match action:
        case OpenGate(pod):
            return f"opened the gate of pod {pod}"
        case EndJob(job, _, reason):
            return f"ended Job {job}: {reason}"
        case Evict(pod):
            return f"evicted pod {pod}: its group starts another round"
        case TellLead(pod, _, over):
            return f"told pod {pod} that its group goes on without {over}"
        case _:
            assert_never(action)
