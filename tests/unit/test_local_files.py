from __future__ import annotations

from pathlib import Path

import pytest

from osmoc.local_files import LARGEST, LocalFolder, Missing, NotAFile, Outside, Refused, TooLarge, decode


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
