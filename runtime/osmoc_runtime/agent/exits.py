"""What is reported of a command's end. Pure; the Job's podFailurePolicy judges what is reported."""

from __future__ import annotations

from collections.abc import Mapping

from osmoc_runtime import contract
from osmoc_runtime.values import dataclass

COMPLETE = "COMPLETE"
RESTART = "RESTART"
INTERRUPTED = "INTERRUPTED"
TIMEOUT = "TIMEOUT"
"""state.py reads this word in the termination message."""
LEAD_ENDED = "LEAD_ENDED"
CONTROL_LOST = "CONTROL_LOST"
MEETING_FAILED = "MEETING_FAILED"


@dataclass(frozen=True, slots=True)
class Ending:
    """The task's end: the command's own code (None where it never ran), the signal that killed it, what is
    reported.

    `action`: what the wrapper made of the code; None where it is reported as it is.
    """

    code: int | None
    signal: str | None
    reported: int
    action: str | None
    message: str = ""

    def note(self, attempts: int) -> Mapping[str, object]:
        """For the termination message. `attempts`: how often the command was started."""
        note: dict[str, object] = {
            "exitCode": self.code,
            "action": self.action,
            "signal": self.signal,
            "reported": self.reported,
        }
        if attempts > 1:
            note["attempts"] = attempts
        if self.message:
            note["message"] = self.message
        return note


def judge(
    mapping: contract.ExitMapping, code: int, *, interrupted: bool, restarts: int
) -> tuple[int, str | None]:
    """What `code` is reported as, and the action; RESTART where the command is to run again.

    `interrupted`: the pod was told to end. Then nothing is success and nothing runs again: a drained pod
    whose command ends with 0 would count as done (reference k8s-mapping, section 1.3). `restarts`: how often
    the command ran again already.
    """
    if code in mapping.restart and not interrupted and restarts < mapping.restarts:
        return code, RESTART
    reported = mapping.reported(code)
    if interrupted and (code == 0 or reported == 0):
        return contract.INTERRUPTED, INTERRUPTED
    if reported == 0:
        return 0, COMPLETE
    return reported, None
