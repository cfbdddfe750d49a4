"""The programs of a cluster: started apart from their starter, recorded, and ended by their records alone."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.cluster import cgroups
from tests.e2e.cluster.commands import Word
from tests.e2e.cluster.failures import ClusterError
from tests.e2e.cluster.layout import Layout
from tests.e2e.cluster.waiting import tail, wait_for

# The shell joins the group before it becomes the program, so that no descendant can be born outside of it.
JOIN = 'echo $$ >"$0"/cgroup.procs && exec "$@"'
DEFAULT_SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM, signal.SIGPIPE)


@dataclass(frozen=True, slots=True)
class Process:
    """A running program. A pid alone is given again by the kernel; pid and start time together are not."""

    name: str
    pid: int
    started: str
    log: Path

    def alive(self) -> bool:
        """Tell whether this very process still runs; a zombie does not."""
        # An ended child stays a zombie until its parent, which may be this process, asks for it.
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)
        return self.started != "" and start_time(self.pid) == self.started

    def send(self, number: signal.Signals) -> None:
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait_until(self, what: str, happened: Callable[[], bool]) -> None:
        """Wait for `happened`; ClusterError at once when the program ends before."""

        def answered() -> bool:
            if not self.alive():
                raise ClusterError(f"{self.name} ended before {what}{tail(self.log)}")
            return happened()

        wait_for(f"{self.name}: {what}", answered, log=self.log)


def start_time(pid: int) -> str:
    """Give back when the process began, in the kernel's own count; nothing when it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def enter(namespace: str) -> list[str]:
    """Give back the words before a command that make it run in a network namespace.

    Not `ip netns exec`: that mounts a fresh /sys, which hides the control groups from the kubelet.
    """
    return ["nsenter", f"--net=/run/netns/{namespace}"]


def spawn(
    layout: Layout,
    name: str,
    command: Sequence[Word],
    *,
    namespace: str,
    inherited: int | None = None,
) -> Process:
    """Start a program in a session of its own, with its output in its log, and record it."""
    log = layout.logs / f"{name}.log"
    words = ["/bin/sh", "-c", JOIN, str(cgroups.daemons(layout)), *enter(namespace), *map(str, command)]
    actions: list[tuple[Any, ...]] = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    if inherited is not None:
        actions.append((os.POSIX_SPAWN_DUP2, inherited, 3))
    pid = os.posix_spawn(
        words[0], words, environment(), file_actions=actions, setsid=True, setsigdef=DEFAULT_SIGNALS
    )
    process = Process(name, pid, start_time(pid), log)
    record(layout, process)
    return process


def environment() -> dict[str, str]:
    """Give back the programs' environment: nothing of this process', so no proxies and no secrets."""
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": "C",
    }


def record(layout: Layout, process: Process) -> None:
    path = layout.processes / f"{process.name}.json"
    part = path.with_suffix(".part")
    part.write_text(json.dumps({"pid": process.pid, "started": process.started}))
    part.rename(path)


def recorded(layout: Layout) -> list[Process]:
    """Give back every process that this or an earlier run recorded, running or not."""
    found = []
    for path in sorted(layout.processes.glob("*.json")):
        content = json.loads(path.read_text())
        found.append(Process(path.stem, content["pid"], content["started"], layout.logs / f"{path.stem}.log"))
    return found


def end(processes: Iterable[Process], *, grace: float = 3.0) -> None:
    """Ask all to end, and after `grace` seconds make those end that have not."""
    ending = list(processes)
    for process in ending:
        process.send(signal.SIGTERM)
    deadline = time.monotonic() + grace
    while any(process.alive() for process in ending) and time.monotonic() < deadline:
        time.sleep(0.02)
    for process in ending:
        process.send(signal.SIGKILL)
    wait_for("ending the programs", lambda: not any(process.alive() for process in ending), log=None)
