"""Groups and groups: brought together on nodes, one after another, and talking across."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import RACK
from tests.e2e.scenario import Scenario
from tests.e2e.store import Bucket
from tests.e2e.test_order import fate

POOL = f"""\
defaults: {{cpu: null, memory: 64Mi, storage: 64Mi}}
maxRetries: 1
topology:
  rack: {RACK}
"""
MEMBERS = ("lead", "second", "third", "fourth")


@pytest.fixture
def small(scenario: Scenario) -> Scenario:
    (scenario.folder / "pool.yaml").write_text(POOL)
    return scenario


def together(kind: str) -> str:
    tasks = ""
    for name in MEMBERS:
        tasks += f"    - name: {name}\n      image: busybox:1.36\n      command: [sleep, '2']\n"
        tasks += "      lead: true\n" if name == "lead" else ""
    return (
        "workflow:\n  name: near\n  resources:\n    default:\n"
        f"      topology:\n      - {{key: rack, requirementType: {kind}}}\n"
        f"  groups:\n  - name: crew\n    tasks:\n{tasks}"
    )


@pytest.mark.nodes
@pytest.mark.parametrize("kind", ["required", "preferred"])
@pytest.mark.usefixtures("racks")
def test_a_topology_brings_a_group_onto_one_rack(small: Scenario, kind: str) -> None:
    small.start(together(kind), "--pool", "pool.yaml")

    for name in MEMBERS:
        small.expect(name, "Complete", 180)
    assert len({pod["spec"]["nodeName"] for name in MEMBERS for pod in small.pods(name)}) == 1


ACROSS = """\
workflow:
  name: across
  groups:
  - name: serving
    tasks:
    - name: front
      lead: true
      image: busybox:1.36
      command: [sh, -c]
      args:
      - |
        until wget -q -O- http://{{host:back}}:8080/word; do sleep 0.2; done
        mkdir /tmp/www; echo done > /tmp/www/index.html
        httpd -p 8081 -h /tmp/www
        sleep 20
    - name: back
      image: busybox:1.36
      command: [sh, -c]
      args: ["mkdir /tmp/www; echo word > /tmp/www/word; httpd -f -p 8080 -h /tmp/www"]
  - name: asking
    tasks:
    - name: client
      image: busybox:1.36
      command: [sh, -c]
      args: ["until wget -q -O- http://{{host:front}}:8081/; do sleep 0.2; done"]
"""


def test_a_task_reaches_the_host_of_another_group(small: Scenario) -> None:
    small.start(ACROSS, "--pool", "pool.yaml")

    small.expect("client", "Complete", 180)
    small.expect("front", "Complete", 180)
    assert "done" in small.logs("client")
    assert "word" in small.logs("front")
    # The follower ends with its lead.
    small.expect("back", "Complete", 60)


AFTER = """\
workflow:
  name: after
  groups:
  - name: first
    tasks:
    - name: writer
      lead: true
      image: busybox:1.36
      command: [sh, -c]
      args: ["sleep 2; echo one > {{output}}/one"]
    - name: helper
      image: busybox:1.36
      command: [sleep, "600"]
  - name: then
    tasks:
    - name: reader
      lead: true
      image: busybox:1.36
      command: [sh, -c]
      args: ["cat {{input:0}}/one"]
      inputs:
      - task: writer
    - name: idle
      image: busybox:1.36
      command: [sleep, "600"]
"""


@pytest.mark.nodes
def test_a_group_waits_whole_for_another(small: Scenario, store: Bucket) -> None:
    small.start(AFTER, "--pool", "pool.yaml")

    small.running("writer")
    assert not any(pod["spec"].get("nodeName") for name in ("reader", "idle") for pod in small.pods(name))
    for name in ("writer", "helper", "reader", "idle"):
        small.expect(name, "Complete", 240)
    assert "one" in small.logs("reader")
    assert fate(small) == "Complete"


def pair(lead: str, mate: str) -> str:
    """A group of two; both are the rest of a task."""
    tasks = f"    - name: chief\n      lead: true\n{lead}    - name: mate\n{mate}"
    return f"workflow:\n  name: pair\n  groups:\n  - name: crew\n    tasks:\n{tasks}"


def shell(line: str, extra: str = "") -> str:
    return f"      image: busybox:1.36\n      command: [sh, -c]\n      args: ['{line}']\n{extra}"


@pytest.mark.nodes
def test_a_member_that_fails_before_the_barrier_is_not_waited_for(small: Scenario, store: Bucket) -> None:
    lost = "      inputs:\n      - url: s3://no-such-bucket-at-all/x\n"

    small.start(pair(shell("echo alone"), shell("echo never", lost)), "--pool", "pool.yaml")

    small.expect("mate", "Failed", 120)
    small.expect("chief", "Complete", 60)
    assert "mate is over: the group does without it" in small.logs("chief")
    assert fate(small) == "Complete"


@pytest.mark.nodes
def test_a_lead_that_is_tried_again_does_not_wait_for_a_member_that_completed(
    small: Scenario, store: Bucket
) -> None:
    kept = (
        "      checkpoint:\n"
        f"      - {{path: /work, url: 's3://{store.name}/kept', frequency: 1h}}\n"
        "      exitActions: {RESCHEDULE: 10}\n"
    )
    line = "[ -e /work/tried ] && exit 0; touch /work/tried; sleep 15; exit 10"

    small.start(pair(shell(line, kept), shell("echo done")), "--pool", "pool.yaml")

    small.expect("mate", "Complete", 120)
    assert len(small.pods("chief")) == 1
    small.expect("chief", "Complete", 180)
    assert len(small.pods("chief")) == 2
    assert len(small.pods("mate")) == 1
    assert fate(small) == "Complete"
