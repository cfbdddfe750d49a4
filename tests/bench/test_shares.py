"""What compiling many tasks costs, part by part: checks are a small share, and it grows as the tasks do."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from osmoc import collector, schemas, yamlwriter
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.driver import Driver
from osmoc.options import Options
from osmoc.pipeline import compile_spec, write_spec
from osmoc.pool import Pool
from tests.bench.workloads import PLAIN, WITH_DATA, Workload

VERIFY, CHECK, GROWTH = 0.10, 0.15, 1.1
POOLS = {PLAIN.name: Pool(cli="never"), WITH_DATA.name: Pool()}


def shares(workload: Workload, folder: Path) -> dict[str, float]:
    """Each pass's part of the time in which a thousand tasks are compiled one by one, and written."""
    taken: dict[str, float] = {}

    def note(name: str, _: object, seconds: float) -> None:
        taken[name] = seconds

    with collector.paused():
        begun = time.perf_counter()
        run = Driver(Diagnostics(), note)
        manifests = compile_spec(workload.spec(1000, folder), Options(), POOLS[workload.name], run)
        for _ in yamlwriter.write(manifest.body for manifest in manifests.objects):
            pass
        whole = time.perf_counter() - begun
    return {name: seconds / whole for name, seconds in taken.items()}


@pytest.mark.parametrize("workload", [PLAIN, WITH_DATA], ids=lambda one: one.name)
def test_checks_are_a_small_share(workload: Workload, tmp_path: Path) -> None:
    # The least of some rounds: whatever else the machine did made the others larger.
    rounds = [shares(workload, tmp_path) for _ in range(5)]

    assert min(one["verify"] for one in rounds) < VERIFY
    assert min(one["check"] for one in rounds) < CHECK


def test_right_specs_cost_no_call_of_cerberus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def called(*_: object) -> None:
        raise AssertionError("Cerberus was asked")

    monkeypatch.setattr(schemas, "judge", called)

    assert shares(PLAIN, tmp_path)


@pytest.mark.parametrize(("observed", "few"), [(False, 1000), (True, 200)], ids=["by stencils", "one by one"])
def test_time_grows_as_the_tasks_do(observed: bool, few: int, tmp_path: Path) -> None:
    def exponent() -> float:
        one, ten = (seconds(count, observed, tmp_path) for count in (few, 10 * few))
        return math.log10(ten / one)

    assert min(exponent() for _ in range(3)) < GROWTH


def seconds(tasks: int, observed: bool, folder: Path) -> float:
    """Processor time of compiling and writing that many tasks."""
    observe: Callable[[str, object, float], None] | None = (lambda *_: None) if observed else None
    path = WITH_DATA.spec(tasks, folder)
    with collector.paused():
        begun = time.process_time()
        for _ in write_spec(path, Options(), Pool(), Driver(Diagnostics(), observe)):
            pass
        return time.process_time() - begun
