from __future__ import annotations

import pytest

from osmoc.lowering.paths import folders_above


@pytest.mark.parametrize(
    ("path", "folders"),
    [("/a/b/c", ["/a/b", "/a", "/"]), ("/a", ["/"]), ("/", []), ("a", [""]), ("", []), ("//a", ["//"])],
)
def test_the_folders_above_a_path_come_to_an_end(path: str, folders: list[str]) -> None:
    assert list(folders_above(path)) == folders
