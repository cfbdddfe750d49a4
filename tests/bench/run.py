"""Measure, and print tables: python -m tests.bench.run [--rounds N] [--largest N] [--keep]"""

from __future__ import annotations

import argparse
import datetime
import math
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench import helm, workloads
from tests.bench.measuring import PASS, Runs, measure, osmoc_program
from tests.bench.workloads import WORKLOADS, Workload

RESULTS = Path(__file__).with_name("results.md")
# `helm template` and osmoc split what they write in the same way.
_DOCUMENTS = b"\n---\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="rounds of short commands")
    parser.add_argument("--largest", type=int, default=10_000, help="tasks of the largest spec")
    parser.add_argument("--keep", action="store_true", help=f"write the tables into {RESULTS.name} as well")
    given = parser.parse_args()
    lines = []
    for line in tables(given.rounds, given.largest):
        print(line, flush=True)
        lines.append(line)
    if given.keep:
        RESULTS.write_text("\n".join(["# The last run of `tests/run bench --keep`", "", *lines, ""]), "utf-8")
    return 0


def tables(rounds: int, largest: int) -> Iterator[str]:
    program = helm.program()
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    today = datetime.datetime.now(datetime.UTC).date()
    yield (
        f"{today}, Python {platform.python_version()}, Helm {helm.VERSION}, {os.cpu_count()} processors, "
        f"load {load}. Processes take turns; times are medians."
    )
    yield from starts(rounds)
    with tempfile.TemporaryDirectory() as folder:
        for workload in WORKLOADS:
            yield from beside_helm(workload, program, largest, Path(folder))


def starts(rounds: int) -> Iterator[str]:
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
    yield from (
        "",
        "## Start-up",
        "",
        "`python -c pass` is 1; in brackets the least of the paired ratios.",
        "",
    )
    yield "| command | processor ms | clock ms | × pass | peak MiB |"
    yield "|---|---:|---:|---:|---:|"
    for name, one in runs.items():
        ratio = f"{one.typical / yardstick.typical:.1f} ({one.ratio(yardstick):.1f})"
        yield row(name, ms(one.typical), ms(one.clock_typical), ratio, mib(one))


def beside_helm(workload: Workload, program: Path, largest: int, folder: Path) -> Iterator[str]:
    """Compiling 100, 1,000 … tasks beside `helm template` of a chart that writes the same.

    Growth 1 is straight proportion, start-up taken off. `each task` is osmoc without stencils: as it compiles
    tasks that are no loop's.
    """
    chart, options = helm.chart(workload, folder), workload.options(folder)
    yield from ("", f"## {workload.name}", "")
    yield (
        "| tasks | Helm clock ms | osmoc clock ms | × Helm | processor ms | × Helm | growth | peak MiB "
        "| × Helm | each task, clock ms | × Helm |"
    )
    yield "|---:|" + "---:|" * 10
    before: float | None = None
    start = measure({"one": compile_command(workload.spec(1, folder), options)}, 3)["one"].typical
    tasks = 100
    while tasks <= largest:
        spec = workload.spec(tasks, folder)
        osmoc = compile_command(spec, options)
        theirs = (str(program), "template", "many", str(chart), "--set", f"count={tasks}")
        require_equal_size(osmoc, theirs)
        runs = measure(
            {"helm": theirs, "osmoc": osmoc, "each": (*osmoc, "--time-passes")}, 5 if tasks <= 1000 else 3
        )
        own, its, each = runs["osmoc"], runs["helm"], runs["each"]
        now = own.typical - start
        growth = f"{math.log10(now / before):.2f}" if before else ""
        yield row(
            f"{tasks:,}",
            ms(its.clock_typical),
            ms(own.clock_typical),
            f"{own.clock_typical / its.clock_typical:.2f}",
            ms(own.typical),
            f"{own.typical / its.typical:.2f}",
            growth,
            mib(own),
            f"{own.peak / its.peak:.2f}",
            ms(each.clock_typical),
            f"{each.clock_typical / its.clock_typical:.2f}",
        )
        before = now
        tasks *= 10


def compile_command(spec: Path, options: Sequence[str]) -> tuple[str, ...]:
    return (*osmoc_program(), "compile", str(spec), *options)


def require_equal_size(*commands: Sequence[str]) -> None:
    """Fails where the commands print different numbers of documents, or texts of different sizes."""
    printed = [subprocess.run(command, capture_output=True, check=True).stdout for command in commands]
    counts = {text.removeprefix(b"---\n").count(_DOCUMENTS) for text in printed}
    sizes = sorted(map(len, printed))
    assert len(counts) == 1, f"numbers of documents: {counts}"
    assert sizes[-1] < 1.05 * sizes[0], f"sizes: {sizes}"


def ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f}"


def mib(runs: Runs) -> str:
    return f"{runs.peak / 1024:.0f}"


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
