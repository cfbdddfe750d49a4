"""Work and manifests grow as the spec does. Counted, not timed: calls of functions, and bytes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.driver import Driver
from osmoc.options import Options
from osmoc.pipeline import write_spec
from osmoc.pool import Pool

FEW, MANY = 60, 240
MOST = 1.3 * MANY / FEW
"""Were anything done for each pair, it would be sixteen times as much."""

TASK = "image: busybox:1.36, command: [ls]"


def tasks(number: int, fields: Callable[[int], str]) -> str:
    return "  tasks:\n" + "".join(f"  - {{name: t{i}, {TASK}{fields(i)}}}\n" for i in range(number))


def one_task(field: str, number: int, item: Callable[[int], str], ends: str = "[]") -> str:
    items = ", ".join(map(item, range(number)))
    return f"  tasks:\n  - {{name: t, {TASK}, {field}: {ends[0]}{items}{ends[1]}}}\n"


def groups(number: int, fields: Callable[[int], str]) -> str:
    lines = [
        f"  - name: g{i}\n    tasks:\n    - {{name: a{i}, lead: true, {TASK}}}\n"
        f"    - {{name: b{i}, {TASK}{fields(i)}}}\n"
        for i in range(number)
    ]
    return "  groups:\n" + "".join(lines)


def one_group(number: int) -> str:
    leads = ("lead: true", *["lead: false"] * (number - 1))
    return "  groups:\n  - name: g\n    tasks:\n" + "".join(
        f"    - {{name: t{i}, {lead}, image: b, command: [ls, '{{{{host:t0}}}}']}}\n"
        for i, lead in enumerate(leads)
    )


SHAPES: dict[str, Callable[[int], str]] = {
    "tasks": lambda n: tasks(n, lambda i: f", environment: {{V{i}: x}}"),
    "a chain": lambda n: tasks(n, lambda i: f", inputs: [{{task: t{i - 1}}}]" if i else ""),
    "all after one": lambda n: tasks(n, lambda i: ", inputs: [{task: t0}]" if i else ""),
    "files of a task": lambda n: one_task("files", n, lambda i: f"{{path: /d/{i}, contents: 'c{i}'}}"),
    "variables": lambda n: one_task("environment", n, lambda i: f"V{i}: x", "{}"),
    "inputs": lambda n: one_task("inputs", n, lambda i: f"{{url: 's3://b/{i}'}}"),
    "outputs": lambda n: one_task("outputs", n, lambda i: f"{{url: 's3://b/{i}'}}"),
    "credentials": lambda n: one_task("credentials", n, lambda i: f"c{i}: /m/{i}", "{}"),
    "arguments": lambda n: one_task("args", n, lambda i: f"'{{{{output}}}}/{i}'"),
    "a group": one_group,
    "groups": lambda n: groups(n, lambda _: ""),
    "groups one after another": lambda n: groups(n, lambda i: f", inputs: [{{task: a{i - 1}}}]" if i else ""),
    "groups that speak": lambda n: groups(n, lambda i: f", args: ['{{{{host:a{(i + 1) % n}}}}}']"),
}


def cost(text: str, folder: Path) -> tuple[int, int]:
    """Calls of functions, and bytes of manifests."""
    spec = folder / "spec.yaml"
    spec.write_text("workflow:\n  name: w\n" + text)
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        written = sum(map(len, write_spec(spec, Options(), Pool(), Driver(Diagnostics()))))
    finally:
        sys.setprofile(None)
    return calls, written


@pytest.mark.parametrize("shape", SHAPES)
def test_four_times_as_much_costs_four_times_as_much(shape: str, tmp_path: Path) -> None:
    cost(SHAPES[shape](2), tmp_path)  # what is done once in a process is done now

    (few_calls, few_bytes), (calls, bytes_) = (cost(SHAPES[shape](n), tmp_path) for n in (FEW, MANY))

    assert calls < MOST * few_calls
    assert bytes_ < MOST * few_bytes
