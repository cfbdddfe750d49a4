"""The task's command as a process of its own session: found, started, signalled, reaped."""

from __future__ import annotations

import contextlib
import os
import signal
import time

from osmoc_runtime import agent_commands
from osmoc_runtime.values import dataclass

NOT_EXECUTABLE = 126
NOT_FOUND = 127
"""As shells say it."""
DYING_PATIENCE = 5.0
"""Seconds for killed processes to be gone; one that waits for a broken disk never is."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The command could not be started."""

    code: int
    message: str


@dataclass(frozen=True, slots=True)
class Ended:
    """`code`: 128 + the signal's number where a signal killed it."""

    code: int
    signal: str | None


class Process:
    """The running command. No shell, and the container's own standard streams."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def send(self, number: int) -> None:
        """A signal for the command and all that it started and that has not left its process group."""
        # Gone, or another user's: the command may have changed its own.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def reap(self) -> Ended | None:
        """Bury every dead child; the command's own end, once it is among them.

        As process 1 the wrapper inherits every orphan of the container.
        """
        ended = None
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return ended
            if pid == 0:
                return ended
            if pid == self.pid:
                ended = _ended(status)


def _ended(status: int) -> Ended:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return Ended(code, None)
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return Ended(128 - code, name)


def offer_osmo() -> None:
    """Put the folder of `osmo` at the end of PATH."""
    os.environ["PATH"] = f"{os.environ.get('PATH') or os.defpath}:{agent_commands.COMMAND_FOLDER}"


def start(argv: list[str]) -> Process | Refused:
    """Start the command, looked up in PATH as `execvp` does."""
    program = _find(argv[0])
    if isinstance(program, Refused):
        return program
    if program == f"{agent_commands.COMMAND_FOLDER}/osmo":
        # A shell script; the image may have no shell.
        argv = [*agent_commands.TREE_PYTHON, "osmo", *argv[1:]]
        program = argv[0]
    try:
        # Python ignores these two; the command must find them as any program does.
        defaults = (signal.SIGPIPE, signal.SIGXFSZ)
        pid = os.posix_spawn(program, argv, os.environ, setsid=True, setsigmask=(), setsigdef=defaults)
    except FileNotFoundError:
        return Refused(NOT_FOUND, f"`{program}` names an interpreter that the image does not have")
    except OSError as error:
        return Refused(NOT_EXECUTABLE, f"`{program}` cannot be executed: {error.strerror}")
    return Process(pid)


def _find(name: str) -> str | Refused:
    if "/" in name:
        if os.path.exists(name):
            return name
        return Refused(NOT_FOUND, f"`{name}` does not exist in the image")
    refused = Refused(NOT_FOUND, f"`{name}` is not in PATH ({os.environ['PATH']})")
    for folder in os.environ["PATH"].split(":"):
        path = os.path.join(folder or ".", name)
        if os.path.isfile(path):
            if os.access(path, os.X_OK):
                return path
            refused = Refused(NOT_EXECUTABLE, f"`{path}` is not executable")
    return refused


def kill_all() -> None:
    """As process 1 end all that is left in the container, so that nothing writes any more once the lock
    falls: the kernel would let go of the lock before it killed them.
    """
    if os.getpid() != 1:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(-1, signal.SIGKILL)
    deadline = time.monotonic() + DYING_PATIENCE
    while time.monotonic() < deadline:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            time.sleep(0.005)
