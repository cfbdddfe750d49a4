"""osmo-ctrl beside a real wrapper, and osmo-init after both, over a store that is a folder."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from osmoc_runtime import contract
from osmoc_runtime.agent.pod import Identity
from tests.unit.runtime.agent.agent_pod import PLAIN, PodFolder, Running, mapping, until


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


def entry(store: Path, **fields: Any) -> contract.Checkpoint:
    made = contract.Checkpoint(
        path="/work",
        url=f"file://{store}/saved",
        frequency=0.2,
        regex="",
        volume=0,
        subpath=".",
        prefix="work",
        exclude=(),
        restore="job",
    )
    return replace(made, **fields)


def plan_with(*checkpoints: contract.Checkpoint, **fields: Any) -> contract.TaskPlan:
    return replace(PLAIN, control=True, checkpoints=checkpoints, **fields)


class Task:
    """A task with its osmo-ctrl. `work`: the checkpoint volume, which the command knows by this path."""

    def __init__(self, pod: PodFolder, plan: contract.TaskPlan, line: str) -> None:
        pod.plan(plan)
        self.work = pod.path(f"{contract.CHECKPOINT_FOLDER}/0")
        self.work.mkdir(parents=True, exist_ok=True)
        self.pod = pod
        self.control: Running = pod.start("control")
        self.wrapper: Running = pod.shell(f"cd {self.work}; {line}")

    def end(self) -> tuple[int, int]:
        """The exit codes of wrapper and osmo-ctrl."""
        return self.wrapper.end(), self.control.end()


def stored(store: Path) -> dict[str, str]:
    """Text of what a checkpoint's url holds, but for the manifests."""
    saved = store / "saved"
    return {
        path.relative_to(saved).as_posix(): path.read_text()
        for path in sorted(saved.rglob("*"))
        if path.is_file() and ".osmo-checkpoint" not in path.parts
    }


def manifests(store: Path) -> list[dict[str, Any]]:
    paths = sorted((store / "saved" / ".osmo-checkpoint").rglob("*.json"))
    return [json.loads(path.read_text()) for path in paths]


def is_in(store: Path, key: str, text: str) -> bool:
    return stored(store).get(key) == text


class TestCheckpoints:
    def test_they_are_saved_while_the_task_runs_and_after_it(self, pod: PodFolder, store: Path) -> None:
        line = f"echo early > early; until [ -e {pod.root}/go ]; do sleep 0.05; done; echo late > late"
        task = Task(pod, plan_with(entry(store)), line)
        until("the early file", lambda: is_in(store, "work/early", "early\n"))
        assert task.wrapper.process.poll() is None
        (pod.root / "go").touch()

        assert task.end() == (0, 0)
        assert stored(store) == {"work/early": "early\n", "work/late": "late\n"}
        (manifest,) = manifests(store)
        assert (manifest["final"], manifest["attempt"]) == (True, 1)
        assert [file["key"] for file in manifest["files"]] == ["work/early", "work/late"]

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
    def test_the_last_one_comes_whatever_ends_the_task(
        self, pod: PodFolder, store: Path, number: int
    ) -> None:
        task = Task(pod, plan_with(entry(store, frequency=3600.0)), "echo kept > state; exec sleep 100")
        until("the file", lambda: (task.work / "state").exists() and (task.work / "state").read_text())
        assert stored(store) == {}

        task.wrapper.kill(number)
        if number == signal.SIGTERM:
            # As the kubelet does it: both at once.
            task.control.kill(number)

        wrapper, control = task.end()
        assert wrapper == (-9 if number == signal.SIGKILL else 143) and control == 0
        assert stored(store) == {"work/state": "kept\n"}

    def test_they_keep_to_the_reference_s_names(self, pod: PodFolder, store: Path) -> None:
        checkpoints = (
            entry(store, regex=r"work/.*\.bin"),
            entry(store, path="/work/sub/*", subpath="sub", prefix="", regex="x"),
            entry(store, path="/work/one.txt", subpath="one.txt", prefix="one.txt", regex="no"),
            entry(store, path="/work/none", subpath="none", prefix="none"),
        )
        line = "mkdir sub; echo a > a.bin; echo b > b.txt; echo x > sub/x1; echo y > sub/y; echo 1 > one.txt"

        assert Task(pod, plan_with(*checkpoints), line).end() == (0, 0)
        assert stored(store) == {"work/a.bin": "a\n", "x1": "x\n", "one.txt": "1\n"}

    def test_files_of_the_spec_are_left_out(self, pod: PodFolder, store: Path) -> None:
        line = "echo a > a; echo b > config.yaml"

        assert Task(pod, plan_with(entry(store, exclude=("config.yaml",))), line).end() == (0, 0)
        assert stored(store) == {"work/a": "a\n"}

    def test_only_what_changed_is_sent_again(self, pod: PodFolder, store: Path) -> None:
        line = f"echo a > a; touch -d '1 hour ago' a; until [ -e {pod.root}/go ]; do sleep 0.05; done"
        task = Task(pod, plan_with(entry(store)), line)
        until("the file", lambda: is_in(store, "work/a", "a\n"))
        until("a manifest", lambda: any(one["files"] for one in manifests(store)))
        (store / "saved/work/a").write_text("not sent again")
        (task.work / "b").write_text("new")
        until("the new file", lambda: is_in(store, "work/b", "new"))
        (task.work / "a").write_text("changed")
        until("the changed file", lambda: is_in(store, "work/a", "changed"))
        (pod.root / "go").touch()

        assert task.end() == (0, 0)

    def test_a_changed_file_of_the_same_size_is_not_missed(self, pod: PodFolder, store: Path) -> None:
        line = f"echo 1 > a; until [ -e {pod.root}/go ]; do sleep 0.05; done; echo 2 > a"
        task = Task(pod, plan_with(entry(store)), line)
        until("the file", lambda: is_in(store, "work/a", "1\n"))
        (pod.root / "go").touch()

        assert task.end() == (0, 0)
        assert stored(store) == {"work/a": "2\n"}

    def test_a_link_is_its_content_and_one_that_leads_out_is_nothing(
        self, pod: PodFolder, store: Path
    ) -> None:
        secret = pod.path(f"{contract.STORAGE_FOLDER}/secret-access-key")
        secret.parent.mkdir(parents=True)
        secret.write_text("credential")
        line = (
            f"echo a > a; ln -s a near; ln -s /work/a far; ln -s {secret} out; ln -s ../../storage above; "
            "ln -s ../../storage/secret-access-key out2; ln -s nowhere dangling; mkfifo pipe"
        )
        task = Task(pod, plan_with(entry(store)), line)

        assert task.end() == (0, 0)
        assert stored(store) == dict.fromkeys(("work/a", "work/far", "work/near"), "a\n")
        for name in ("out", "out2", "dangling", "pipe"):
            assert f"/{name}" in task.control.said()

    def test_a_failure_while_the_task_runs_is_told_and_the_last_one_decides(
        self, pod: PodFolder, store: Path
    ) -> None:
        blocked = store / "saved"
        blocked.write_text("a file where a folder should be")
        line = f"echo a > a; until [ -e {pod.root}/go ]; do sleep 0.05; done"
        task = Task(pod, plan_with(entry(store)), line)
        until("the complaint", lambda: "was not stored" in task.control.said())
        blocked.unlink()
        (pod.root / "go").touch()

        assert task.end() == (0, 0)
        assert stored(store) == {"work/a": "a\n"}

    def test_what_cannot_be_stored_is_73_with_the_reason(self, pod: PodFolder, store: Path) -> None:
        (store / "saved").write_text("a file where a folder should be")

        assert Task(pod, plan_with(entry(store)), "echo a > a").end() == (0, contract.DATA_NOT_STORED)
        assert "the final checkpoint of /work was not stored" in pod.note()["message"]

    def test_a_name_that_no_object_can_have_is_a_failure_by_name(self, pod: PodFolder, store: Path) -> None:
        task = Task(pod, plan_with(entry(store)), "echo a > a; touch $(printf 'b\\377c')")

        assert task.end() == (0, contract.DATA_NOT_STORED)
        assert stored(store) == {"work/a": "a\n"}
        assert "not UTF-8" in pod.note()["message"]

    def test_osmo_ctrl_that_fails_at_its_start_ends_the_task_at_once(
        self, pod: PodFolder, store: Path
    ) -> None:
        task = Task(pod, plan_with(entry(store, regex="(")), f"touch {pod.root}/ran")

        wrapper, control = task.end()
        assert wrapper == contract.CONTROL_LOST and control not in (0, contract.DATA_NOT_STORED)
        assert not (pod.root / "ran").exists()


class TestFurtherAttempts:
    def init(self, pod: PodFolder) -> Running:
        running = pod.start("init")
        assert running.end() == 0, running.said()
        return running

    def test_they_find_files_links_and_folders_with_mode_and_time(self, pod: PodFolder, store: Path) -> None:
        line = (
            "umask 077; mkdir -p deep/er; chmod 711 deep; echo a > deep/er/a; echo b > b; chmod 640 b; "
            "touch -d '2020-01-01 12:00:00.25' b; ln -s deep/er/a link; ln -s deep folder; exit 5"
        )
        task = Task(pod, plan_with(entry(store)), line)
        assert task.end() == (5, 0)
        before = {path: path.lstat() for path in task.work.rglob("*")}
        task.work.rename(pod.root / "gone")
        task.work.mkdir()
        pod.identity = replace(pod.identity, pod_uid="second")

        running = self.init(pod)

        assert "restored 3 files" in running.said() and "warning" not in running.said()
        for path, status in before.items():
            now = path.lstat()
            assert (now.st_mode, now.st_uid, now.st_gid) == (status.st_mode, status.st_uid, status.st_gid), (
                path
            )
            if not path.is_dir():
                assert path.is_symlink() or now.st_mtime_ns == status.st_mtime_ns
        assert (task.work / "link").read_text() == "a\n" and (task.work / "folder/er/a").read_text() == "a\n"

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
    def test_they_find_the_owner(self, pod: PodFolder, store: Path) -> None:
        task = Task(pod, plan_with(entry(store)), "umask 077; mkdir d; echo a > d/a; chown -R 1000:2000 d")
        assert task.end() == (0, 0)
        (task.work / "d/a").unlink()
        (task.work / "d").rmdir()

        self.init(pod)

        for path in (task.work / "d", task.work / "d/a"):
            assert (path.stat().st_uid, path.stat().st_gid) == (1000, 2000)

    def test_a_removed_file_does_not_come_back(self, pod: PodFolder, store: Path) -> None:
        line = f"echo a > a; until [ -e {pod.root}/go ]; do sleep 0.05; done; rm a; echo b > b"
        task = Task(pod, plan_with(entry(store)), line)
        until("the file", lambda: is_in(store, "work/a", "a\n"))
        (pod.root / "go").touch()
        assert task.end() == (0, 0)
        (task.work / "b").unlink()

        self.init(pod)

        assert [path.name for path in task.work.iterdir()] == ["b"]

    def test_attempts_are_counted_and_the_last_one_wins(self, pod: PodFolder, store: Path) -> None:
        for number, uid in enumerate(("z-first", "a-second"), 1):
            pod.identity = replace(pod.identity, pod_uid=uid)
            assert Task(pod, plan_with(entry(store)), f"echo {number} > a").end() == (0, 0)
            pod.path(contract.TASK_STARTED).unlink()
            pod.path(contract.CONTROL_STARTED).unlink()
        assert [one["attempt"] for one in manifests(store)] == [1, 2]
        (pod.path(contract.CHECKPOINT_FOLDER) / "0/a").unlink()

        running = self.init(pod)

        assert "as attempt 2 left it" in running.said()

    def test_a_missing_final_checkpoint_is_reported(self, pod: PodFolder, store: Path) -> None:
        task = Task(pod, plan_with(entry(store)), "echo a > a; exec sleep 100")
        until("the manifest", lambda: is_in(store, "work/a", "a\n") and manifests(store))
        task.control.kill()
        task.wrapper.kill()
        (task.work / "a").unlink()

        running = self.init(pod)

        assert (task.work / "a").read_text() == "a\n"
        assert "was taken away before its last files could be stored" in running.said()

    @pytest.mark.parametrize(
        ("restore", "job", "found"),
        [
            ("job", "job-uid", True),
            ("job", "other", False),
            ("workflow", "other", True),
            ("never", "job-uid", False),
        ],
    )
    def test_whose_checkpoint_is_taken_is_the_spec_s_choice(
        self, pod: PodFolder, store: Path, restore: str, job: str, found: bool
    ) -> None:
        task = Task(pod, plan_with(entry(store)), "echo a > a")
        assert task.end() == (0, 0)
        (task.work / "a").unlink()
        pod.identity = Identity(job, "new-pod", "work-fghij")
        pod.plan(plan_with(entry(store, restore=restore)))

        self.init(pod)

        assert (task.work / "a").exists() == found

    def test_another_task_s_checkpoint_is_never_taken(self, pod: PodFolder, store: Path) -> None:
        task = Task(pod, plan_with(entry(store)), "echo a > a")
        assert task.end() == (0, 0)
        (task.work / "a").unlink()
        pod.identity = Identity("other", "new-pod", "work-fghij")
        pod.plan(replace(plan_with(entry(store, restore="workflow")), task="another"))

        self.init(pod)

        assert not (task.work / "a").exists()


class TestOutputs:
    URL = contract.Storage(url="")

    def plan(self, store: Path, *outputs: Any, **fields: Any) -> contract.TaskPlan:
        storage = contract.Storage(url=f"file://{store}")
        return replace(PLAIN, control=True, outputs=outputs, storage=storage, **fields)

    def run(self, pod: PodFolder, plan: contract.TaskPlan, code: int = 0) -> tuple[int, int]:
        line = f"cd {pod.path(contract.OUTPUT)}; mkdir d; echo a > d/a.txt; echo b > b.bin; exit {code}"
        self.task = Task(pod, plan, line)
        return self.task.end()

    def commits(self, store: Path) -> list[Path]:
        return list((store / "flow/work-1").glob("commits/*.json"))

    def test_a_url_gets_them_whatever_the_exit_code(self, pod: PodFolder, store: Path) -> None:
        plan = self.plan(store, contract.UrlOutput(f"file://{store}/out", r"d/.*"))

        assert self.run(pod, plan, code=4) == (4, 0)
        assert [path.relative_to(store).as_posix() for path in store.rglob("*.*")] == ["out/d/a.txt"]

    def test_other_tasks_see_those_of_a_success(self, pod: PodFolder, store: Path) -> None:
        plan = self.plan(store, contract.TaskOutput("flow/work-1"), exit=mapping(complete=(4,)))

        assert self.run(pod, plan, code=4) == (0, 0)
        (commit,) = (json.loads(path.read_text()) for path in self.commits(store))
        assert commit["files"] == [{"key": "b.bin", "size": 2}, {"key": "d/a.txt", "size": 2}]
        assert (store / "flow/work-1" / commit["folder"] / "d/a.txt").read_text() == "a\n"

    def test_other_tasks_do_not_see_those_of_a_failure(self, pod: PodFolder, store: Path) -> None:
        assert self.run(pod, self.plan(store, contract.TaskOutput("flow/work-1")), code=4) == (4, 0)
        assert self.commits(store) == []

    def test_other_tasks_do_not_see_those_of_a_killed_task(self, pod: PodFolder, store: Path) -> None:
        plan = self.plan(store, contract.TaskOutput("flow/work-1"))
        task = Task(
            pod, plan, f"echo half > {pod.path(contract.OUTPUT)}/a; touch {pod.root}/ready; exec sleep 100"
        )
        until("the command", (pod.root / "ready").exists)
        task.wrapper.kill()

        assert task.end() == (-9, 0)
        assert self.commits(store) == []

    def test_a_success_without_files_is_committed_too(self, pod: PodFolder, store: Path) -> None:
        assert Task(pod, self.plan(store, contract.TaskOutput("flow/work-1")), "exit 0").end() == (0, 0)
        assert len(self.commits(store)) == 1

    def test_a_dataset_s_newest_version_is_the_last_success(self, pod: PodFolder, store: Path) -> None:
        plan = self.plan(store, contract.DatasetOutput("things", r".*\.bin"))

        assert self.run(pod, plan) == (0, 0)
        newest = json.loads((store / "datasets/things/newest.json").read_text())
        assert newest["folder"] == "flow/job-uid-pod-uid"
        assert [path.name for path in (store / "datasets/things/flow/job-uid-pod-uid").iterdir()] == ["b.bin"]

    def test_a_key_figure_is_one_file_and_a_missing_one_no_failure(self, pod: PodFolder, store: Path) -> None:
        figures = [contract.KpiOutput(name, name, "flow/work-1") for name in ("d/a.txt", "none.json")]

        assert self.run(pod, self.plan(store, *figures)) == (0, 0)
        assert (store / "flow/work-1/kpi/d/a.txt").read_text() == "a\n"
        assert "none.json does not exist" in self.task.control.said()

    def test_one_that_cannot_be_stored_does_not_keep_the_others_back(
        self, pod: PodFolder, store: Path
    ) -> None:
        (store / "blocked").write_text("")
        outputs = [contract.UrlOutput(f"file://{store}/{name}", "") for name in ("blocked/x", "out")]

        assert self.run(pod, self.plan(store, *outputs)) == (0, contract.DATA_NOT_STORED)
        assert (store / "out/b.bin").exists()
        assert f"file://{store}/blocked/x" in pod.note()["message"]


def test_a_task_that_never_starts_ends_osmo_ctrl_after_sigterm(pod: PodFolder, store: Path) -> None:
    pod.plan(plan_with(entry(store)))
    control = pod.start("control")
    until("osmo-ctrl", pod.path(contract.CONTROL_STARTED).exists)

    control.kill(signal.SIGTERM)

    assert control.end() == contract.CONTROL_LOST
    assert "did not start" in pod.note()["message"]
