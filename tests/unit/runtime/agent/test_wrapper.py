"""Process 1 of a task's container, with real commands and signals."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from osmoc_runtime import contract
from osmoc_runtime.agent import locks
from tests.unit.runtime.agent.agent_pod import PLAIN, PodFolder, mapping, until


def has_file(path: Path) -> bool:
    return path.exists() and path.read_text() != ""


@pytest.mark.parametrize(
    ("line", "reported", "note"),
    [
        ("exit 0", 0, {"exitCode": 0, "action": "COMPLETE", "signal": None, "reported": 0}),
        ("exit 16", 0, {"exitCode": 16, "action": "COMPLETE", "signal": None, "reported": 0}),
        ("exit 3", 3, {"exitCode": 3, "action": None, "signal": None, "reported": 3}),
        ("kill -KILL $$", 137, {"exitCode": 137, "action": None, "signal": "SIGKILL", "reported": 137}),
    ],
)
def test_the_end_is_reported_by_code_and_note(
    pod: PodFolder, line: str, reported: int, note: dict[str, object]
) -> None:
    pod.plan(replace(PLAIN, exit=mapping(complete=(16,))))

    assert pod.shell(line).end() == reported
    assert pod.note() == note


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("no-such-program", 127, "not in PATH"),
        ("/no/such/program", 127, "does not exist"),
        ("/etc/passwd", 126, "cannot be executed"),
        ("/", 126, "cannot be executed"),
    ],
)
def test_a_command_that_cannot_be_started_ends_as_in_a_shell(
    pod: PodFolder, command: str, code: int, words: str
) -> None:
    pod.plan(PLAIN)

    running = pod.wrapper(command)

    assert running.end() == code
    assert words in running.said() and words in pod.note()["message"]


def test_the_command_gets_arguments_environment_and_streams_as_they_are(pod: PodFolder) -> None:
    pod.plan(PLAIN)

    running = pod.wrapper(
        "sh",
        "-c",
        'echo "$1|$2|$NAME"; echo error >&2; echo $PATH',
        "sh",
        "a b",
        "",
        environment={"NAME": "é\n"},
    )

    assert running.end() == 0
    assert "a b||é\n\nerror\n" in running.said()
    assert running.said().rstrip().endswith(":/osmo/usr/bin")


def test_the_command_starts_with_pythons_ignored_signals_restored(pod: PodFolder) -> None:
    pod.plan(PLAIN)

    running = pod.shell("grep SigIgn /proc/self/status")

    assert running.end() == 0
    assert int(running.said().split()[-1], 16) & (1 << (signal.SIGPIPE - 1)) == 0


def test_the_lock_is_not_inherited_and_falls_with_the_wrapper(pod: PodFolder) -> None:
    pod.plan(PLAIN)
    running = pod.shell(f"echo $$ > {pod.root}/pid; exec sleep 100")
    pid = int(until("the command", lambda: has_file(pod.root / "pid") and (pod.root / "pid").read_text()))
    lock = locks.Watched(str(pod.path(contract.TASK_LOCK)))
    assert pod.path(contract.TASK_STARTED).exists() and not lock.is_free()

    running.kill()
    running.end()

    os.kill(pid, 0)
    until("the lock's fall", lock.is_free)
    os.kill(pid, signal.SIGKILL)


class TestSignals:
    @pytest.mark.parametrize("name", ["HUP", "USR1", "USR2", "WINCH"])
    def test_they_are_passed_on(self, pod: PodFolder, name: str) -> None:
        pod.plan(PLAIN)
        running = pod.shell(f"trap 'exit 21' {name}; touch {pod.root}/ready; while :; do sleep 0.05; done")
        until("the command", (pod.root / "ready").exists)

        running.kill(signal.Signals[f"SIG{name}"])

        assert running.end() == 21

    def test_children_of_the_command_get_them_too(self, pod: PodFolder) -> None:
        pod.plan(PLAIN)
        running = pod.shell(
            f"(trap 'touch {pod.root}/child; exit' TERM; touch {pod.root}/ready; "
            "while :; do sleep 0.05; done) & "
            "trap 'wait; exit 9' TERM; wait"
        )
        until("the child", (pod.root / "ready").exists)

        running.kill(signal.SIGTERM)

        assert running.end() == 9
        assert (pod.root / "child").exists()

    @pytest.mark.parametrize("code", [0, 16, 143])
    @pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGQUIT])
    def test_an_interrupted_task_is_never_reported_as_0(
        self, pod: PodFolder, code: int, sent: signal.Signals
    ) -> None:
        pod.plan(replace(PLAIN, exit=mapping(complete=(16, 143))))
        running = pod.shell(
            f"trap 'exit {code}' TERM QUIT; touch {pod.root}/ready; while :; do sleep 0.05; done"
        )
        until("the command", (pod.root / "ready").exists)

        running.kill(sent)

        assert running.end() == contract.INTERRUPTED
        assert (pod.note()["exitCode"], pod.note()["action"]) == (code, "INTERRUPTED")

    def test_restart_does_not_follow_sigterm(self, pod: PodFolder) -> None:
        pod.plan(replace(PLAIN, exit=mapping(restart=(12,), restarts=5)))
        running = pod.shell(f"trap 'exit 12' TERM; touch {pod.root}/ready; while :; do sleep 0.05; done")
        until("the command", (pod.root / "ready").exists)

        running.kill(signal.SIGTERM)

        assert running.end() == 12
        assert "attempts" not in pod.note()


class TestRestart:
    def test_the_command_runs_again_until_it_ends_otherwise(self, pod: PodFolder) -> None:
        pod.plan(replace(PLAIN, exit=mapping(restart=(12,), restarts=6)))

        running = pod.shell(f"echo run >> {pod.root}/runs; [ $(wc -l < {pod.root}/runs) -ge 3 ] || exit 12")

        assert running.end() == 0
        assert (pod.root / "runs").read_text() == "run\n" * 3
        assert pod.note()["attempts"] == 3
        assert "runs again" in running.said()

    def test_the_limit_is_kept(self, pod: PodFolder) -> None:
        pod.plan(replace(PLAIN, exit=mapping(restart=(12,), restarts=1)))

        assert pod.shell(f"echo run >> {pod.root}/runs; exit 12").end() == 12
        assert (pod.root / "runs").read_text() == "run\n" * 2

    def test_what_the_command_left_running_is_not_in_the_way(self, pod: PodFolder) -> None:
        pod.plan(replace(PLAIN, exit=mapping(restart=(12,), restarts=1)))
        file = pod.root / "left"
        again = f"n=$(wc -c < {file}); sleep 0.3; [ $n = $(wc -c < {file}) ]; exit"
        leave = f"(while :; do echo x >> {file}; sleep 0.02; done) & sleep 0.2; exit 12"
        line = f"[ ! -e {file} ] || {{ {again}; }}; {leave}"

        assert pod.shell(line).end() == 0

    def test_sigterm_ends_the_pause(self, pod: PodFolder) -> None:
        pod.plan(replace(PLAIN, exit=mapping(restart=(12,), restarts=100)))
        running = pod.shell(f"echo run >> {pod.root}/runs; exit 12")
        until(
            "four runs",
            lambda: has_file(pod.root / "runs") and (pod.root / "runs").read_text().count("run") >= 4,
        )

        running.kill(signal.SIGTERM)

        assert running.end() in (12, contract.INTERRUPTED)


class TestTimeout:
    def test_it_ends_the_command_with_a_code_of_its_own(self, pod: PodFolder) -> None:
        pod.plan(
            replace(PLAIN, timeout=0.3, exit=mapping(timed_out=99, restart=tuple(range(1, 256)), restarts=3))
        )

        assert pod.shell("trap 'exit 0' TERM; while :; do sleep 0.05; done").end() == 99
        assert (pod.note()["action"], pod.note()["exitCode"]) == ("TIMEOUT", 0)

    def test_a_command_that_ignores_sigterm_is_killed(self, pod: PodFolder) -> None:
        pod.plan(replace(PLAIN, timeout=0.3, grace=0.5))

        assert pod.shell("trap '' TERM; while :; do sleep 0.05; done").end() == 124
        assert pod.note()["signal"] == "SIGKILL"


class TestControl:
    """Where the plan has an osmo-ctrl, played here by the test."""

    PLAN = replace(PLAIN, control=True, grace=1.0)

    def hold(self, pod: PodFolder) -> int:
        descriptor = os.open(pod.path(contract.CONTROL_LOCK), os.O_RDWR | os.O_CREAT)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        pod.path(contract.CONTROL_STARTED).touch()
        return descriptor

    def test_the_command_waits_for_its_lock(self, pod: PodFolder) -> None:
        pod.plan(self.PLAN)
        running = pod.shell(f"touch {pod.root}/ran")
        until("the wrapper", pod.path(contract.TASK_STARTED).exists)
        time.sleep(0.3)
        assert not (pod.root / "ran").exists()

        descriptor = self.hold(pod)

        assert running.end() == 0 and (pod.root / "ran").exists()
        os.close(descriptor)

    def test_its_end_ends_the_task(self, pod: PodFolder) -> None:
        pod.plan(self.PLAN)
        descriptor = self.hold(pod)
        running = pod.shell(f"touch {pod.root}/ready; trap 'exit 0' TERM; while :; do sleep 0.05; done")
        until("the command", (pod.root / "ready").exists)

        os.close(descriptor)

        assert running.end() == contract.CONTROL_LOST
        assert pod.note()["action"] == "CONTROL_LOST"

    def test_sigterm_before_the_command_ends_the_wait(self, pod: PodFolder) -> None:
        pod.plan(self.PLAN)
        running = pod.shell(f"touch {pod.root}/ran")
        until("the wrapper", pod.path(contract.TASK_STARTED).exists)

        running.kill(signal.SIGTERM)

        assert running.end() == contract.INTERRUPTED
        assert not (pod.root / "ran").exists()

    def test_after_sigterm_the_command_gets_half_of_the_grace_at_most(self, pod: PodFolder) -> None:
        pod.plan(self.PLAN)
        descriptor = self.hold(pod)
        running = pod.shell(f"trap '' TERM; touch {pod.root}/ready; while :; do sleep 0.05; done")
        until("the command", (pod.root / "ready").exists)

        running.kill(signal.SIGTERM)

        assert running.end() == 137
        os.close(descriptor)


def test_the_output_folder_is_left_readable(pod: PodFolder) -> None:
    pod.plan(PLAIN)

    assert pod.shell(f"chmod 700 {pod.path(contract.OUTPUT)}").end() == 0
    assert pod.path(contract.OUTPUT).stat().st_mode & 0o777 == 0o755


def test_no_note_can_be_written_where_there_is_no_place_for_it(pod: PodFolder) -> None:
    pod.plan(PLAIN)
    pod.path("/dev").rmdir()

    assert pod.shell("exit 5").end() == 5
