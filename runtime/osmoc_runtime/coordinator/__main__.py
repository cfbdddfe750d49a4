"""The coordinator's process in its pod: `python -m osmoc_runtime.coordinator [PLAN]`.

Exit codes are contract.WORKFLOW_* and contract.COORDINATOR_*; any other is tried again by its Job.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from types import FrameType

from osmoc_runtime import contract
from osmoc_runtime.cluster import Cluster
from osmoc_runtime.coordinator.decide import Finish
from osmoc_runtime.coordinator.https import pod_door, pod_namespace
from osmoc_runtime.coordinator.loop import PATIENCE, Coordination
from osmoc_runtime.errors import Forbidden

PLAN = Path(contract.PLAN_FOLDER, contract.PLAN_KEY)
TERMINATION_LOG = Path("/dev/termination-log")
MESSAGE_LIMIT = 4000
"""Bytes; Kubernetes keeps 4096 of a termination message."""


class Interrupted(BaseException):
    """SIGTERM: the pod is taken away, and the next one goes on."""


def main(argv: list[str], cluster: Cluster | None = None, patience: float = PATIENCE) -> int:
    """Coordinate the plan's workflow to its end; `cluster`: another than the pod's own."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        plan = contract.load(contract.WorkflowPlan, (Path(argv[0]) if argv else PLAN).read_text())
        if cluster is None and (door := pod_door()) is not None:
            cluster = Cluster(door)
        if cluster is None:
            return _give_up("this is no pod with a service account token: nothing can be coordinated")
        finish = Coordination(cluster, pod_namespace(), plan, say=_say, patience=patience).run()
    except Interrupted:
        return contract.COORDINATOR_INTERRUPTED
    except (contract.ContractError, OSError, Forbidden) as error:
        return _give_up(str(error))
    _leave(message(plan.workflow, finish))
    return contract.WORKFLOW_COMPLETED if finish.completed else contract.WORKFLOW_FAILED


def message(workflow: str, finish: Finish) -> str:
    """The workflow's fate and its groups' as JSON, within MESSAGE_LIMIT: what completed is left out first."""
    fate = {"workflow": workflow, "fate": "COMPLETED" if finish.completed else "FAILED"}
    groups = {group.group: group.status for group in finish.groups}
    text = json.dumps(fate | {"groups": groups})
    if len(text.encode()) <= MESSAGE_LIMIT:
        return text
    kept = {name: status for name, status in groups.items() if status != "COMPLETED"}
    while True:
        text = json.dumps(fate | {"groups": kept, "more": len(groups) - len(kept)})
        if len(text.encode()) <= MESSAGE_LIMIT:
            return text
        kept.popitem()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted


def _give_up(sentence: str) -> int:
    _say(sentence)
    _leave(json.dumps({"message": sentence[: MESSAGE_LIMIT // 4]}))
    return contract.COORDINATOR_PERMANENT


def _leave(text: str) -> None:
    print(text, flush=True)
    if TERMINATION_LOG.exists():
        TERMINATION_LOG.write_text(text)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
