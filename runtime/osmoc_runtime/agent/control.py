"""osmo-ctrl: stores a task's checkpoints while it runs, and its last checkpoints and outputs once it ended.

It learns of the end by the wrapper's lock, whatever ended the wrapper. SIGTERM comes to both containers at
once: osmo-ctrl goes on, with the pod's grace as its deadline.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any, TypeVar

from osmoc_runtime import contract
from osmoc_runtime.agent import locks
from osmoc_runtime.agent.checkpoint import NotStored, Saver
from osmoc_runtime.agent.outputs import Entry, Output
from osmoc_runtime.agent.pod import Identity, Log, Pod, identity
from osmoc_runtime.agent.stores import Stores
from osmoc_runtime.agent.walking import FoundFile
from osmoc_runtime.storage.interface import StorageError

START_PATIENCE = 600.0
"""Seconds for the task's container to start; its image was pulled before osmo-ctrl was started."""
TERMINATED_PATIENCE = 2.0
"""The same, once the pod was told to end."""
RESERVE = 5.0
"""Seconds of the pod's grace that are kept for saying what became of the data."""
SHORTEST_PAUSE = 0.1

_T = TypeVar("_T")


def main(pod: Pod) -> int:
    """Run to the task's end; gives the exit code."""
    say = Log("osmo-ctrl")
    # Before all that may fail: the wrapper then sees the lock fall, and waits for nobody.
    locks.hold(pod.path(contract.CONTROL_LOCK))
    try:
        control = Control(pod, pod.plan(), identity(), say)
        return control.run()
    except contract.ContractError as error:
        say(str(error))
        pod.leave({"message": str(error)})
        return contract.INIT_PERMANENT


class Control:
    """One attempt's data."""

    def __init__(self, pod: Pod, plan: contract.TaskPlan, me: Identity, say: Callable[[str], None]) -> None:
        self._pod = pod
        self._plan = plan
        self._me = me
        self._say = say
        self._ended = threading.Event()
        self._terminated_at: float | None = None
        self._failures: list[str] = []
        # Crossed off when their last upload has succeeded or failed: a bug must not pass for either.
        self._unsaved = [entry.path for entry in plan.checkpoints]
        self._savers = [Saver(pod, plan, entry, me=me, say=say) for entry in plan.checkpoints]

    def run(self) -> int:
        """Serve the task; gives the exit code."""
        signal.signal(signal.SIGTERM, self._note_termination)
        # An image may name it as its stop signal.
        signal.signal(signal.SIGINT, self._note_termination)
        locks.announce(self._pod.path(contract.CONTROL_STARTED))
        if not self._await_task():
            message = "the task's container did not start"
            self._say(message)
            self._pod.leave({"message": message})
            return contract.CONTROL_LOST
        threads = [threading.Thread(target=self._keep, args=(saver,), daemon=True) for saver in self._savers]
        for thread in threads:
            thread.start()
        self._await_end()
        self._ended.set()
        for thread in threads:
            thread.join()
        for path in self._unsaved:
            self._failures.append(f"the final checkpoint of {path} was not stored: see the log of osmo-ctrl")
        self._store_outputs()
        code = self._tell()
        if code == 0 and self._plan.meeting:
            self._end_group(self._plan.meeting[0])
        return code

    def _note_termination(self, number: int, frame: FrameType | None) -> None:
        if self._terminated_at is None:
            self._terminated_at = time.monotonic()

    def _await_task(self) -> bool:
        """Whether the wrapper holds its lock, or held it: before that the lock is free for another reason."""
        begun = time.monotonic()
        while not os.path.exists(self._pod.path(contract.TASK_STARTED)):
            now = time.monotonic()
            if now - begun > START_PATIENCE:
                return False
            if self._terminated_at is not None and now - self._terminated_at > TERMINATED_PATIENCE:
                return False
            time.sleep(0.05)
        return True

    def _await_end(self) -> None:
        """In a thread of its own: Python handles signals only while its main thread runs Python."""
        task = locks.Watched(self._pod.path(contract.TASK_LOCK))
        over = threading.Event()

        def watch() -> None:
            task.await_free()
            over.set()

        threading.Thread(target=watch, daemon=True).start()
        while not over.wait(3600):
            pass

    def _keep(self, saver: Saver) -> None:
        """Save one checkpoint again and again, with its frequency between the end of one upload and the start
        of the next, and once more after the task's end.
        """
        while not self._ended.wait(max(SHORTEST_PAUSE, saver.entry.frequency)):
            try:
                saver.save(self._stores().open(saver.entry.url), final=False)
            except (StorageError, NotStored, OSError) as error:
                # The task may live longer than what is wrong; the last upload decides.
                self._say(f"warning: the checkpoint of {saver.entry.path} was not stored: {error}")
        self._try(
            f"the final checkpoint of {saver.entry.path}",
            lambda: saver.save(self._stores().open(saver.entry.url), final=True),
        )
        self._unsaved.remove(saver.entry.path)

    def _store_outputs(self) -> None:
        if not self._plan.outputs:
            return
        succeeded = self._result().get("reported") == 0
        output = Output(self._pod, self._plan, self._me, succeeded, self._say)
        files = self._try("the output", output.files)
        if files is None:
            return
        if not files:
            self._say("no files in the output folder")
        for entry in self._plan.outputs:
            self._try(f"output {_name(entry)}", partial(self._store, output, entry, files))

    def _store(self, output: Output, entry: Entry, files: list[FoundFile]) -> None:
        output.store(entry, files, self._stores())

    def _try(self, what: str, store: Callable[[], _T]) -> _T | None:
        try:
            return store()
        except (StorageError, NotStored, OSError) as error:
            failure = f"{what} was not stored: {error}"
            self._say(failure)
            self._failures.append(failure)
            return None

    def _stores(self) -> Stores:
        """With the credentials of this moment, and the pod's end as the deadline once it is known."""
        terminated = self._terminated_at
        deadline = None if terminated is None else terminated + max(0.0, self._plan.grace - RESERVE)
        return Stores(self._pod, self._plan, deadline)

    def _end_group(self, meeting: contract.Meeting) -> None:
        """Tell the group of its lead's success, which the wrapper left to us."""
        note = self._result()
        if not meeting.leads or note.get("reported") != 0:
            return
        # Threads and sockets: only a group needs them.
        from osmoc_runtime.agent.lead import GOODBYE_PATIENCE, dismiss

        patience = GOODBYE_PATIENCE if self._terminated_at is None else TERMINATED_PATIENCE
        dismiss(meeting, note["gone"], patience, self._say)

    def _result(self) -> dict[str, Any]:
        """The wrapper's note. A wrapper that was killed left none."""
        try:
            with open(self._pod.path(contract.TASK_RESULT), encoding="utf-8") as file:
                note = json.load(file)
        except (OSError, ValueError):
            return {}
        return note if isinstance(note, dict) else {}

    def _tell(self) -> int:
        if self._failures:
            self._pod.leave({"message": "; ".join(self._failures)})
            return contract.DATA_NOT_STORED
        self._say("all data are stored")
        self._pod.leave({"message": "all data are stored"})
        return 0


def _name(entry: Entry) -> str:
    match entry:
        case contract.UrlOutput(url=url):
            return url
        case contract.DatasetOutput(name=name):
            return f"dataset {name}"
        case contract.KpiOutput(path=path):
            return f"KPI {path}"
    return "for other tasks"
