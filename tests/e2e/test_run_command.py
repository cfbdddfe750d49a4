"""`osmoc run` and its companions, as a user types them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.e2e.scenario import Scenario, one_task, terminal, until
from tests.e2e.store import Bucket
from tests.e2e.test_order import diamond, group
from tests.e2e.test_stored_data import checkpoint

SMALL = "defaults: {cpu: null, memory: 64Mi, storage: 64Mi}\nmaxRetries: 1\n"


@pytest.fixture
def small(scenario: Scenario) -> Scenario:
    (scenario.folder / "pool.yaml").write_text(SMALL)
    return scenario


def run(
    scenario: Scenario, spec: str, *options: str, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    path = scenario.spec(spec)
    return scenario.osmoc(
        "run",
        str(path),
        "--pool",
        "pool.yaml",
        "-n",
        scenario.namespace,
        *options,
        check=False,
        timeout=timeout,
    )


def test_run_watches_to_the_end_and_gives_0(small: Scenario) -> None:
    done = run(small, one_task("echo done"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "COMPLETED" in done.stdout and "work" in done.stdout
    assert small.job("work")["metadata"]["labels"]["osmoc.dev/workflow-id"] == "scenario-1"


def test_run_again_takes_the_next_number(small: Scenario) -> None:
    assert run(small, one_task("echo one")).returncode == 0

    assert run(small, one_task("echo one")).returncode == 0

    ids = {job["metadata"]["labels"]["osmoc.dev/workflow-id"] for job in small.get("jobs")}
    assert ids == {"scenario-1", "scenario-2"}


def test_run_of_a_diamond_reports_every_task(small: Scenario, store: Bucket) -> None:
    done = run(small, diamond())

    assert done.returncode == 0, done.stdout + done.stderr
    for task in ("top", "left", "right", "bottom"):
        assert re.search(rf"\b{task}\b.*COMPLETED", done.stdout)


def test_run_of_a_group_ends_with_its_lead(small: Scenario) -> None:
    done = run(small, group("sleep 4", "sleep 600"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"mate .*COMPLETED +its lead ended", done.stdout)


def test_run_of_a_checkpoint_stores_it(small: Scenario, store: Bucket) -> None:
    done = run(small, one_task("echo kept > /work/state", extra=checkpoint(store)))

    assert done.returncode == 0, done.stdout + done.stderr
    assert store.read("saved/work/state") == b"kept\n"


def test_data_that_cannot_be_stored_are_told_with_the_reason(small: Scenario, store: Bucket) -> None:
    store.secret(small, **{"secret-access-key": "not the key"})

    done = run(small, one_task("echo kept > /work/state", extra=checkpoint(store)))

    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"work +FAILED +osmo-(init|ctrl): .*secret-access-key", done.stdout), done.stdout


def test_a_failed_workflow_gives_1_its_code_its_rule_and_its_last_words(small: Scenario) -> None:
    done = run(small, one_task("echo these are the last words; exit 9"))

    assert done.returncode == 1
    assert "FAILED" in done.stdout and "9" in done.stdout
    assert "these are the last words" in done.stdout + done.stderr


def test_interrupted_run_leaves_the_workflow_running_and_says_how_to_come_back(small: Scenario) -> None:
    path = small.spec(one_task("sleep 25; echo still here"))
    process = subprocess.Popen(
        [sys.executable, "-m", "osmoc", "run", str(path), "--pool", "pool.yaml", "-n", small.namespace],
        cwd=small.folder,
        env=os.environ | {"KUBECONFIG": str(small.kubeconfig)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A background job's SIGINT may be ignored, and its children would inherit that.
        preexec_fn=hear_interrupts,
    )
    try:
        small_running(small)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()

    assert process.returncode == 130, output
    assert "osmoc watch scenario-1" in output
    watched = small.osmoc("watch", "scenario-1", "-n", small.namespace, check=False, timeout=200)
    assert watched.returncode == 0, watched.stdout + watched.stderr
    logs = small.osmoc("logs", "scenario-1", "work", "-n", small.namespace)
    assert "still here" in logs.stdout


def hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def small_running(scenario: Scenario) -> None:
    until("the Job", lambda: scenario.get("jobs"))
    scenario.running("work")


def test_cancel_ends_what_runs(small: Scenario) -> None:
    path = small.spec(one_task("sleep 600"))
    small.osmoc("run", str(path), "--pool", "pool.yaml", "-n", small.namespace, "--detach")
    small.running("work")

    small.osmoc("cancel", "scenario-1", "-n", small.namespace)

    until("the Job's end", lambda: all(terminal(job) for job in small.get("jobs")))
    watched = small.osmoc("watch", "scenario-1", "-n", small.namespace, check=False)
    assert watched.returncode == 1
    assert "CANCELED" in watched.stdout


def test_no_cluster_is_one_sentence_and_2(small: Scenario) -> None:
    broken = small.folder / "kubeconfig"
    broken.write_text(small.kubeconfig.read_text().replace("127.0.0.1", "127.0.0.77"))
    small.kubeconfig = broken

    done = run(small, one_task("echo never"))

    assert done.returncode == 2
    assert "Traceback" not in done.stderr and "127.0.0.77" in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 3


def test_a_missing_namespace_is_one_sentence_and_nothing_is_applied(small: Scenario) -> None:
    small.namespace = "no-such-namespace"

    done = run(small, one_task("echo never"))

    assert done.returncode == 2
    assert "no-such-namespace" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_permission_is_one_sentence_and_nothing_is_applied(small: Scenario, powerless: Scenario) -> None:
    done = run(powerless, one_task("echo never"))

    assert done.returncode == 2
    assert (
        "may not" in done.stderr or "forbidden" in done.stderr.lower() or "permission" in done.stderr.lower()
    )
    assert small.get("jobs") == []


def test_a_missing_storage_secret_is_said_before_anything_is_applied(small: Scenario) -> None:
    done = run(small, diamond())

    assert done.returncode == 2
    assert "osmoc-storage" in done.stderr
    assert small.get("jobs") == []
