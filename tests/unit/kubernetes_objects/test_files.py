from __future__ import annotations

import json

import pytest

from osmoc.kubernetes_objects.files import (
    LARGEST_APPLIED,
    files_config_map,
    files_mounts,
    files_volumes,
    shards,
    written_size,
)
from osmoc.plan import PlannedFile
from osmoc.source import Source

AT = Source("spec.yaml", "").start()


def file(path: str, contents: bytes, *, executable: bool = False) -> PlannedFile:
    return PlannedFile(path, contents, executable, AT)


def applied_size(contents: tuple[bytes, ...]) -> int:
    return annotated_size(files_config_map("w-files-bcdfghjk", contents, {"a": "b"}, "namespace"))


def annotated_size(body: dict[str, object]) -> int:
    """Bytes of the annotation that `kubectl apply` writes: Go's JSON, which escapes `<`, `>` and `&`."""
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
    assert shard.keys == ("f0", "f1", "f0")
    assert shard.contents == (b"x", b"y")


def test_files_of_one_name_in_different_folders_have_keys_of_their_own() -> None:
    (shard,) = shards([file("/a/run.sh", b"1"), file("/b/run.sh", b"2"), file("/a/b/run.sh", b"3")])
    assert shard.keys == ("f0", "f1", "f2")


def test_of_two_files_that_hold_the_same_one_may_be_executable() -> None:
    (shard,) = shards([file("/a", b"x"), file("/b", b"x", executable=True), file("/c", b"x")])
    assert shard.keys == ("f0", "f1", "f0")
    (volume,) = files_volumes("task", [shard])
    source = volume["configMap"]
    assert isinstance(source, dict)
    assert source["items"] == [{"key": "f0", "path": "f0"}, {"key": "f1", "path": "f1", "mode": 0o555}]


def test_a_thousand_files_are_few_configmaps_with_a_mount_for_each_file() -> None:
    files = [file(f"/data/{number}", b"%d\n" % number * 100) for number in range(1000)]
    made = shards(files)
    assert len(made) <= 4
    mounts = [mount for _, mount in files_mounts(made)]
    assert len({(mount["name"], mount["subPath"]) for mount in mounts}) == 1000
    contents = {
        (f"files-{index}", key): raw
        for index, shard in enumerate(made)
        for key, raw in zip(dict.fromkeys(shard.keys), shard.contents, strict=True)
    }
    for one, mount in zip(files, mounts, strict=True):
        assert mount["mountPath"] == one.path
        assert contents[str(mount["name"]), str(mount["subPath"])] == one.contents


def test_a_text_that_fits_as_base64_alone_is_binary_data() -> None:
    dense = b"<" * 100_000
    (shard,) = shards([file("/a", dense)])
    body = files_config_map("n", shard.contents, {}, None)
    assert list(body) == ["apiVersion", "kind", "metadata", "immutable", "binaryData"]
    assert "ServerSideApply" not in json.dumps(body)
    assert applied_size((dense,)) <= LARGEST_APPLIED


@pytest.mark.parametrize("raw", [b"", b"abc", b"<&>", b"\xff" * 10, b"\0", "ä".encode(), b'"\n'])
def test_a_size_is_what_a_file_takes_in_the_annotation(raw: bytes) -> None:
    empty = b"" if written_size(raw) == applied_size((raw,)) - applied_size((b"",)) + 2 else b"\xff"
    assert written_size(raw) - written_size(empty) == applied_size((raw,)) - applied_size((empty,))
