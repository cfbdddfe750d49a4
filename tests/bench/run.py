"""Measure, and print tables: python -m tests.bench.run [--rounds N] [--largest N]"""

from __future__ import annotations

import argparse
import math
import os
import platform
import sys
import tempfile
from pathlib import Path

from tests.bench import workloads
from tests.bench.measuring import PASS, Runs, measure, osmoc_program


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="rounds of short commands")
    parser.add_argument("--largest", type=int, default=10_000, help="tasks of the largest spec")
    given = parser.parse_args()
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, load {load}\n")
    starts(given.rounds)
    with tempfile.TemporaryDirectory() as folder:
        sizes(given.largest, Path(folder))
    return 0


def starts(rounds: int) -> None:
    """Start-up against `python -c pass`."""
    osmoc, spec = osmoc_program(), str(workloads.SMALLEST)
    runs = measure(
        {
            "python -c pass": PASS,
            "osmoc --version": (*osmoc, "--version"),
            "osmoc --help": (*osmoc, "--help"),
            "osmoc render, smallest example": (*osmoc, "render", spec),
            "osmoc check, smallest example": (*osmoc, "check", spec),
            "osmoc compile, smallest example": (*osmoc, "compile", spec),
        },
        rounds,
    )
    yardstick = runs["python -c pass"]
    print(
        "| command | processor ms | clock ms | × pass, least (median) | peak MiB |\n|---|---:|---:|---:|---:|"
    )
    for name, one in runs.items():
        print(row(name, one, f"{one.ratio(yardstick):.1f} ({one.typical / yardstick.typical:.1f})"))
    print()


def sizes(largest: int, folder: Path) -> None:
    """Compiling 1, 10, 100 … tasks; growth 1 is straight proportion."""
    print("| tasks | processor ms | clock ms | growth | peak MiB |\n|---|---:|---:|---:|---:|")
    before = None
    tasks = 1
    while tasks <= largest:
        command = (*osmoc_program(), "compile", str(workloads.loop(tasks, folder)))
        one = measure({"compile": command}, 5 if tasks <= 1000 else 2)["compile"]
        growth = f"{math.log10(one.typical / before):.2f}" if before and tasks > 100 else ""
        print(row(str(tasks), one, growth))
        before = one.typical
        tasks *= 10


def row(name: str, runs: Runs, value: str) -> str:
    clock = sorted(runs.clock)[len(runs.clock) // 2]
    return f"| {name} | {runs.typical * 1000:.0f} | {clock * 1000:.0f} | {value} | {runs.peak / 1024:.0f} |"


if __name__ == "__main__":
    sys.exit(main())
