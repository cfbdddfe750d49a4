"""A command that people call all day starts at once: the budgets, in times of `python -c pass`."""

from __future__ import annotations

from tests.bench.measuring import PASS, measure, osmoc_program
from tests.bench.workloads import SMALLEST

VERSION, COMPILE = 1.5, 14.0


def test_starts_stay_within_their_budgets() -> None:
    seen = ratios(7)
    if over(seen):
        # One busy minute must not fail it.
        seen = ratios(14)
    assert not over(seen), f"in times of `python -c pass`: {seen}"


def ratios(rounds: int) -> tuple[float, float]:
    osmoc = osmoc_program()
    runs = measure(
        {"pass": PASS, "version": (*osmoc, "--version"), "compile": (*osmoc, "compile", str(SMALLEST))},
        rounds,
    )
    return runs["version"].ratio(runs["pass"]), runs["compile"].ratio(runs["pass"])


def over(seen: tuple[float, float]) -> bool:
    return seen[0] > VERSION or seen[1] > COMPILE
