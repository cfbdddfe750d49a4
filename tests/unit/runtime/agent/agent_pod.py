"""A pod without a cluster: a folder that stands for its root, and the agent's programs as processes."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import osmoc_runtime
from osmoc_runtime import contract
from osmoc_runtime.agent.pod import Identity, Pod

PROGRAM = Path(osmoc_runtime.__file__).parent / "agent" / "__main__.py"
# Compiled once for all tests.
_CACHE = tempfile.mkdtemp(prefix="osmoc-agent-")
atexit.register(shutil.rmtree, _CACHE, ignore_errors=True)
PYTHON = (sys.executable, "-I", "-S", "-X", f"pycache_prefix={_CACHE}")
PATIENCE = 60.0
"""Seconds after which a test gives up; a loaded machine takes its time."""

PLAIN = contract.TaskPlan(
    contract=contract.CONTRACT,
    workflow="flow",
    task="work",
    job="flow-work-12345678",
    storage=contract.Storage(),
    inputs=(),
    outputs=(),
    checkpoints=(),
    exit=contract.ExitMapping(complete=(), restart=(), restarts=0, zero=0, timed_out=124, aside=()),
    timeout=0.0,
    grace=30.0,
    control=False,
    meeting=(),
)
MARK = "OSMOC_TEST_POD"
"""Stands in the environment of all that a pod folder's programs start, so that it can be found."""
ME = Identity("job-uid", "pod-uid", "work-abcde")

Seen = TypeVar("Seen")


def until(what: str, look: Callable[[], Seen]) -> Seen:
    """What `look` gives, once it gives something true."""
    deadline = time.monotonic() + PATIENCE
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE:.0f} s for {what}")
        time.sleep(0.02)
    return seen


def mapping(**fields: Any) -> contract.ExitMapping:
    return replace(PLAIN.exit, **fields)


@dataclass
class Running:
    """A program of the agent."""

    process: subprocess.Popen[str]
    log: Path

    def end(self) -> int:
        """Wait for its end; gives the exit code."""
        return self.process.wait(PATIENCE)

    def kill(self, number: int = signal.SIGKILL) -> None:
        self.process.send_signal(number)

    def said(self) -> str:
        """What it wrote to standard output and standard error."""
        return self.log.read_text()


@dataclass
class PodFolder:
    """`identity` may change from attempt to attempt."""

    root: Path
    identity: Identity = ME
    started: list[Running] = field(default_factory=list)

    def __post_init__(self) -> None:
        for folder in (contract.INPUT, contract.OUTPUT, contract.RUN, contract.PLAN_FOLDER, "/dev"):
            self.path(folder).mkdir(parents=True)

    @property
    def pod(self) -> Pod:
        return Pod(str(self.root))

    def path(self, absolute: str) -> Path:
        return Path(f"{self.root}{absolute}")

    def plan(self, plan: contract.TaskPlan) -> contract.TaskPlan:
        """Write the plan where osmo-init finds it, and where it leaves it."""
        text = contract.dump(plan)
        self.path(f"{contract.PLAN_FOLDER}/{contract.PLAN_KEY}").write_text(text)
        self.path(contract.PLAN_FILE).write_text(text)
        return plan

    def start(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Running:
        """Start a program of the agent."""
        log = self.root / f"{arguments[0]}-{len(self.started)}.log"
        me = self.identity
        identity = {
            contract.JOB_UID: me.job_uid,
            contract.POD_UID: me.pod_uid,
            contract.POD_NAME: me.pod_name,
            contract.NAMESPACE: "lab",
        }
        with log.open("w") as file:
            process = subprocess.Popen(
                [*PYTHON, str(PROGRAM), "--root", str(self.root), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                text=True,
                env={**os.environ, **identity, MARK: str(self.root), **(environment or {})},
            )
        running = Running(process, log)
        self.started.append(running)
        return running

    def wrapper(self, *command: str, environment: Mapping[str, str] | None = None) -> Running:
        return self.start("wrapper", "--", *command, environment=environment)

    def shell(self, line: str) -> Running:
        return self.wrapper("sh", "-c", line)

    def note(self) -> dict[str, Any]:
        """The termination message that was written last."""
        note: dict[str, Any] = json.loads(self.path("/dev/termination-log").read_text())
        return note

    def stop(self) -> None:
        """Kill what still runs: programs, and commands whose program a test killed and which nobody ends."""
        for running in self.started:
            if running.process.poll() is None:
                running.process.kill()
                running.process.wait()
        mark = f"{MARK}={self.root}\0".encode()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (process / "environ").read_bytes():
                    os.kill(int(process.name), signal.SIGKILL)
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
