"""`osmoc data push`, on a store that is a folder, without a cluster."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from osmoc_runtime.storage.files import FileLocation
from osmoc_runtime.storage.interface import Sent, Upload
from tests.command_line import osmoc

SPEC = """
workflow:
  name: w
  tasks:
  - name: a
    image: busybox:1.36
    command: [ls]
    inputs:
    - dataset: {name: faces, localpath: data}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec, its data, and a pool whose storage is beside them; no cluster is configured."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    (tmp_path / "spec.yaml").write_text(SPEC)
    (tmp_path / "pool.yaml").write_text(f"storage: {{url: 'file://{tmp_path}/store'}}\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "large").write_bytes(bytes(2_000_000))
    (tmp_path / "data" / "run").write_text("#!/bin/sh")
    (tmp_path / "data" / "run").chmod(0o755)
    return tmp_path


def stored(folder: Path) -> list[str]:
    store = folder / "store/datasets/faces/local"
    return sorted(path.relative_to(store).as_posix() for path in store.rglob("*") if path.is_file())


def test_a_large_folder_is_stored_once_under_its_hash(folder: Path) -> None:
    push = ["data", "push", "spec.yaml", "--pool", "pool.yaml"]

    first, second = osmoc(push, folder), osmoc(push, folder)

    assert (first.code, first.err) == (0, "")
    assert first.out.startswith("dataset faces: 2 files of 1.9 MiB, uploaded (version ")
    assert second.out == first.out.replace("uploaded", "there already")
    version = first.out.rpartition(" ")[2].rstrip(")\n")
    assert stored(folder) == [f"{version}.json", f"{version}/large", f"{version}/run"]
    record = json.loads((folder / f"store/datasets/faces/local/{version}.json").read_text())
    assert {file["key"]: file["executable"] for file in record["files"]} == {"large": False, "run": True}


def test_a_small_folder_needs_no_upload(folder: Path) -> None:
    (folder / "data" / "large").unlink()

    done = osmoc(["data", "push", "spec.yaml", "--pool", "pool.yaml"], folder)

    assert (done.code, done.out) == (0, "no folder is too large for manifests: there is nothing to upload\n")
    assert not (folder / "store").exists()


def test_where_nobody_says_where_the_storage_is_the_cluster_is_asked_for(folder: Path) -> None:
    done = osmoc(["data", "push", "spec.yaml"], folder)

    assert done.code == 2
    assert done.err.startswith("error: no cluster is configured")


def test_a_cluster_that_was_named_must_be_there(folder: Path) -> None:
    done = osmoc(["data", "push", "spec.yaml", "--pool", "pool.yaml", "--context", "lab"], folder)

    assert done.code == 2
    assert stored(folder) == []


def test_a_file_that_changes_meanwhile_is_said_and_nothing_is_committed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = FileLocation.upload

    def touched(location: FileLocation, files: Iterable[Upload]) -> tuple[Sent, ...]:
        sent = upload(location, files)
        (folder / "data" / "run").write_text("#!/bin/sh\nother")
        return sent

    monkeypatch.setattr(FileLocation, "upload", touched)

    done = osmoc(["data", "push", "spec.yaml", "--pool", "pool.yaml"], folder)

    assert done.code == 2
    assert "/data/run` changed while the folder was uploaded" in done.err
    assert not [name for name in stored(folder) if name.endswith(".json")]
