from __future__ import annotations

import os
from pathlib import Path

import pytest

from osmoc_runtime.storage.files import FileLocation
from osmoc_runtime.storage.interface import Download, Sent, StorageError, Upload


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def folder(store: Path) -> FileLocation:
    return FileLocation(f"file://{store}")


def keys(location: FileLocation, prefix: str = "") -> list[str]:
    return [one.key for one in location.list(prefix)]


def test_what_is_written_is_read_and_listed(folder: FileLocation, store: Path) -> None:
    folder.write("a/b.txt", b"one")

    assert folder.read("a/b.txt") == b"one"
    (listed,) = folder.list()
    assert (listed.key, listed.size) == ("a/b.txt", 3)
    assert listed.modified == (store / "a/b.txt").stat().st_mtime


def test_what_is_missing_is_none_and_lists_as_nothing(folder: FileLocation) -> None:
    assert (folder.read("a"), keys(folder), folder.exact()) == (None, [], None)
    folder.write("a", b"")
    assert (folder.read("a/b"), keys(folder, "a/b"), keys(folder.below("a"))) == (None, [], [])


def test_keys_come_in_the_order_of_s3(folder: FileLocation) -> None:
    wanted = ["a", "a-b", "a.txt", "a/b", "a/c/d", "a0", "b", "é", "\U0001f600"]
    for key in reversed(wanted):
        if key != "a":
            folder.write(key, b"")

    assert keys(folder) == sorted(wanted[1:], key=str.encode)


def test_a_prefix_need_not_end_at_a_slash(folder: FileLocation) -> None:
    for key in ("run/one", "run/other/x", "runs/three", "way"):
        folder.write(key, b"")

    assert keys(folder, "run") == ["run/one", "run/other/x", "runs/three"]
    assert keys(folder, "run/") == ["run/one", "run/other/x"]
    assert keys(folder, "run/o") == ["run/one", "run/other/x"]
    assert keys(folder.below("run")) == ["one", "other/x"]


def test_links_to_folders_are_not_entered(folder: FileLocation, store: Path) -> None:
    folder.write("real/x", b"")
    (store / "loop").symlink_to(store)
    (store / "link").symlink_to(store / "real/x")
    (store / "broken").symlink_to("nowhere")

    assert keys(folder) == ["link", "real/x"]


def test_a_file_is_never_seen_half(folder: FileLocation, store: Path) -> None:
    folder.write("a", b"old")
    before = (store / "a").stat().st_ino
    folder.write("a", b"new")

    assert (store / "a").stat().st_ino != before
    assert [path.name for path in store.iterdir()] == ["a"]


def test_what_a_crash_left_is_not_listed(folder: FileLocation, store: Path) -> None:
    folder.write("a", b"")
    (store / ".osmoc-unfinished-0123").touch()

    assert keys(folder) == ["a"]


def test_files_go_up_and_come_back(folder: FileLocation, tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"1")
    (tmp_path / "big").write_bytes(os.urandom(3 << 20))

    sent = folder.upload([Upload(tmp_path / name, f"x/{name}") for name in ("one", "gone", "big")])

    assert sent == (Sent("x/one", 1), Sent("x/big", 3 << 20))
    folder.download([Download("x/big", 0, tmp_path / "back/big")])
    assert (tmp_path / "back/big").read_bytes() == (tmp_path / "big").read_bytes()


def test_pipes_and_folders_are_no_files(folder: FileLocation, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert folder.upload([Upload(tmp_path / "pipe", "pipe"), Upload(tmp_path, "folder")]) == ()


def test_a_missing_file_cannot_be_downloaded(folder: FileLocation, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="there is no file") as caught:
        folder.download([Download("x", 1, tmp_path / "x")])
    assert caught.value.permanent


def test_a_file_in_the_way_of_a_folder_is_said(folder: FileLocation) -> None:
    folder.write("a", b"")

    with pytest.raises(StorageError, match=r"cannot write `.*/a/b`: ") as caught:
        folder.write("a/b", b"")
    assert caught.value.permanent


def test_exact_is_the_file_that_the_url_names(folder: FileLocation, store: Path) -> None:
    folder.write("a/b", b"123")

    exact = folder.below("a/b").exact()
    assert exact is not None and (exact.key, exact.size) == ("b", 3)
    assert folder.below("a").exact() is None
    assert FileLocation(f"file://{store}/a/b/").exact() is None


def test_what_cannot_be_read_is_said(folder: FileLocation) -> None:
    folder.write("x", b"")
    for ask in (lambda: folder.read("a" * 300), lambda: keys(folder, "a" * 300 + "/")):
        with pytest.raises(StorageError, match=r"cannot read `.*`: File name too long") as caught:
            ask()
        assert caught.value.permanent
