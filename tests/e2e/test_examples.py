"""Every example, compiled as its README says and applied by kubectl alone, ends as it promises."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.scenario import Scenario
from tests.e2e.store import Bucket

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True)
class Promise:
    """What becomes of an example's tasks, and words of their logs. `stored`: it needs a bucket. `pool`: it
    has one of its own.
    """

    ends: dict[str, str]
    logs: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    stored: bool = False
    pool: bool = False


def complete(*tasks: str) -> dict[str, str]:
    return dict.fromkeys(tasks, "Complete")


PROMISES = {
    "01-hello": Promise(complete("greet"), {"greet": "Hello from "}),
    "02-template": Promise(
        complete(*(f"trial-{i}" for i in range(5))),
        {"trial-4": "trial 4 of 5, rate 2.5"},
        options=("--set", "n_trials=5"),
    ),
    "03-local-files": Promise(
        complete("train", "report"),
        {"train": "128 bytes of weights, the first is 0xfe", "report": "2 names:\nfirst\nsecond"},
    ),
    "04-reschedule": Promise(complete("flaky"), {"flaky": "done"}),
    "05-exit-sets": Promise({"fetch": "Failed"}, options=("--set", "code=64")),
    "06-nodes-excluded": Promise(complete("where")),
    "07-resources": Promise(complete("prepare", "train", "report")),
    "08-environment-labels": Promise(complete("show"), {"show": "yes: it is quoted, world: 20"}),
    "09-checkpoint": Promise(complete("train"), {"train": "step 8"}, stored=True),
    "10-checkpoint-regex": Promise(complete("train"), stored=True),
    "11-osmo-version": Promise(complete("ask"), {"ask": "osmo"}),
    "12-complete-zero": Promise(complete("insist")),
    "13-complete-codes": Promise(complete("evaluate")),
    "14-restart": Promise(complete("warm-up"), {"warm-up": "run 3"}),
    "15-dataset": Promise(complete("collect", "count"), {"count": "3.txt"}, stored=True),
    "16-url": Promise(complete("write", "read"), stored=True),
    "17-task-input": Promise(complete("make", "use"), stored=True),
    "18-serial": Promise(complete("fetch", "train", "evaluate"), {"evaluate": "train "}, stored=True),
    "19-group": Promise(complete("client", "server"), {"client": "hello from the server"}),
    "20-exec-timeout": Promise({"sleep": "Failed"}),
    "21-default-resource": Promise(complete("modest")),
    "22-local-folder": Promise(complete("count"), {"count": "words.txt has 3 words\nwords.txt has 4 words"}),
    "23-groups-topology": Promise(
        complete("first", "second", "listener", "print", "date"),
        dict.fromkeys(("listener", "print"), "greetings from the second"),
        stored=True,
        pool=True,
    ),
}


STORED = [name for name, promise in PROMISES.items() if promise.stored and not promise.pool]


def test_every_example_has_a_promise() -> None:
    assert set(PROMISES) == {path.parent.name for path in EXAMPLES.glob("*/spec.yaml")}


@pytest.mark.parametrize("example", [name for name, promise in PROMISES.items() if not promise.stored])
def test_an_example_ends_as_promised(scenario: Scenario, example: str) -> None:
    promise = PROMISES[example]
    scenario.start(EXAMPLES / example / "spec.yaml", *promise.options)
    check(scenario, promise)


@pytest.mark.nodes
@pytest.mark.parametrize("example", STORED)
def test_an_example_with_data_ends_as_promised(scenario: Scenario, store: Bucket, example: str) -> None:
    promise = PROMISES[example]
    spec = EXAMPLES / example / "spec.yaml"
    bucket = ("--set", f"bucket={store.name}") if "{{ bucket }}" in spec.read_text("utf-8") else ()

    scenario.start(spec, *bucket, *promise.options)

    check(scenario, promise)
    if example == "09-checkpoint":
        assert store.read("checkpoints/train/work/step") == b"8\n"
    if example == "10-checkpoint-regex":
        kept = [key for key in store.keys("checkpoints/regex/work/") if "/.osmo" not in key]
        assert kept == [f"checkpoints/regex/work/model-{step}.ckpt" for step in (1, 2, 3)]


@pytest.mark.nodes
@pytest.mark.usefixtures("racks", "store")
def test_the_example_of_groups_with_a_topology_ends_as_promised(scenario: Scenario) -> None:
    (example,) = [name for name, promise in PROMISES.items() if promise.pool]
    folder = EXAMPLES / example
    scenario.apply(scenario.osmoc("runtime", "install").stdout)

    scenario.start(folder / "spec.yaml", "--pool", str(folder / "pool.yaml"))

    check(scenario, PROMISES[example])
    assert len({pod["spec"]["nodeName"] for name in ("first", "second") for pod in scenario.pods(name)}) == 1


def check(scenario: Scenario, promise: Promise) -> None:
    for task, end in promise.ends.items():
        scenario.expect(task, end, timeout=180)
    for task, words in promise.logs.items():
        assert words in scenario.logs(task), scenario.story(task)
