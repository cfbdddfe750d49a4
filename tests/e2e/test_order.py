"""Tasks after tasks and tasks together: gates, failures downstream, groups, and a killed coordinator."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from tests.e2e.cluster.kubectl import Kubectl
from tests.e2e.scenario import Json, Scenario, terminal, until
from tests.e2e.store import Bucket

SMALL = "  resources:\n    default: {memory: 64Mi, storage: 64Mi}\n"


def task(name: str, command: str, *inputs: str, extra: str = "") -> str:
    text = f"  - name: {name}\n    image: busybox:1.36\n"
    text += f'    command: ["sh", "-c"]\n    args: [{json.dumps(command)}]\n'
    if inputs:
        text += "    inputs:\n" + "".join(f"    - task: {one}\n" for one in inputs)
    return text + extra


def diamond(middle: str = "cat {{input:0}}/x > {{output}}/x") -> str:
    return (
        "workflow:\n  name: diamond\n"
        + SMALL
        + "  tasks:\n"
        + task("top", "echo top > {{output}}/x")
        + task("left", middle, "top")
        + task("right", "cat {{input:0}}/x > {{output}}/x", "top")
        + task("bottom", "cat {{input:0}}/x {{input:1}}/x", "left", "right")
    )


@pytest.fixture
def small(scenario: Scenario, store: Bucket) -> Scenario:
    (scenario.folder / "pool.yaml").write_text(
        "defaults: {cpu: null, memory: 64Mi, storage: 64Mi}\nmaxRetries: 2\n"
    )
    return scenario


def start(scenario: Scenario, spec: str, *options: str) -> str:
    return scenario.start(spec, "--pool", "pool.yaml", *options)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def started(pod: Json) -> datetime:
    return moment(
        next(
            (one["state"].get("running") or one["state"]["terminated"])["startedAt"]
            for one in pod["status"]["containerStatuses"]
            if one["name"] != "osmo-ctrl"
        )
    )


def completed(scenario: Scenario, name: str) -> datetime:
    return moment(scenario.job(name)["status"]["completionTime"])


def coordinator(scenario: Scenario) -> Json:
    (job,) = [
        job
        for job in scenario.get("jobs")
        if job["metadata"]["labels"]["app.kubernetes.io/component"] == "coordinator"
    ]
    return job


def coordinator_pods(scenario: Scenario) -> list[Json]:
    return [
        pod
        for pod in scenario.get("pods")
        if pod["metadata"]["labels"]["app.kubernetes.io/component"] == "coordinator"
    ]


def fate(scenario: Scenario, timeout: float = 180) -> str:
    """How the coordinator's Job ended: that is the workflow's fate."""
    ended: str = until("the coordinator's end", lambda: terminal(coordinator(scenario)), timeout)
    return ended


def test_a_diamond_runs_in_order(small: Scenario) -> None:
    start(small, diamond())

    small.expect("bottom", "Complete", timeout=240)
    assert small.logs("bottom") == "top\ntop\n"
    for later, earlier in (("left", "top"), ("right", "top"), ("bottom", "left"), ("bottom", "right")):
        assert started(small.pods(later)[-1]) >= completed(small, earlier)
    assert fate(small) == "Complete"


def test_a_failure_fails_what_is_downstream_and_nothing_else_and_its_repair_runs_just_that(
    small: Scenario,
) -> None:
    start(small, diamond(middle="exit 4"))

    small.expect("left", "Failed", timeout=180)
    small.expect("bottom", "Failed", timeout=180)
    small.expect("right", "Complete", timeout=180)
    assert small.job("bottom")["metadata"]["annotations"]["osmoc.dev/reason"] == "FAILED_UPSTREAM"
    assert fate(small) == "Failed"
    before = {job["metadata"]["name"]: job["metadata"]["uid"] for job in small.get("jobs")}

    start(small, diamond(middle="echo repaired > {{output}}/x"))

    def bottom_again() -> bool:
        return any(
            terminal(job) == "Complete"
            for job in small.get("jobs", task="bottom")
            if job["metadata"]["name"] not in before
        )

    until("the repaired bottom", bottom_again, timeout=240)
    new = {
        job["metadata"]["labels"].get("osmoc.dev/task")
        for job in small.get("jobs")
        if job["metadata"]["name"] not in before
    }
    assert new - {None} == {"left", "bottom"}
    now = {job["metadata"]["name"]: job["metadata"]["uid"] for job in small.get("jobs")}
    assert before.items() <= now.items()


def test_the_same_yaml_applied_again_while_tasks_wait_restarts_nothing(small: Scenario) -> None:
    manifests = start(small, diamond(middle="sleep 5; echo x > {{output}}/x"))
    small.running("left", timeout=180)
    uids = {job["metadata"]["uid"] for job in small.get("jobs")}

    small.apply(manifests)

    small.expect("bottom", "Complete", timeout=240)
    assert {job["metadata"]["uid"] for job in small.get("jobs")} == uids
    assert all(len(small.pods(name)) == 1 for name in ("top", "left", "right", "bottom"))


def test_a_coordinator_killed_three_times_goes_on(small: Scenario) -> None:
    start(small, diamond(middle="sleep 15; echo x > {{output}}/x"))

    killed: set[str] = set()
    while len(killed) < 3:
        pod = until(
            "a coordinator's pod",
            lambda: next(
                (
                    one
                    for one in coordinator_pods(small)
                    if one["metadata"]["uid"] not in killed and one["status"]["phase"] == "Running"
                ),
                None,
            ),
        )
        killed.add(pod["metadata"]["uid"])
        small.kubectl("delete", "pod", pod["metadata"]["name"], "--wait=true", "--grace-period=1")

    small.expect("bottom", "Complete", timeout=300)
    assert fate(small, timeout=240) == "Complete"


@pytest.mark.nodes
def test_a_coordinator_whose_node_is_drained_goes_on_elsewhere(small: Scenario, kubectl: Kubectl) -> None:
    start(small, diamond(middle="sleep 15; echo x > {{output}}/x"))
    pod = until(
        "the coordinator's pod",
        lambda: next((one for one in coordinator_pods(small) if one["status"]["phase"] == "Running"), None),
    )
    node = pod["spec"]["nodeName"]

    try:
        kubectl("drain", node, "--ignore-daemonsets", "--force", "--delete-emptydir-data", seconds=240)
        small.expect("bottom", "Complete", timeout=300)
        assert fate(small, timeout=240) == "Complete"
    finally:
        kubectl("uncordon", node)


def group(lead: str, follower: str, extra: str = "") -> str:
    return (
        "workflow:\n  name: team\n"
        + SMALL
        + "  groups:\n  - name: crew\n"
        + extra
        + "    tasks:\n"
        + "".join(
            f"  {line}\n"
            for line in (task("chief", lead, extra="    lead: true\n") + task("mate", follower)).splitlines()
        )
    )


CALLER = """import socket, sys, time
print(int(time.time()), flush=True)
for _ in range(120):
    try:
        print(socket.create_connection((sys.argv[1], 7000), 2).recv(99).decode(), flush=True)
        break
    except OSError:
        time.sleep(0.5)
else:
    sys.exit("nobody answered")
"""
ANSWERER = """import socket, time
print(int(time.time()), flush=True)
server = socket.create_server(("", 7000))
while True:
    caller, _ = server.accept()
    caller.sendall(b"hello")
    caller.close()
"""


def test_members_find_each_other_start_together_and_end_with_the_lead(small: Scenario) -> None:
    spec = group("python3 /code/talk.py {{host:mate}}", "python3 /code/talk.py").replace(
        "busybox:1.36", "ubuntu:22.04"
    )
    for who, name in (("chief", "caller.py"), ("mate", "answerer.py")):
        spec = spec.replace(
            f"  - name: {who}\n",
            f"  - name: {who}\n      files:\n      - {{path: /code/talk.py, localpath: {name}}}\n",
        )
    (small.folder / "caller.py").write_text(CALLER)
    (small.folder / "answerer.py").write_text(ANSWERER)

    start(small, spec)

    small.expect("chief", "Complete", timeout=180)
    small.expect("mate", "Complete", timeout=120)
    chief, mate = small.logs("chief").split(), small.logs("mate").split()
    assert "hello" in chief
    first = [next(int(word) for word in words if word.isdigit()) for words in (chief, mate)]
    assert abs(first[0] - first[1]) <= 3
    assert fate(small) == "Complete"


@pytest.mark.parametrize("ignored", [True, False])
def test_a_follower_s_failure_counts_only_where_the_spec_says_so(small: Scenario, ignored: bool) -> None:
    start(small, group("sleep 8", "exit 3", extra=f"    ignoreNonleadStatus: {str(ignored).lower()}\n"))

    small.expect("mate", "Failed", timeout=180)
    small.expect("chief", "Complete" if ignored else "Failed", timeout=180)
    assert fate(small) == ("Complete" if ignored else "Failed")


def test_fifty_tasks_at_once(small: Scenario) -> None:
    spec = (
        "workflow:\n  name: many\n"
        + SMALL
        + "  tasks:\n{% for i in range(50) %}\n"
        + task("t{{ i }}", "echo {{ i }}")
        + "{% endfor %}\n"
    )

    start(small, spec)

    until(
        "fifty Jobs' end",
        lambda: sum(terminal(job) == "Complete" for job in small.get("jobs", workflow_id="many")) == 50,
        timeout=400,
    )


def test_a_serial_chain_runs_one_after_the_other(small: Scenario) -> None:
    spec = (
        "workflow:\n  name: chain\n"
        + SMALL
        + "  tasks:\n"
        + task("one", "echo 1 > {{output}}/n")
        + task("two", "echo $(( $(cat {{input:0}}/n) + 1 )) > {{output}}/n", "one")
        + task("three", "cat {{input:two}}/n", "two")
    )

    start(small, spec)

    small.expect("three", "Complete", timeout=240)
    assert small.logs("three") == "2\n"
    assert started(small.pods("two")[-1]) >= completed(small, "one")
    assert started(small.pods("three")[-1]) >= completed(small, "two")
