"""Process 1 of the task's container: runs the user's command, and ends as the spec's exit actions say.

It holds contract.TASK_LOCK for as long as it lives, by which osmo-ctrl learns of the task's end, and watches
osmo-ctrl's in turn: no task runs unprotected.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import stat
import time
from typing import TYPE_CHECKING, NoReturn

from osmoc_runtime import contract
from osmoc_runtime.agent import locks
from osmoc_runtime.agent.alarms import ENDING, FORWARDED, Alarms
from osmoc_runtime.agent.command import Ended, Process, Refused, kill_all, offer_osmo, start
from osmoc_runtime.agent.exits import (
    CONTROL_LOST,
    LEAD_ENDED,
    MEETING_FAILED,
    RESTART,
    TIMEOUT,
    Ending,
    judge,
)
from osmoc_runtime.agent.exits import INTERRUPTED as INTERRUPTED_ACTION
from osmoc_runtime.agent.pod import Log, Pod

if TYPE_CHECKING:
    from osmoc_runtime.agent.meeting import Party

CONTROL_PATIENCE = 600.0
"""Seconds for osmo-ctrl to start: its image is pulled already, by osmo-init."""
CONTROL_GONE = 1.0
"""Seconds for which its lock, once made, may be free before it says that it is ready."""
CONTROL_INTERVAL = 0.5
"""Seconds between looks at osmo-ctrl's lock."""
COMMAND_GRACE = 30.0
"""Seconds at most between SIGTERM and SIGKILL for the command, where osmo-ctrl needs the rest of the pod's
grace, and where it is the wrapper that ends the command.
"""
LONGEST_PAUSE = 10.0
"""Seconds at most before a RESTART."""


class Over(Exception):
    """The task is over."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending)
        self.ending = ending


def main(pod: Pod, command: list[str]) -> int:
    """Run the command to its end; gives what the container's exit code is to be."""
    alarms = Alarms()
    offer_osmo()
    locks.hold(pod.path(contract.TASK_LOCK))
    locks.announce(pod.path(contract.TASK_STARTED))
    task = Task(pod, pod.plan(), command, alarms)
    try:
        task.run()
    except Over as over:
        ending = over.ending
    kill_all()
    task.finish(ending)
    return ending.reported


class Task:
    """One attempt of the task."""

    def __init__(self, pod: Pod, plan: contract.TaskPlan, command: list[str], alarms: Alarms) -> None:
        self._pod = pod
        self._plan = plan
        self._command = command
        self._alarms = alarms
        self._say = Log("osmo")
        self._control: locks.Watched | None = None
        self._meeting: Party | None = None
        if plan.meeting:
            # Threads and sockets: only a group needs them.
            from osmoc_runtime.agent.meeting import join

            over_file = pod.path(contract.OVER_FILE)
            self._meeting = join(plan.meeting[0], over_file, alarms.call, self._say)
        self._starts = 0
        self._interrupted = False
        self._timeout_at: float | None = None
        self._kill_at: float | None = None
        self._cause: str | None = None
        self._message = ""
        grace = plan.grace / 2 if plan.control else plan.grace
        self._grace = min(COMMAND_GRACE, grace)

    def run(self) -> None:
        """Run the command, as often as RESTART says. Ends with Over, always."""
        if self._plan.control:
            self._await_control()
        if self._meeting is not None:
            self._await_members()
        if self._plan.timeout > 0:
            self._timeout_at = time.monotonic() + self._plan.timeout
        while True:
            started = start(self._command)
            self._starts += 1
            if isinstance(started, Refused):
                self._say(started.message)
                self._judge(Ended(started.code, None), started.message)
            else:
                self._judge(self._attend(started), "")
            self._pause(min(LONGEST_PAUSE, 0.1 * 2**self._starts))

    def finish(self, ending: Ending) -> None:
        """Tell everybody: osmo-ctrl, whoever reads the pod's status, and the group."""
        note = ending.note(self._starts)
        gone = sorted(self._meeting.gone) if self._meeting is not None else []
        path = self._pod.path(contract.TASK_RESULT)
        with contextlib.suppress(OSError):
            with open(f"{path}.part", "w", encoding="utf-8") as file:
                json.dump({**note, "gone": gone}, file)
            os.replace(f"{path}.part", path)
        output = self._pod.path(contract.OUTPUT)
        # osmo-ctrl may be another user; the folder may be another's.
        with contextlib.suppress(OSError):
            os.chmod(output, stat.S_IMODE(os.stat(output).st_mode) | 0o555)
        self._pod.leave(note)
        # A lead's data belong to its success: osmo-ctrl tells of that once they are stored.
        if self._meeting is not None and not (self._plan.control and self._plan.meeting[0].leads):
            self._meeting.leave(ending)

    def _await_control(self) -> None:
        """Until osmo-ctrl is ready, which it says while it holds its lock."""
        begun = time.monotonic()
        free_since: float | None = None
        lock: locks.Watched | None = None
        while not os.path.exists(self._pod.path(contract.CONTROL_STARTED)):
            now = time.monotonic()
            if lock is None and os.path.exists(self._pod.path(contract.CONTROL_LOCK)):
                lock = locks.Watched(self._pod.path(contract.CONTROL_LOCK))
            free_since = (free_since or now) if lock is not None and lock.is_free() else None
            if free_since is not None and now - free_since > CONTROL_GONE:
                self._end(CONTROL_LOST, contract.CONTROL_LOST, "osmo-ctrl failed at its start")
            if now - begun > CONTROL_PATIENCE:
                self._end(CONTROL_LOST, contract.CONTROL_LOST, "osmo-ctrl did not start")
            self._idle(0.05)
        self._control = lock or locks.Watched(self._pod.path(contract.CONTROL_LOCK))
        # It may have ended already.
        self._idle(0)

    def _await_members(self) -> None:
        assert self._meeting is not None
        while True:
            if self._meeting.failure:
                self._end(MEETING_FAILED, contract.CONTROL_LOST, self._meeting.failure)
            if self._meeting.lead_ended:
                self._end(LEAD_ENDED, 0, "the group's lead ended before this command started")
            if self._meeting.ready:
                return
            self._idle(CONTROL_INTERVAL)

    def _idle(self, seconds: float) -> None:
        """Wait while no command runs."""
        for number in self._alarms.wait(seconds):
            if number in ENDING:
                self._end(
                    INTERRUPTED_ACTION, contract.INTERRUPTED, "the pod was ended before the command started"
                )
        if self._control is not None and self._control.is_free():
            self._end(CONTROL_LOST, contract.CONTROL_LOST, "osmo-ctrl ended before the command started")

    def _end(self, action: str, reported: int, message: str) -> NoReturn:
        self._say(message)
        raise Over(Ending(None, None, reported, action, message))

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._idle(min(left, CONTROL_INTERVAL))

    def _attend(self, process: Process) -> Ended:
        """Wait for the command's end, passing signals on and ending it where it must end."""
        while True:
            self._check(process)
            ended = None
            for number in self._alarms.wait(self._until_next()):
                if number == signal.SIGCHLD:
                    ended = process.reap() or ended
                elif number in FORWARDED:
                    self._forward(process, number)
            if ended is not None:
                # What it left in its group would be in the way of a further run.
                process.send(signal.SIGKILL)
                return ended

    def _forward(self, process: Process, number: int) -> None:
        process.send(number)
        if number in ENDING:
            self._interrupted = True
            if self._plan.control:
                self._kill_within_grace()

    def _until_next(self) -> float | None:
        moments = [at for at in (self._timeout_at, self._kill_at) if at is not None]
        waits = [max(0.0, at - time.monotonic()) for at in moments]
        if self._control is not None:
            waits.append(CONTROL_INTERVAL)
        return min(waits, default=None)

    def _check(self, process: Process) -> None:
        now = time.monotonic()
        if self._kill_at is not None and now >= self._kill_at:
            self._say(f"the command did not end within {self._grace:.0f} s of SIGTERM: killed")
            process.send(signal.SIGKILL)
            self._kill_at = None
        if self._cause is not None:
            return
        if self._timeout_at is not None and now >= self._timeout_at:
            self._timeout_at = None
            self._terminate(
                process, TIMEOUT, f"the command ran longer than its limit of {self._plan.timeout:.0f} s"
            )
        elif self._control is not None and self._control.is_free():
            self._control = None
            self._terminate(
                process, CONTROL_LOST, "osmo-ctrl ended: the task's data could not be stored any more"
            )
        elif self._meeting is not None and self._meeting.lead_ended:
            self._terminate(process, LEAD_ENDED, "the group's lead ended, and with it the group")

    def _terminate(self, process: Process, cause: str, message: str) -> None:
        self._say(f"{message}: the command is ended")
        self._cause = cause
        self._message = message
        process.send(signal.SIGTERM)
        self._kill_within_grace()

    def _kill_within_grace(self) -> None:
        if self._kill_at is None:
            self._kill_at = time.monotonic() + self._grace

    def _judge(self, ended: Ended, message: str) -> None:
        """Raise Over, or return where the command is to run again."""
        reported_for = {
            TIMEOUT: self._plan.exit.timed_out,
            CONTROL_LOST: contract.CONTROL_LOST,
            LEAD_ENDED: 0,
        }
        if self._cause is not None:
            reported = reported_for[self._cause]
            raise Over(Ending(ended.code, ended.signal, reported, self._cause, self._message))
        reported, action = judge(
            self._plan.exit, ended.code, interrupted=self._interrupted, restarts=self._starts - 1
        )
        if action != RESTART:
            raise Over(Ending(ended.code, ended.signal, reported, action, message))
        self._say(
            f"exit code {ended.code}: the command runs again ({self._starts} of {self._plan.exit.restarts})"
        )
