"""Waiting for what takes a while, with a clear word when it takes too long."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tests.e2e.cluster.failures import ClusterError

# Starts take seconds; the bound is for a machine whose processors are all busy with something else.
PATIENCE = 120.0


def wait_for(what: str, happened: Callable[[], bool], *, log: Path | None, seconds: float = PATIENCE) -> None:
    """Return as soon as `happened` answers true; ClusterError with the tail of `log` when it never does."""
    deadline = time.monotonic() + seconds
    pause = 0.05
    while not happened():
        if time.monotonic() > deadline:
            raise ClusterError(f"{what}: not within {seconds:.0f} s{tail(log)}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)


def tail(log: Path | None, lines: int = 25) -> str:
    """Give back the last lines of `log`, ready to be put behind a sentence; nothing when there are none."""
    if log is None or not log.exists():
        return ""
    last = log.read_text(errors="replace").splitlines()[-lines:]
    return f"\n--- the end of {log}:\n" + "\n".join(last) if last else f"\n--- {log} is empty"
