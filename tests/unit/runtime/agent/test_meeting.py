"""Wrappers of one group: the lead and two others, each with a pod of its own, on the loopback network."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from osmoc_runtime import contract
from osmoc_runtime.agent.meeting import Lines
from tests.unit.runtime.agent.agent_pod import PLAIN, PodFolder, Running, until

TASKS = ("lead", "one", "two")


class Group:
    """Pods of a group's tasks. A task may have one after another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.pods: list[PodFolder] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    def plan(self, task: str, *, group: str = "group-1", barrier: bool = True) -> contract.TaskPlan:
        members = tuple(contract.Member(name, f"127.0.0.1:{self.port}") for name in TASKS)
        meeting = contract.Meeting(group, task, "lead", barrier, members)
        return replace(PLAIN, task=task, grace=2.0, meeting=(meeting,))

    def start(self, task: str, line: str, *, group: str = "group-1", barrier: bool = True) -> Running:
        pod = PodFolder(self._folder / f"{task}-{len(self.pods)}")
        self.pods.append(pod)
        pod.plan(self.plan(task, group=group, barrier=barrier))
        return pod.shell(line)

    def start_with_data(self, line: str) -> tuple[Running, Running]:
        """The lead and its osmo-ctrl, which is stopped while the command runs and goes on by SIGCONT."""
        pod = PodFolder(self._folder / f"lead-{len(self.pods)}")
        self.pods.append(pod)
        pod.plan(replace(self.plan("lead"), control=True))
        control = pod.start("control")
        lead = pod.shell(f"kill -STOP {control.process.pid}; {line}")
        return lead, control

    def tell(self, lead: int, over: str) -> None:
        """What the coordinator writes at the lead's pod, as the kubelet shows it to the pod."""
        folder = self.pods[lead].path(contract.GROUP_FOLDER)
        folder.mkdir(exist_ok=True)
        (folder / "over").write_text(over)

    def says(self, running: Running, words: str) -> None:
        until(f"{words!r} from a member", lambda: words in running.said())


@pytest.fixture
def group(tmp_path: Path) -> Iterator[Group]:
    made = Group(tmp_path)
    yield made
    for pod in made.pods:
        pod.stop()


WAIT = "trap 'exit 9' TERM; echo started; while :; do sleep 0.05; done"


def test_the_commands_start_once_all_are_there(group: Group) -> None:
    one = group.start("one", WAIT)
    lead = group.start("lead", WAIT)
    group.says(lead, "one has come")
    time.sleep(0.3)
    assert "started" not in lead.said() + one.said()

    two = group.start("two", WAIT)

    for member in (lead, one, two):
        group.says(member, "started")


def test_a_barrier_does_not_wait_for_members_that_are_over(group: Group) -> None:
    lead, one = group.start("lead", WAIT), group.start("one", WAIT)
    group.tell(0, "")
    group.says(lead, "one has come")
    time.sleep(1.5)
    assert "started" not in lead.said() + one.said()

    group.tell(0, "two")

    for member in (lead, one):
        group.says(member, "started")
    assert "two is over: the group does without it" in lead.said()


def test_a_lead_that_is_tried_again_after_all_others_are_over_starts_alone(group: Group) -> None:
    lead = group.start("lead", "exit 0")
    group.says(lead, "waiting for the group")

    group.tell(0, "one,two,nobody")

    begun = time.monotonic()
    assert lead.end() == 0
    assert time.monotonic() - begun < 8


def test_a_lead_with_data_ends_the_group_once_they_are_stored(group: Group) -> None:
    one, two = group.start("one", WAIT), group.start("two", "exit 0")
    lead, control = group.start_with_data("exit 0")
    group.says(one, "started")
    assert (lead.end(), two.end()) == (0, 0)
    time.sleep(1.5)
    assert one.process.poll() is None

    control.kill(signal.SIGCONT)

    assert (one.end(), control.end()) == (0, 0)
    assert group.pods[0].note()["action"] == "LEAD_ENDED"


def test_a_lead_whose_data_are_lost_ends_nobody(group: Group) -> None:
    one, two = group.start("one", WAIT), group.start("two", WAIT)
    lead, control = group.start_with_data("exit 0")
    assert lead.end() == 0

    control.kill()
    control.end()

    time.sleep(1.5)
    assert one.process.poll() is None and two.process.poll() is None


def test_a_lead_with_data_that_fails_ends_nobody(group: Group) -> None:
    one, two = group.start("one", WAIT), group.start("two", WAIT)
    lead, control = group.start_with_data("exit 3")
    assert lead.end() == 3

    control.kill(signal.SIGCONT)

    assert control.end() == 0
    time.sleep(1.5)
    assert one.process.poll() is None and two.process.poll() is None


def test_without_a_barrier_nobody_waits(group: Group) -> None:
    one = group.start("one", "echo started; exit 3", barrier=False)

    assert one.end() == 3


def test_a_lead_that_succeeds_ends_the_group_with_0(group: Group) -> None:
    one, two = (
        group.start("one", WAIT),
        group.start("two", "trap '' TERM; echo started; while :; do sleep 0.05; done"),
    )
    lead = group.start("lead", f"until [ -e {group.pods[0].root}/go ]; do sleep 0.05; done")
    for member in (one, two):
        group.says(member, "started")
    (group.pods[0].root / "go").touch()

    assert (lead.end(), one.end(), two.end()) == (0, 0, 0)
    note = group.pods[0].note()
    assert (note["exitCode"], note["reported"], note["action"]) == (9, 0, "LEAD_ENDED")
    assert group.pods[1].note()["signal"] == "SIGKILL"


def test_a_lead_that_fails_leaves_the_others_to_the_coordinator(group: Group) -> None:
    one, two = group.start("one", WAIT), group.start("two", WAIT)
    lead = group.start("lead", "sleep 0.3; exit 3")

    assert lead.end() == 3
    time.sleep(0.5)
    assert one.process.poll() is None and two.process.poll() is None


def test_a_member_that_is_tried_again_joins_at_once(group: Group) -> None:
    lead, one = group.start("lead", WAIT), group.start("one", WAIT)
    two = group.start("two", "exit 5")
    assert two.end() == 5

    again = group.start("two", WAIT)

    group.says(again, "started")
    lead.kill(signal.SIGTERM)
    assert lead.end() == 9 and one.process.poll() is None


def test_a_lead_does_not_wait_for_members_that_left(group: Group) -> None:
    one, two = group.start("one", "exit 0"), group.start("two", "exit 4")
    lead = group.start("lead", f"until [ -e {group.pods[0].root}/go ]; do sleep 0.05; done")
    assert (one.end(), two.end()) == (0, 4)
    begun = time.monotonic()
    (group.pods[0].root / "go").touch()

    assert lead.end() == 0
    assert time.monotonic() - begun < 8


def test_after_a_lost_lead_the_group_meets_again_only_with_fresh_members(group: Group) -> None:
    lead, one, two = (group.start(task, WAIT) for task in TASKS)
    group.says(lead, "started")
    lead.kill()
    lead.end()
    again = group.start("lead", WAIT)
    time.sleep(2.5)
    assert "started" not in again.said() and one.process.poll() is None

    for member in (one, two):
        member.kill(signal.SIGTERM)
        assert member.end() == 9
    fresh = [group.start(task, WAIT) for task in ("one", "two")]

    for member in (again, *fresh):
        group.says(member, "started")


def test_another_generation_of_the_group_does_not_count(group: Group) -> None:
    lead, one = group.start("lead", WAIT), group.start("one", WAIT)
    old = group.start("two", WAIT, group="group-0")

    group.says(old, "another generation")
    time.sleep(0.3)
    assert "started" not in lead.said() + one.said() + old.said()


def test_a_stranger_that_talks_nonsense_harms_nobody(group: Group) -> None:
    lead = group.start("lead", WAIT)
    group.says(lead, "waiting for the group")
    other = json.dumps({"group": 1}).encode() + b"\n"
    for words in (b"GET / HTTP/1.1\r\n\r\n", b"[1]\n", b"x" * 10_000, other):
        with socket.create_connection(("127.0.0.1", group.port), timeout=10) as connection:
            connection.sendall(words)
            try:
                while connection.recv(100):
                    pass
            except ConnectionResetError:
                continue

    members = [group.start(task, WAIT) for task in ("one", "two")]

    for member in (lead, *members):
        group.says(member, "started")


def test_sigterm_while_waiting_is_no_success(group: Group) -> None:
    one = group.start("one", WAIT)
    group.says(one, "waiting for the group's lead")

    one.kill(signal.SIGTERM)

    assert one.end() == contract.INTERRUPTED


def test_lines_come_in_pieces() -> None:
    lines = Lines()

    assert lines.feed(b'{"a"') == []
    assert lines.feed(b': 1}\n{"b": 2}\n{') == [{"a": 1}, {"b": 2}]
    with pytest.raises(ValueError, match="too long"):
        lines.feed(b"x" * 5000)
