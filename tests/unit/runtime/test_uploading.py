"""A local folder is stored once, its commit last, with the settings that a user's machine has."""

from __future__ import annotations

from pathlib import Path

import pytest

from osmoc_runtime import contract
from osmoc_runtime.agent import commits
from osmoc_runtime.errors import StorageFailure
from osmoc_runtime.storage.interface import Upload
from osmoc_runtime.storage.opening import Settings, open_location
from osmoc_runtime.uploading import LocalVersion, own_storage, push


def unchanged() -> None:
    return None


def test_a_folder_is_stored_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    location = open_location(f"file://{tmp_path}/store", Settings())
    local = LocalVersion("faces", "11", [Upload(tmp_path / "a", "sub/a")], {"sub/a"})

    assert push(location, local, unchanged)
    (tmp_path / "a").write_text("two")
    assert not push(location, local, unchanged)

    stored = tmp_path / "store/datasets/faces/local"
    assert (stored / "11/sub/a").read_text() == "one"
    version = commits.read(commits.Version, location.below("datasets/faces"), "local/11.json")
    assert version is not None
    assert version.folder == "local/11"
    assert version.files == (commits.VersionFile("sub/a", 3, True),)


def test_a_folder_that_vanishes_or_changes_is_not_committed(tmp_path: Path) -> None:
    location = open_location(f"file://{tmp_path}/store", Settings())
    (tmp_path / "a").write_text("one")

    with pytest.raises(StorageFailure, match="files of the folder changed"):
        push(location, LocalVersion("faces", "11", [Upload(tmp_path / "gone", "gone")], set()), unchanged)
    with pytest.raises(StorageFailure, match=r"`.*/a` changed while the folder was uploaded"):
        push(
            location,
            LocalVersion("faces", "11", [Upload(tmp_path / "a", "a")], set()),
            lambda: tmp_path / "a",
        )

    assert not (tmp_path / "store/datasets/faces/local/11.json").exists()


def test_the_pool_says_where_then_the_secret(tmp_path: Path) -> None:
    secret = {"url": f"file://{tmp_path}/secret"}

    assert own_storage(secret, {}, contract.Storage()).url == f"file://{tmp_path}/secret"
    pool = contract.Storage(url=f"file://{tmp_path}/pool")
    assert own_storage(secret, {}, pool).url == f"file://{tmp_path}/pool"
    with pytest.raises(StorageFailure, match="where the object storage is"):
        own_storage({}, {}, contract.Storage())


def test_without_keys_it_is_said_how_to_give_some(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(StorageFailure, match="no keys for the object storage"):
        own_storage({"url": "s3://bucket/data"}, {}, contract.Storage())


def test_keys_of_a_profile_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "credentials").write_text("[lab]\naws_access_key_id = k\naws_secret_access_key = s\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_PROFILE", "lab")
    pool = contract.Storage(url="s3://bucket/data", endpoint="http://store.default.svc:9000")

    # Opening asks the store of nothing; without keys it would be refused.
    location = own_storage({}, {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"}, pool)

    assert location.url == "s3://bucket/data"
