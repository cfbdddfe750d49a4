"""What osmo-init fetches, over a store that is a folder."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from osmoc_runtime import contract
from osmoc_runtime.agent import commits
from osmoc_runtime.storage.interface import Upload
from osmoc_runtime.storage.opening import Settings, open_location
from osmoc_runtime.uploading import LocalVersion, push
from tests.unit.runtime.agent.agent_pod import PLAIN, PodFolder


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


class Fetched:
    """osmo-init's end, and the files that it left in the input folders."""

    def __init__(self, pod: PodFolder, store: Path | None, *inputs: Any, **fields: Any) -> None:
        storage = contract.Storage(url=f"file://{store}" if store else "")
        pod.plan(replace(PLAIN, inputs=inputs, storage=storage, **fields))
        running = pod.start("init")
        self.code = running.end()
        self.said = running.said()
        self.message = "" if self.code == 0 else pod.note()["message"]
        folder = pod.path(contract.INPUT)
        self.files = {
            path.relative_to(folder).as_posix(): path.read_text()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }


def put(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def commit(store: Path, location: str, attempt: str, files: dict[str, str], *, at: float) -> None:
    """What an attempt of a task leaves, committed at a time."""
    put(store / location / attempt / "files", files)
    record = commits.Commit(
        format=commits.FORMAT,
        workflow="flow",
        task="make",
        job="flow-make-1",
        job_uid="j",
        pod_uid=attempt,
        folder=f"{attempt}/files",
        files=tuple(commits.CommittedFile(key, len(text)) for key, text in files.items()),
    )
    path = put(store / location, {f"commits/{attempt}.json": commits.encode(record).decode()})
    os.utime(path / f"commits/{attempt}.json", (at, at))


class TestTasks:
    def test_the_newest_commit_is_taken_with_what_the_expression_matches(
        self, pod: PodFolder, store: Path
    ) -> None:
        commit(store, "flow/make-11111111", "z-old", {"a.txt": "old"}, at=1000.0)
        commit(
            store,
            "flow/make-11111111",
            "a-new",
            {"a.txt": "new", "d/b.txt": "new", "c.bin": "new"},
            at=2000.0,
        )
        put(store / "flow/make-11111111/uncommitted/files", {"a.txt": "half"})

        fetched = Fetched(pod, store, contract.TaskInput(0, "make", "flow/make-11111111", r".*\.txt"))

        assert fetched.files == {"0/a.txt": "new", "0/d/b.txt": "new"}

    def test_another_generation_of_the_task_is_not_taken(self, pod: PodFolder, store: Path) -> None:
        commit(store, "flow/make-11111111", "one", {"a": "mine"}, at=1000.0)
        commit(store, "flow/make-22222222", "two", {"a": "other"}, at=2000.0)

        fetched = Fetched(pod, store, contract.TaskInput(0, "make", "flow/make-11111111", ""))

        assert fetched.files == {"0/a": "mine"}

    def test_another_workflow_s_task_is_the_newest_of_all_its_generations(
        self, pod: PodFolder, store: Path
    ) -> None:
        commit(store, "flow/make-22222222", "two", {"a": "newest"}, at=2000.0)
        commit(store, "flow/make-11111111", "one", {"a": "older"}, at=1000.0)
        commit(store, "flow/make-more-11111111", "one", {"a": "of another task"}, at=3000.0)

        fetched = Fetched(pod, store, contract.TaskInput(0, "make", "flow/make-*", ""))

        assert fetched.files == {"0/a": "newest"}

    def test_no_commit_is_a_warning(self, pod: PodFolder, store: Path) -> None:
        fetched = Fetched(pod, store, contract.TaskInput(0, "make", "flow/make-11111111", ""))

        assert (fetched.code, fetched.files) == (0, {})
        assert "warning: nothing is downloaded from task make" in fetched.said

    def test_without_a_storage_it_is_a_sentence(self, pod: PodFolder) -> None:
        fetched = Fetched(pod, None, contract.TaskInput(0, "make", "flow/make-11111111", ""))

        assert fetched.code == contract.INIT_PERMANENT
        assert "`osmoc-storage` of namespace `lab`" in fetched.message and "is missing" in fetched.message

    def test_a_storage_without_url_is_told_from_a_missing_one(self, pod: PodFolder) -> None:
        put(pod.path(contract.STORAGE_FOLDER), {"region": "eu"})

        fetched = Fetched(pod, None, contract.TaskInput(0, "make", "flow/make-11111111", ""))

        assert "has no key `url`" in fetched.message


class TestUrls:
    def test_all_below_comes_relative_to_the_url(self, pod: PodFolder, store: Path) -> None:
        put(
            store,
            {"data/a/one.txt": "1", "data/two.bin": "2", "database/no": "", "data/.osmo-checkpoint/m": ""},
        )

        fetched = Fetched(pod, None, contract.UrlInput(3, f"file://{store}/data", ""))

        assert fetched.files == {"3/a/one.txt": "1", "3/two.bin": "2"}
        assert f"downloaded 2 files (2 bytes) from file://{store}/data" in fetched.said

    def test_the_expression_is_matched_from_the_start_only(self, pod: PodFolder, store: Path) -> None:
        put(store, {"data/a/one.txt": "1", "data/two.txt": "2"})

        assert Fetched(pod, None, contract.UrlInput(0, f"file://{store}/data/", "a")).files == {
            "0/a/one.txt": "1"
        }

    def test_a_url_of_one_object_comes_by_its_name_whatever_the_expression(
        self, pod: PodFolder, store: Path
    ) -> None:
        put(store, {"data/one.txt": "1", "data/one.txt.more": "2"})

        fetched = Fetched(pod, None, contract.UrlInput(0, f"file://{store}/data/one.txt", "no"))

        assert fetched.files == {"0/one.txt": "1"}

    def test_nothing_there_or_nothing_matched_is_a_warning(self, pod: PodFolder, store: Path) -> None:
        put(store, {"data/one.txt": "1"})
        inputs = (
            contract.UrlInput(0, f"file://{store}/empty", ""),
            contract.UrlInput(1, f"file://{store}/data", "x"),
        )

        fetched = Fetched(pod, None, *inputs)

        assert (fetched.code, fetched.files) == (0, {})
        assert "no data are there" in fetched.said and "none of its files matches x" in fetched.said
        assert pod.path(f"{contract.INPUT}/1").stat().st_mode & 0o777 == 0o777

    def test_a_scheme_that_nobody_knows_is_permanent(self, pod: PodFolder) -> None:
        assert Fetched(pod, None, contract.UrlInput(0, "azure://a/b", "")).code == contract.INIT_PERMANENT


class TestDatasets:
    def test_the_pointer_names_the_newest_version(self, pod: PodFolder, store: Path) -> None:
        put(store / "datasets/things/flow/one", {"a.txt": "1", "b.bin": "2"})
        record = commits.Commit(
            format=commits.FORMAT,
            workflow="flow",
            task="make",
            job="flow-make-1",
            job_uid="j",
            pod_uid="p",
            folder="flow/one",
            files=(commits.CommittedFile("a.txt", 1), commits.CommittedFile("b.bin", 1)),
        )
        put(store / "datasets/things", {"newest.json": commits.encode(record).decode()})

        assert Fetched(pod, store, contract.DatasetInput(0, "things", r".*\.txt")).files == {"0/a.txt": "1"}

    def test_one_without_a_version_is_permanent(self, pod: PodFolder, store: Path) -> None:
        fetched = Fetched(pod, store, contract.DatasetInput(0, "things", ""))

        assert fetched.code == contract.INIT_PERMANENT and "`things` has no version" in fetched.message

    @pytest.mark.parametrize(
        ("text", "words"),
        [("{", "is damaged"), ('{"format": 9}', "format 9"), ('{"format": 1}', "is damaged")],
    )
    def test_a_commit_that_cannot_be_used_is_permanent(
        self, pod: PodFolder, store: Path, text: str, words: str
    ) -> None:
        put(store / "datasets/things", {"newest.json": text})

        fetched = Fetched(pod, store, contract.DatasetInput(0, "things", ""))

        assert fetched.code == contract.INIT_PERMANENT and words in fetched.message

    def test_a_file_that_would_lie_outside_is_left_out(self, pod: PodFolder, store: Path) -> None:
        put(store / "datasets/things", {"flow/one/a": "1", "flow/up": "2"})
        text = (
            '{"format": 1, "workflow": "", "task": "", "job": "", "job_uid": "", "pod_uid": "", '
            '"folder": "flow/one", "files": [{"key": "a", "size": 1}, {"key": "../up", "size": 1}]}'
        )
        put(store / "datasets/things", {"newest.json": text})

        assert Fetched(pod, store, contract.DatasetInput(0, "things", "")).files == {"0/a": "1"}


def test_outputs_that_need_a_storage_are_refused_before_the_work(pod: PodFolder) -> None:
    fetched = Fetched(pod, None, outputs=(contract.TaskOutput("flow/work-1"),), control=True)

    assert fetched.code == contract.INIT_PERMANENT and "osmoc-storage" in fetched.message


class TestFolders:
    def test_files_that_manifests_carry_are_copied_and_can_be_written(self, pod: PodFolder) -> None:
        files = (
            contract.FolderFile("a.txt", ("0/f0",), False),
            contract.FolderFile("bin/run", ("1/f0",), True),
            contract.FolderFile("again/a.txt", ("0/f0", "0/f0"), False),
        )
        listed = contract.dump(contract.FolderList(contract.CONTRACT, files))
        held = {"0/f0": "one", "1/f0": "#!/bin/sh", "1/f1": listed[:90], "2/f0": listed[90:]}
        put(pod.path(f"{contract.LOCAL_FOLDER}/1"), held)

        done = Fetched(pod, None, contract.FolderInput(1, ("1/f1", "2/f0")))

        assert done.files == {"1/a.txt": "one", "1/again/a.txt": "oneone", "1/bin/run": "#!/bin/sh"}
        assert (pod.path(contract.INPUT) / "1/bin/run").stat().st_mode & 0o777 == 0o755
        assert (pod.path(contract.INPUT) / "1/a.txt").stat().st_mode & 0o777 == 0o644
        assert "copied 3 files of a local folder" in done.said

    def test_a_version_that_was_uploaded_is_the_one_that_the_plan_names(
        self, pod: PodFolder, store: Path
    ) -> None:
        location = open_location(f"file://{store}", Settings())
        for version, text in (("11", "one"), ("22", "two")):
            local = put(store.parent / version, {"a/b.txt": text, "a/run.txt": text, "c.bin": text})
            files = [Upload(local / name, name) for name in ("a/b.txt", "a/run.txt", "c.bin")]
            executable = {"a/run.txt", "c.bin"}
            assert push(location, LocalVersion("faces", version, files, executable), lambda: None)

        done = Fetched(pod, store, contract.DatasetVersionInput(0, "faces", "11", r".*\.txt"))

        assert done.files == {"0/a/b.txt": "one", "0/a/run.txt": "one"}
        folder = pod.path(contract.INPUT) / "0/a"
        assert (folder / "run.txt").stat().st_mode & 0o777 == 0o755
        assert (folder / "b.txt").stat().st_mode & 0o111 == 0

    def test_a_version_that_nobody_uploaded_yet_is_waited_for_with_what_to_do(
        self, pod: PodFolder, store: Path
    ) -> None:
        done = Fetched(pod, store, contract.DatasetVersionInput(0, "faces", "11", ""))

        assert done.code == contract.INIT_PASSING
        assert "dataset `faces` has no version 11" in done.message
        assert "osmoc data push" in done.message
