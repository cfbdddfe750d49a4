from __future__ import annotations

import os
from pathlib import Path

import pytest

from osmoc.local_files import (
    LARGEST,
    LocalFolder,
    Missing,
    NotAFile,
    Outside,
    Refused,
    TooLarge,
    Unreadable,
    decode,
    digest_of,
)


def folder_of(root: Path, *, work_tree: bool = False) -> Path:
    folder = root / "tree" / "spec"
    folder.mkdir(parents=True)
    if work_tree:
        (root / "tree" / ".git").mkdir()
    (folder / "a.txt").write_bytes(b"a\r\n")
    (root / "tree" / "shared.txt").write_bytes(b"shared")
    (root / "secret.txt").write_bytes(b"secret")
    return folder


def test_bytes_are_taken_as_they_are(tmp_path: Path) -> None:
    assert LocalFolder(folder_of(tmp_path), allow_outside=False).read("./a.txt") == b"a\r\n"


def test_a_file_above_is_taken_within_the_git_work_tree(tmp_path: Path) -> None:
    assert (
        LocalFolder(folder_of(tmp_path, work_tree=True), allow_outside=False).read("../shared.txt")
        == b"shared"
    )


@pytest.mark.parametrize(
    ("work_tree", "localpath"), [(False, "../shared.txt"), (True, "../../secret.txt"), (True, "link")]
)
def test_what_lies_outside_is_refused_unless_it_is_allowed(
    tmp_path: Path, work_tree: bool, localpath: str
) -> None:
    folder = folder_of(tmp_path, work_tree=work_tree)
    (folder / "link").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(Outside, match="outside the spec's " + ("git work tree" if work_tree else "folder")):
        LocalFolder(folder, allow_outside=False).read(localpath)
    assert LocalFolder(folder, allow_outside=True).read(localpath)


def test_an_absolute_path_within_the_bound_is_taken(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    assert LocalFolder(folder, allow_outside=False).read(str(folder / "a.txt")) == b"a\r\n"


@pytest.mark.parametrize(
    ("localpath", "refused"),
    [
        ("gone", Missing),
        ("a.txt/b", Missing),
        ("dangling", Missing),
        ("", NotAFile),
        (".", NotAFile),
        ("a\0b", Missing),
    ],
)
def test_what_is_no_file_is_refused(tmp_path: Path, localpath: str, refused: type[Refused]) -> None:
    folder = folder_of(tmp_path)
    (folder / "dangling").symlink_to(folder / "nothing")
    with pytest.raises(refused):
        LocalFolder(folder, allow_outside=False).read(localpath)


def test_a_file_that_is_too_large_is_refused_by_its_size_alone(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "fits").write_bytes(bytes(LARGEST))
    (folder / "large").write_bytes(bytes(LARGEST + 1))
    assert len(LocalFolder(folder, allow_outside=False).read("fits")) == LARGEST
    with pytest.raises(TooLarge):
        LocalFolder(folder, allow_outside=False).read("large")


def test_a_folder_is_wanted_where_one_is_wanted(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    local = LocalFolder(folder, allow_outside=False)
    assert local.folder(".") == folder.resolve()
    with pytest.raises(NotAFile):
        local.folder("a.txt")


def test_base64_may_have_line_ends_and_nothing_else() -> None:
    assert decode("aGVs\r\nbG8=\n") == b"hello"
    assert decode("aGVs bG8=") is None
    assert decode("hällo") is None


def test_a_folder_is_read_whole_in_the_order_of_paths(tmp_path: Path) -> None:
    root = folder_of(tmp_path)
    data = root / "data"
    (data / "b").mkdir(parents=True)
    (data / "empty").mkdir()
    (data / "b" / "run").write_bytes(b"#!/bin/sh")
    (data / "b" / "run").chmod(0o755)
    (data / "a.bin").write_bytes(b"\x00\xff")
    (data / "link").symlink_to("a.bin")

    found = LocalFolder(root, allow_outside=False).files_of("data")

    assert [(file.path, file.contents, file.executable) for file in found.files] == [
        ("a.bin", b"\x00\xff", False),
        ("b/run", b"#!/bin/sh", True),
        ("link", b"\x00\xff", False),
    ]
    assert found.carried
    assert found.amount == "3 files of 0 KiB"


def test_the_owners_bit_says_whether_a_file_can_be_run(tmp_path: Path) -> None:
    root = folder_of(tmp_path)
    local = LocalFolder(root, allow_outside=False)
    assert not local.is_executable("a.txt")
    (root / "a.txt").chmod(0o611)
    assert not local.is_executable("a.txt")
    (root / "a.txt").chmod(0o700)
    assert local.is_executable("a.txt")


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    root = folder_of(tmp_path)
    (root / "data").mkdir()
    (root / "data" / os.fsdecode(b"\xff")).write_bytes(b"x")
    with pytest.raises(Unreadable, match="is not UTF-8"):
        LocalFolder(root, allow_outside=False).files_of("data")


def test_a_file_that_did_not_change_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"one")
    first = digest_of(path)
    state = path.stat()
    path.write_bytes(b"two")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert digest_of(path) == first
    path.write_bytes(b"three")
    assert digest_of(path) != first


def test_a_folders_version_follows_what_it_holds_and_nothing_else(tmp_path: Path) -> None:
    root = folder_of(tmp_path)
    (root / "data").mkdir()

    def version() -> str:
        return LocalFolder(root, allow_outside=False).files_of("data").version

    (root / "data" / "a").write_bytes(b"x")
    first = version()
    os.utime(root / "data" / "a", (1, 1))
    assert version() == first
    (root / "data" / "a").write_bytes(b"y")
    second = version()
    (root / "data" / "a").rename(root / "data" / "b")
    third = version()
    (root / "data" / "b").chmod(0o755)
    assert len({first, second, third, version()}) == 4


@pytest.mark.parametrize(("files", "size"), [(1, 900 * 1024 + 1), (1001, 1)])
def test_a_folder_of_many_bytes_or_many_files_is_not_carried(files: int, size: int, tmp_path: Path) -> None:
    root = folder_of(tmp_path)
    (root / "data").mkdir()
    for number in range(files):
        (root / "data" / str(number)).write_bytes(bytes(size))

    assert not LocalFolder(root, allow_outside=False).files_of("data").carried


def test_a_folder_holds_files_alone_and_none_from_outside(tmp_path: Path) -> None:
    root = folder_of(tmp_path)
    (root / "data").mkdir()
    local = LocalFolder(root, allow_outside=False)
    (root / "data" / "up").symlink_to("..")
    with pytest.raises(NotAFile, match="`data/up` is a link to a folder"):
        local.files_of("data")
    (root / "data" / "up").unlink()
    (root / "data" / "hosts").symlink_to("/etc/hosts")
    with pytest.raises(Outside):
        local.files_of("data")
    (root / "data" / "hosts").unlink()
    os.mkfifo(root / "data" / "pipe")
    with pytest.raises(NotAFile, match="`data/pipe` is no ordinary file"):
        local.files_of("data")
