from __future__ import annotations

import json

import pytest

from osmoc.kubernetes_objects.files import LARGEST_APPLIED, files_config_map, shards, written_size
from osmoc.plan import PlannedFile
from osmoc.source import Source

AT = Source("spec.yaml", "").start()


def file(path: str, contents: bytes) -> PlannedFile:
    return PlannedFile(path, contents, False, AT)


def applied_size(contents: tuple[bytes, ...]) -> int:
    """Bytes of the annotation that `kubectl apply` writes: Go's JSON, which escapes `<`, `>` and `&`."""
    body = files_config_map("w-files-bcdfghjk", contents, {"a": "b"}, "namespace")
    text = json.dumps(body, ensure_ascii=False)
    for character in "<>&":
        text = text.replace(character, "\\u0000")
    return len(text.encode())


@pytest.mark.parametrize("unit", [b"x", b"<>&", b'\n\t"\\', "é😀".encode(), b"\xff\x00", b"\x01"])
def test_every_configmap_of_small_files_can_be_applied(unit: bytes) -> None:
    files = [file(f"/f{number}", unit * 3000 + str(number).encode()) for number in range(60)]
    made = shards(files)
    assert [one for shard in made for one in shard.files] == files
    for shard in made:
        assert applied_size(shard.contents) <= LARGEST_APPLIED


def test_a_large_file_has_a_configmap_of_its_own_and_says_how_it_is_applied() -> None:
    large = b"x" * LARGEST_APPLIED
    made = shards([file("/a", b"a"), file("/b", large), file("/c", b"c")])
    assert [shard.contents for shard in made] == [(b"a",), (large,), (b"c",)]
    body = files_config_map("n", made[1].contents, {}, None)
    assert "ServerSideApply=true" in json.dumps(body["metadata"])


def test_equal_contents_are_held_once() -> None:
    (shard,) = shards([file("/a", b"x"), file("/b", b"y"), file("/c", b"x")])
    assert [shard.key(one) for one in shard.files] == ["f0", "f1", "f0"]
    assert shard.contents == (b"x", b"y")


@pytest.mark.parametrize("raw", [b"", b"abc", b"<&>", b"\xff" * 10, b"\0", "ä".encode(), b'"\n'])
def test_a_size_is_what_a_file_takes_in_the_annotation(raw: bytes) -> None:
    empty = b"" if written_size(raw) == applied_size((raw,)) - applied_size((b"",)) + 2 else b"\xff"
    assert written_size(raw) - written_size(empty) == applied_size((raw,)) - applied_size((empty,))
