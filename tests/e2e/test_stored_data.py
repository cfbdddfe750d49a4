"""Data that must not be lost: checkpoints, outputs and inputs on a real S3 server, whatever ends the task."""

from __future__ import annotations

import pytest

from tests.e2e.cluster.kubectl import Kubectl
from tests.e2e.scenario import Scenario, exit_code, one_task, until
from tests.e2e.store import Bucket
from tests.e2e.test_agent import kill_container

RETRIES = "maxRetries: 2\ndefaults: {cpu: 1, memory: 64Mi, storage: 64Mi}\n"


def checkpoint(
    store: Bucket, *, path: str = "/work", frequency: str = "1s", regex: str = "", folder: str = "saved"
) -> str:
    line = f"    - {{path: {path}, url: 's3://{store.name}/{folder}', frequency: {frequency}"
    return "    checkpoint:\n" + line + (f", regex: '{regex}'" if regex else "") + "}\n"


def test_a_checkpoint_arrives_while_the_task_runs_and_the_last_file_after_it(
    scenario: Scenario, store: Bucket
) -> None:
    command = "echo early > /work/early.txt; sleep 12; echo late > /work/late.txt"

    scenario.start(one_task(command, extra=checkpoint(store)))

    scenario.running("work")
    until("the early file", lambda: store.read("saved/work/early.txt") == b"early\n")
    assert "Complete" not in str(scenario.job("work")["status"].get("conditions", []))
    assert store.read("saved/work/late.txt") is None
    scenario.expect("work", "Complete")
    assert store.read("saved/work/late.txt") == b"late\n"


def test_a_regex_chooses_what_is_saved(scenario: Scenario, store: Bucket) -> None:
    command = "echo a > /work/model.bin; echo b > /work/notes.txt; sleep 3"

    scenario.start(one_task(command, extra=checkpoint(store, regex=r".*\.bin")))

    scenario.expect("work", "Complete")
    assert [key for key in store.keys("saved/") if "/.osmo" not in key] == ["saved/work/model.bin"]


@pytest.mark.parametrize("ended_by", ["memory limit", "killed wrapper", "deleted pod", "failure"])
@pytest.mark.nodes
def test_the_final_checkpoint_is_there_whatever_ended_the_task(
    scenario: Scenario, store: Bucket, ended_by: str
) -> None:
    command = "echo kept > /work/state.txt; while [ ! -e /work/go ]; do sleep 0.2; done; "
    command += "echo last > /work/last.txt; "
    command += {
        "memory limit": "x=0123456789abcdef; while true; do x=$x$x; done",
        "killed wrapper": "sleep 600",
        "deleted pod": "sleep 600",
        "failure": "exit 9",
    }[ended_by]
    scenario.start(
        one_task(command, extra=checkpoint(store, frequency="1h") + "    exitActions: {FAIL: 1-255}\n")
    )
    pod = scenario.running("work")
    name = pod["metadata"]["name"]
    assert store.keys("saved/") == []

    scenario.kubectl("exec", name, "-c", "work", "--", "touch", "/work/go")
    until(
        "the last file",
        lambda: (
            "last" in scenario.kubectl("exec", name, "-c", "work", "--", "ls", "/work")
            if ended_by in ("killed wrapper", "deleted pod")
            else True
        ),
    )
    if ended_by == "killed wrapper":
        kill_container(pod, "work")
    if ended_by == "deleted pod":
        scenario.kubectl("delete", "pod", name, "--wait=false")

    scenario.expect("work", "Failed")
    assert store.read("saved/work/last.txt") == b"last\n"


COUNTING = (
    "umask 077; echo attempt >> /work/attempts; echo secret > /work/private; "
    "echo attempts: $(wc -l < /work/attempts) as $(id -u) $(stat -c '%u %a' /work/private); "
)


def as_user_1000(scenario: Scenario) -> tuple[str, str]:
    pool = (
        RETRIES
        + "podTemplate:\n  spec:\n    containers:\n    - {name: work, securityContext: {runAsUser: 1000}}\n"
    )
    (scenario.folder / "pool.yaml").write_text(pool)
    return "--pool", "pool.yaml"


def test_a_further_attempt_finds_its_checkpoint_with_owner_and_mode(
    scenario: Scenario, store: Bucket
) -> None:
    command = COUNTING + "[ $(wc -l < /work/attempts) -ge 2 ] || exit 5"
    options = as_user_1000(scenario)

    scenario.start(
        one_task(command, extra=checkpoint(store) + "    exitActions: {RESCHEDULE: 1-255}\n"), *options
    )

    scenario.expect("work", "Complete", timeout=180)
    assert "attempts: 2 as 1000 1000 600" in scenario.logs("work")


def test_a_deleted_pod_s_successor_finds_what_it_left(scenario: Scenario, store: Bucket) -> None:
    command = COUNTING + "[ $(wc -l < /work/attempts) -ge 2 ] || sleep 600"
    options = as_user_1000(scenario)
    scenario.start(
        one_task(command, extra=checkpoint(store, frequency="1h") + "    exitActions: {RESCHEDULE: 1-255}\n"),
        *options,
    )
    pod = scenario.running("work")
    until("the first attempt's words", lambda: "attempts: 1" in scenario.logs("work"))

    scenario.kubectl("delete", "pod", pod["metadata"]["name"], "--wait=false")

    scenario.expect("work", "Complete", timeout=180)
    assert "attempts: 2" in scenario.logs("work")


@pytest.mark.nodes
def test_a_drained_node_s_pod_goes_on_elsewhere_from_its_checkpoint(
    scenario: Scenario, store: Bucket, kubectl: Kubectl
) -> None:
    command = COUNTING + "[ $(wc -l < /work/attempts) -ge 2 ] || sleep 600"
    options = as_user_1000(scenario)
    scenario.start(one_task(command, extra=checkpoint(store, frequency="1h")), *options)
    pod = scenario.running("work")
    node = pod["spec"]["nodeName"]
    until("the first attempt's words", lambda: "attempts: 1" in scenario.logs("work"))

    try:
        kubectl("drain", node, "--ignore-daemonsets", "--force", "--delete-emptydir-data", seconds=180)
        scenario.expect("work", "Complete", timeout=180)
    finally:
        kubectl("uncordon", node)

    assert "attempts: 2" in scenario.logs("work")
    assert scenario.pods("work")[-1]["spec"]["nodeName"] != node


@pytest.mark.parametrize("wrong", ["key", "bucket"])
def test_with_wrong_credentials_nothing_is_called_complete(
    scenario: Scenario, store: Bucket, wrong: str
) -> None:
    if wrong == "key":
        store.secret(scenario, **{"secret-access-key": "not the key"})
    extra = (
        checkpoint(store) if wrong == "key" else checkpoint(store).replace(store.name, "no-such-bucket-here")
    )

    scenario.start(one_task("echo data > /work/x", extra=extra + "    exitActions: {RESCHEDULE: 1-255}\n"))

    scenario.expect("work", "Failed")
    assert len(scenario.pods("work")) == 1, scenario.story("work")
    said = scenario.message("work", "osmo-ctrl") + scenario.message("work", "osmo-init")
    assert (
        ("no-such-bucket-here" in said)
        if wrong == "bucket"
        else ("key" in said.lower() or "signature" in said.lower())
    )


def test_a_missing_storage_secret_is_a_sentence(scenario: Scenario) -> None:
    spec = one_task("echo hi > {{output}}/x", extra="    outputs:\n    - dataset: {name: things}\n")

    scenario.start(spec)

    scenario.expect("work", "Failed")
    assert "osmoc-storage" in scenario.message("work", "osmo-init") + scenario.message("work", "osmo-ctrl")
    assert len(scenario.pods("work")) == 1


def test_url_inputs_and_outputs_move(scenario: Scenario, store: Bucket) -> None:
    store.write("incoming/a/one.txt", b"one\n")
    store.write("incoming/two.bin", b"\x00\x01")
    command = "cd {{input:0}} && cat a/one.txt && wc -c < two.bin && cp -r . {{output}}/ "
    command += "&& echo more > {{output}}/more.txt"
    extra = (
        f"    inputs:\n    - url: s3://{store.name}/incoming\n"
        f"    outputs:\n    - url: s3://{store.name}/outgoing\n"
    )

    scenario.start(one_task(command, extra=extra))

    scenario.expect("work", "Complete")
    assert scenario.logs("work").splitlines()[-2:] == ["one", "2"]
    assert store.read("outgoing/a/one.txt") == b"one\n"
    assert store.read("outgoing/more.txt") == b"more\n"


def test_a_dataset_goes_from_one_workflow_to_another(scenario: Scenario, store: Bucket) -> None:
    scenario.start(
        one_task(
            "echo first > {{output}}/data.txt",
            name="make",
            extra="    outputs:\n    - dataset: {name: things}\n",
        )
    )
    scenario.expect("make", "Complete")

    scenario.start(
        one_task(
            "cat {{input:0}}/data.txt", name="take", extra="    inputs:\n    - dataset: {name: things}\n"
        ),
        "--id",
        "reader",
    )

    scenario.expect("take", "Complete")
    assert scenario.logs("take") == "first\n"


def test_data_that_cannot_be_stored_fail_the_job_with_73(scenario: Scenario, store: Bucket) -> None:
    command = "echo x > /work/a; while [ ! -e /work/go ]; do sleep 0.2; done"
    scenario.start(one_task(command, extra=checkpoint(store, frequency="1h")))
    pod = scenario.running("work")

    store.remove()
    scenario.kubectl("exec", pod["metadata"]["name"], "-c", "work", "--", "touch", "/work/go")

    scenario.expect("work", "Failed", timeout=200)
    assert "exit code 73" in scenario.condition("work")["message"]
    assert exit_code(scenario.pods("work")[-1], "work") == 0
