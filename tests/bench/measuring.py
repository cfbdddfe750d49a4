"""Whole processes, measured one after another in turn, so that a busy moment meets all of them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

PASS = (sys.executable, "-c", "pass")
"""The yardstick of every start."""


@dataclass
class Runs:
    """Seconds of each round: on the clock, and of the processor (user and system)."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    peak: int = 0

    def ratio(self, yardstick: Runs) -> float:
        """The least of the rounds' ratios of processor time: what noise there was made the others larger."""
        return min(mine / its for mine, its in zip(self.processor, yardstick.processor, strict=True))

    @property
    def typical(self) -> float:
        """The median of processor times."""
        return median(self.processor)

    @property
    def clock_typical(self) -> float:
        """The median of times on the clock."""
        return median(self.clock)


def measure(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, Runs]:
    """Each command in each round, in turn, and once before, for byte code. Fails where a command fails."""
    runs = {name: Runs() for name in commands}
    for command in commands.values():
        once(command)
    for _ in range(rounds):
        for name, command in commands.items():
            clock, processor, peak = once(command)
            runs[name].clock.append(clock)
            runs[name].processor.append(processor)
            runs[name].peak = max(runs[name].peak, peak)
    return runs


def once(command: Sequence[str]) -> tuple[float, float, int]:
    """Seconds on the clock, seconds of the processor, peak memory in KiB."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
    }
    nowhere = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    start = time.perf_counter()
    quiet = (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)
    process = os.posix_spawn(command[0], list(command), environment, file_actions=[nowhere, quiet])
    _, status, usage = os.wait4(process, 0)
    clock = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(status)
    assert code == 0, f"{' '.join(command)} gave {code}"
    return clock, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def osmoc_program() -> tuple[str, ...]:
    """The console script of this environment; it must be installed here."""
    script = Path(sys.executable).with_name("osmoc")
    assert script.exists(), f"osmoc is not installed beside {sys.executable}"
    return (sys.executable, str(script))
