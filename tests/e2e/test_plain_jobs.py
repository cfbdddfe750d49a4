"""What Kubernetes alone does with the compiled YAML: `kubectl apply`, and no agent in the pods."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import pytest

from tests.e2e.cluster.kubectl import Kubectl
from tests.e2e.scenario import Scenario, one_task, terminal, until

BARE_POOL = "cli: never\ndefaults: {cpu: 1, memory: 64Mi, storage: 64Mi}\n"

LOOP = """default-values:
  count: 3
workflow:
  name: loop
  tasks:
{% for index in range(count) %}
  - name: part-{{ index }}
    image: busybox:1.36
    command: ["sh", "-c"]
    args: ["echo part {{ index }} of {{ count }}"]
{% endfor %}
"""


@pytest.fixture
def bare(scenario: Scenario) -> Scenario:
    (scenario.folder / "pool.yaml").write_text(BARE_POOL)
    return scenario


def start(scenario: Scenario, spec: str, *options: str, files: dict[str, str | bytes] | None = None) -> str:
    return scenario.start(spec, "--pool", "pool.yaml", *options, files=files)


@pytest.mark.parametrize("count", [3, 5])
def test_a_template_makes_as_many_jobs_as_asked_and_all_complete(bare: Scenario, count: int) -> None:
    start(bare, LOOP, "--set", f"count={count}")

    for index in range(count):
        bare.expect(f"part-{index}", "Complete")
        assert bare.logs(f"part-{index}") == f"part {index} of {count}\n"
    assert len(bare.get("jobs")) == count


def test_files_arrive_byte_for_byte_and_an_executable_one_runs_by_its_path(bare: Scenario) -> None:
    script = "#!/bin/sh\necho run by path: $1\n"
    odd = "a: {{ not jinja }} ${#x}\n\ttab\r\n  trailing \n\nlast line without end"
    binary = bytes(range(256)) * 3
    spec = one_task(
        "sha256sum /data/odd.txt /data/inline.txt /data/bytes.bin && /data/run.sh hello",
        extra="""    files:
    - {path: /data/odd.txt, localpath: odd.txt}
    - {path: /data/run.sh, localpath: run.sh}
    - {path: /data/bytes.bin, localpath: bytes.bin}
    - path: /data/inline.txt
      contents: |
        first
          second
    environment: {LAST: one}
""",
    )

    start(bare, spec, files={"odd.txt": odd, "run.sh": script, "bytes.bin": binary})

    bare.expect("work", "Complete")

    def line(content: bytes, name: str) -> str:
        return f"{hashlib.sha256(content).hexdigest()}  /data/{name}\n"

    assert bare.logs("work") == (
        line(odd.encode(), "odd.txt")
        + line(b"first\n  second\n", "inline.txt")
        + line(binary, "bytes.bin")
        + "run by path: hello\n"
    )


def test_reschedule_tries_again_up_to_its_limit(bare: Scenario) -> None:
    (bare.folder / "pool.yaml").write_text(BARE_POOL + "maxRetries: 1\n")

    start(bare, one_task("exit 3", extra="    exitActions: {RESCHEDULE: 1-255}\n"))

    bare.expect("work", "Failed")
    assert bare.condition("work")["reason"] == "BackoffLimitExceeded"
    assert len(bare.pods("work")) == 2


def test_reschedule_stops_at_success(bare: Scenario) -> None:
    # Attempts fail until a moment that comes well after the first.
    moment = str(int(time.time()) + 12)
    extra = "    files:\n    - {path: /data/from, localpath: from}\n    exitActions: {RESCHEDULE: 1-255}\n"

    start(bare, one_task('[ "$(date +%s)" -ge "$(cat /data/from)" ]', extra=extra), files={"from": moment})

    bare.expect("work", "Complete")
    assert len(bare.pods("work")) > 1


def test_a_code_that_no_action_names_fails_at_once_and_the_condition_names_it(bare: Scenario) -> None:
    start(bare, one_task("exit 7", extra="    exitActions: {RESCHEDULE: 3-5}\n"))

    bare.expect("work", "Failed")
    condition = bare.condition("work")
    assert condition["reason"] == "PodFailurePolicy"
    assert "exit code 7" in condition["message"] and "FailJob rule at index" in condition["message"]
    assert len(bare.pods("work")) == 1


@pytest.mark.nodes
def test_a_drained_pod_comes_back_without_a_retry_being_counted(bare: Scenario, kubectl: Kubectl) -> None:
    (bare.folder / "pool.yaml").write_text(BARE_POOL + "maxRetries: 0\n")
    start(bare, one_task("trap 'exit 1' TERM; sleep 20 & wait"))
    pod = bare.running("work")
    node = pod["spec"]["nodeName"]

    try:
        kubectl("drain", node, "--ignore-daemonsets", "--force", "--delete-emptydir-data", seconds=120)
        until(
            "a pod on the other node",
            lambda: any(one["spec"].get("nodeName") not in (None, node) for one in bare.pods("work")),
        )
    finally:
        kubectl("uncordon", node)

    job = bare.expect("work", "Complete")
    assert job["status"].get("failed", 0) <= 1
    assert job["spec"]["backoffLimit"] == 0


def test_an_excluded_node_never_gets_the_pod(bare: Scenario, nodes: tuple[str, ...]) -> None:
    spec = one_task("echo here").replace("storage: 64Mi}", f"storage: 64Mi, nodesExcluded: [{nodes[0]}]}}")

    start(bare, spec)

    bare.expect("work", "Complete")
    assert [pod["spec"]["nodeName"] for pod in bare.pods("work")] == [nodes[1]]


def test_with_all_nodes_excluded_the_pod_waits(bare: Scenario, nodes: tuple[str, ...]) -> None:
    spec = one_task("echo here").replace(
        "storage: 64Mi}", f"storage: 64Mi, nodesExcluded: [{', '.join(nodes)}]}}"
    )

    start(bare, spec)

    def unschedulable() -> bool:
        return any(
            condition.get("reason") == "Unschedulable"
            for pod in bare.pods("work")
            for condition in pod["status"].get("conditions", [])
        )

    until("the scheduler's word that no node fits", unschedulable)
    assert bare.pods("work")[0]["status"]["phase"] == "Pending"


def test_requests_limits_environment_and_labels_are_as_the_spec_says(bare: Scenario) -> None:
    spec = one_task(
        'echo "$GREETING/$EMPTY/$SWITCH/$EXTRA"',
        extra="    environment: {GREETING: 'good morning', EMPTY: '', SWITCH: true}\n",
    ).replace("  name: scenario\n", "  name: scenario\n  labels: {team: robots}\n")

    start(bare, spec, "--set-env", "EXTRA=a=b", "--label", "cost=low")

    bare.expect("work", "Complete")
    assert bare.logs("work") == "good morning//True/a=b\n"
    (pod,) = bare.pods("work")
    expected = {"cpu": "1", "memory": "64Mi", "ephemeral-storage": "64Mi"}
    assert pod["spec"]["containers"][0]["resources"] == {"limits": expected, "requests": expected}
    labels = pod["metadata"]["labels"]
    assert labels["team"] == "robots" and labels["cost"] == "low"
    assert pod["spec"]["automountServiceAccountToken"] is False


def test_the_same_yaml_applied_again_while_it_runs_restarts_nothing(bare: Scenario) -> None:
    manifests = start(bare, one_task("sleep 6", extra="    environment: {EMPTY: ''}\n"))
    pod = bare.running("work")
    job = bare.job("work")

    again = bare.apply(manifests)

    assert "configured" not in again
    bare.expect("work", "Complete")
    assert bare.job("work")["metadata"]["uid"] == job["metadata"]["uid"]
    assert [one["metadata"]["uid"] for one in bare.pods("work")] == [pod["metadata"]["uid"]]


def test_an_edited_task_alone_runs_again(bare: Scenario) -> None:
    start(bare, LOOP)
    for index in range(3):
        bare.expect(f"part-{index}", "Complete")
    before = {job["metadata"]["name"] for job in bare.get("jobs")}

    start(
        bare, LOOP.replace("echo part {{ index }}", "echo {{ 'new' if index == 1 else 'part' }} {{ index }}")
    )

    until("the new Job's end", lambda: all(terminal(job) for job in bare.get("jobs")))
    after = {job["metadata"]["name"]: job for job in bare.get("jobs")}
    (new,) = after.keys() - before
    assert after[new]["metadata"]["labels"]["osmoc.dev/task"] == "part-1"


@pytest.mark.parametrize(
    "example",
    sorted((Path(__file__).parents[2] / "examples").glob("*/spec.yaml")),
    ids=lambda path: path.parent.name,
)
def test_every_example_passes_a_strict_server_side_dry_run(scenario: Scenario, example: Path) -> None:
    manifests = scenario.osmoc("compile", str(example)).stdout

    said = scenario.kubectl(
        "apply",
        "--server-side",
        "--dry-run=server",
        "--validate=strict",
        "-o",
        "json",
        "-f",
        "-",
        input=manifests,
    )

    assert json.loads(said)
