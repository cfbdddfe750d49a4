"""The agent in the pod: exit codes, RESTART, timeouts, the `osmo` command, and who may be killed."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.scenario import Json, Scenario, exit_code, one_task, until

ONE_RETRY = "maxRetries: 1\ndefaults: {cpu: 1, memory: 64Mi, storage: 64Mi}\n"


@pytest.mark.parametrize(
    ("command", "actions", "end", "attempts", "code", "reported"),
    [
        ("exit 0", "{COMPLETE: '0', RESCHEDULE: 1-255}", "Complete", 1, 0, 0),
        ("exit 1", "{COMPLETE: '0', RESCHEDULE: 1-255}", "Failed", 2, 1, 1),
        ("exit 0", "{COMPLETE: '0,1-10,16,20'}", "Complete", 1, 0, 0),
        ("exit 1", "{COMPLETE: '0,1-10,16,20'}", "Complete", 1, 1, 0),
        ("exit 10", "{COMPLETE: '0,1-10,16,20'}", "Complete", 1, 10, 0),
        ("exit 16", "{COMPLETE: '0,1-10,16,20'}", "Complete", 1, 16, 0),
        ("exit 20", "{COMPLETE: '0,1-10,16,20'}", "Complete", 1, 20, 0),
        ("exit 21", "{COMPLETE: '0,1-10,16,20'}", "Failed", 1, 21, 21),
        ("exit 137", "{RESCHEDULE: '137'}", "Failed", 2, 137, 137),
        # Kubernetes makes one dollar of two, as it does for the reference.
        ("kill -TERM $$$$", "{FAIL: '143'}", "Failed", 1, 143, 143),
        ("exit 0", "{FAIL: '0'}", "Failed", 1, 0, None),
        ("exit 0", "{RESCHEDULE: '0'}", "Failed", 2, 0, None),
    ],
)
def test_each_exit_code_does_what_its_action_says(
    scenario: Scenario, command: str, actions: str, end: str, attempts: int, code: int, reported: int | None
) -> None:
    (scenario.folder / "pool.yaml").write_text(ONE_RETRY)

    scenario.start(one_task(command, extra=f"    exitActions: {actions}\n"), "--pool", "pool.yaml")

    scenario.expect("work", end)
    assert len(scenario.pods("work")) == attempts
    assert scenario.result("work")["exitCode"] == code, scenario.story("work")
    seen = exit_code(scenario.pods("work")[-1], "work")
    assert seen == reported if reported is not None else seen != 0


def test_restart_runs_the_command_again_in_the_same_container(scenario: Scenario) -> None:
    command = "echo x >> /tmp/runs; echo run $(wc -l < /tmp/runs); [ $(wc -l < /tmp/runs) -ge 3 ] || exit 12"

    scenario.start(one_task(command, extra="    exitActions: {RESTART: 11-20}\n"))

    scenario.expect("work", "Complete")
    assert len(scenario.pods("work")) == 1
    assert [line for line in scenario.logs("work").splitlines() if line.startswith("run ")] == [
        "run 1",
        "run 2",
        "run 3",
    ]


@pytest.mark.parametrize(
    ("image", "patch"),
    [
        ("busybox:1.36", ""),
        ("busybox:1.36", "  securityContext: {runAsUser: 1000, runAsGroup: 1000}\n"),
        ("busybox:1.36", "  containers: [{name: work, securityContext: {readOnlyRootFilesystem: true}}]\n"),
        ("ubuntu:22.04", ""),
    ],
    ids=["busybox", "another user", "read-only root", "debian"],
)
def test_osmo_version_prints_in_any_image(scenario: Scenario, image: str, patch: str) -> None:
    pool = "defaults: {cpu: 1, memory: 64Mi, storage: 64Mi}\n"
    if patch:
        pool += "podTemplate:\n  spec:\n" + "".join(f"  {line}\n" for line in patch.splitlines())
    (scenario.folder / "pool.yaml").write_text(pool)

    scenario.start(one_task("osmo version", image=image), "--pool", "pool.yaml")

    scenario.expect("work", "Complete")
    assert "osmo" in scenario.logs("work").lower()


def test_an_exec_timeout_ends_the_command_and_fails_the_job(scenario: Scenario) -> None:
    spec = one_task("sleep 60", extra="    exitActions: {RESCHEDULE: 1-255}\n").replace(
        "  tasks:\n", "  timeout: {exec_timeout: 4s}\n  tasks:\n"
    )

    scenario.start(spec)

    scenario.expect("work", "Failed")
    assert len(scenario.pods("work")) == 1
    assert "TIMEOUT" in str(scenario.result("work")).upper()


def test_a_task_interrupted_that_ends_with_0_is_no_success(scenario: Scenario) -> None:
    scenario.start(one_task("trap 'exit 0' TERM; sleep 60 & wait"))
    pod = scenario.running("work")
    until("the command's start", lambda: scenario.pods("work"))

    scenario.kubectl("delete", "pod", pod["metadata"]["name"], "--wait=false")

    scenario.expect("work", "Failed")
    assert "143" in scenario.condition("work")["message"]


def test_a_plan_of_another_contract_is_refused_with_both_versions_named(scenario: Scenario) -> None:
    manifests = scenario.compile(one_task("echo never"))
    assert '"contract": 1' in manifests

    scenario.apply(manifests.replace('"contract": 1', '"contract": 99'))

    scenario.expect("work", "Failed")
    said = scenario.message("work", "osmo-init")
    assert "99" in said and "1" in said and "contract" in said
    assert len(scenario.pods("work")) == 1


def test_the_memory_limit_ends_as_137_and_the_job_fails(scenario: Scenario) -> None:
    scenario.start(
        one_task("x=0123456789abcdef; while true; do x=$x$x; done", extra="    exitActions: {FAIL: '137'}\n")
    )

    scenario.expect("work", "Failed")
    assert exit_code(scenario.pods("work")[-1], "work") == 137


@pytest.mark.nodes
def test_a_killed_wrapper_is_a_failed_attempt_that_the_exit_actions_judge(scenario: Scenario) -> None:
    (scenario.folder / "pool.yaml").write_text(ONE_RETRY)
    scenario.start(one_task("sleep 600", extra="    exitActions: {FAIL: '137'}\n"), "--pool", "pool.yaml")
    pod = scenario.running("work")

    kill_container(pod, "work")

    scenario.expect("work", "Failed")
    assert "137" in scenario.condition("work")["message"]


def kill_container(pod: Json, container: str) -> None:
    """SIGKILL the container's first process from outside, as cgroup v2 does to all on a memory kill."""
    uid: str = pod["metadata"]["uid"]
    wrappers = subprocess.run(["pgrep", "-f", "wrapper --"], capture_output=True, text=True).stdout.split()
    for process in (Path("/proc", pid) for pid in wrappers):
        try:
            groups = (process / "cgroup").read_text()
            status = (process / "status").read_text()
        except OSError:
            continue
        first = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[-1] == "1"
        if first and uid in groups.replace("_", "-"):
            os.kill(int(process.name), signal.SIGKILL)
            return
    raise AssertionError(f"no first process of {container} in pod {uid} among {wrappers}")
