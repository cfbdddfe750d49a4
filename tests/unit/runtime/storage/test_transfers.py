"""Files that change while they are sent, objects that change while they come, and parts that fail."""

from __future__ import annotations

import os
import zlib
from base64 import b64encode
from pathlib import Path

import pytest

from osmoc_runtime.storage import attempts, fetching, sending
from osmoc_runtime.storage.interface import Download, Location, Sent, StorageError, Upload
from osmoc_runtime.storage.opening import Settings, open_location
from tests.unit.runtime.storage.answering import Answering, Asked, Memory, Reply, refusal

PART = 64 << 10


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large is what is larger than 128 KiB."""
    for module in (sending, fetching):
        monkeypatch.setattr(module, "WHOLE", 2 * PART)
    monkeypatch.setattr(sending, "PART", PART)
    monkeypatch.setattr(sending, "IN_MEMORY", 1000)
    monkeypatch.setattr(fetching, "RANGE", PART)


def file(folder: Path, size: int, name: str = "x") -> Path:
    path = folder / name
    path.write_bytes(os.urandom(size))
    return path


SIZES = [0, 1, 999, 1001, 2 * PART, 2 * PART + 1, 5 * PART, 5 * PART + 77]


class TestSending:
    @pytest.mark.parametrize("size", SIZES)
    def test_every_size_arrives_and_comes_back(
        self, location: Location, memory: Memory, tmp_path: Path, size: int
    ) -> None:
        path = file(tmp_path, size)

        assert location.upload([Upload(path, "x")]) == (Sent("x", size),)

        assert memory.objects["/lab/data/x"] == path.read_bytes()
        location.download([Download("x", size, tmp_path / "new/folder/y")])
        assert (tmp_path / "new/folder/y").read_bytes() == path.read_bytes()

    def test_the_order_is_kept_and_what_vanished_left_out(self, location: Location, tmp_path: Path) -> None:
        names = ["large", "one", "gone", "two"]
        file(tmp_path, 3 * PART, "large")
        file(tmp_path, 1, "one")
        file(tmp_path, 2, "two")

        sent = location.upload(Upload(tmp_path / name, name) for name in names)

        assert [(one.key, one.size) for one in sent] == [("large", 3 * PART), ("one", 1), ("two", 2)]

    def test_what_is_sent_is_guarded_by_a_checksum(
        self, location: Location, server: Answering, tmp_path: Path
    ) -> None:
        path = file(tmp_path, 5000)

        location.upload([Upload(path, "x")])

        crc = b64encode(zlib.crc32(path.read_bytes()).to_bytes(4, "big")).decode()
        assert server.asked[0].headers["x-amz-checksum-crc32"] == crc

    def test_other_stores_get_an_md5(self, server: Answering, settings: Settings) -> None:
        open_location("gs://lab/data", settings).write("x", b"hello")

        assert server.asked[0].headers["content-md5"] == "XUFAKrxLKna5cZ2REBfFkg=="

    def test_large_files_have_larger_parts_where_there_were_too_many(
        self, location: Location, memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sending, "MOST_PARTS", 3)
        path = file(tmp_path, 10 * PART + 1)

        location.upload([Upload(path, "x")])

        assert len(memory.parts) == 3
        assert memory.objects["/lab/data/x"] == path.read_bytes()

    def test_a_part_that_fails_is_sent_again_alone(
        self, location: Location, server: Answering, memory: Memory, tmp_path: Path
    ) -> None:
        failed: list[str] = []

        def answer(asked: Asked) -> Reply:
            if asked.query.get("partNumber") == "2" and not failed:
                failed.append("2")
                return Reply(cut=-1)
            return memory(asked)

        server.answer = answer
        path = file(tmp_path, 4 * PART)

        location.upload([Upload(path, "x")])

        assert memory.objects["/lab/data/x"] == path.read_bytes()
        assert len([asked for asked in server.asked if "uploads" in asked.query]) == 1

    def test_parts_are_not_left_behind_where_all_is_in_vain(
        self, location: Location, server: Answering, memory: Memory, tmp_path: Path
    ) -> None:
        server.answer = lambda asked: (
            refusal(403, "AccessDenied") if asked.query.get("partNumber") == "3" else memory(asked)
        )

        with pytest.raises(StorageError, match="AccessDenied"):
            location.upload([Upload(file(tmp_path, 4 * PART), "x")])

        assert memory.aborted and "/lab/data/x" not in memory.objects
        (aborted,) = [asked for asked in server.asked if asked.method == "DELETE"]
        assert aborted.query == {"uploadId": "a&b"}

    def test_a_failure_behind_status_200_is_seen(
        self, location: Location, server: Answering, memory: Memory, tmp_path: Path
    ) -> None:
        failures = [refusal(200, "InternalError")]

        def answer(asked: Asked) -> Reply:
            if asked.method == "POST" and "uploadId" in asked.query and failures:
                return failures.pop()
            return memory(asked)

        server.answer = answer

        assert location.upload([Upload(file(tmp_path, 3 * PART), "x")]) == (Sent("x", 3 * PART),)

    def test_a_lost_answer_to_the_end_of_an_upload_is_found_out(
        self, location: Location, server: Answering, memory: Memory, tmp_path: Path
    ) -> None:
        ended: list[Asked] = []

        def answer(asked: Asked) -> Reply:
            if asked.method == "POST" and "uploadId" in asked.query:
                ended.append(asked)
                if len(ended) > 1:
                    return refusal(404, "NoSuchUpload")
                memory(asked)
                return Reply(cut=-1)
            return memory(asked)

        server.answer = answer

        assert location.upload([Upload(file(tmp_path, 3 * PART), "x")]) == (Sent("x", 3 * PART),)
        assert len(ended) == 2

    def test_a_stored_size_that_is_wrong_is_a_failure(
        self, location: Location, server: Answering, memory: Memory, tmp_path: Path
    ) -> None:
        def answer(asked: Asked) -> Reply:
            reply = memory(asked)
            if asked.method == "POST" and "uploadId" in asked.query:
                memory.objects[asked.path] = b"short"
            return reply

        server.answer = answer

        with pytest.raises(StorageError, match="has 5 bytes instead of"):
            location.upload([Upload(file(tmp_path, 3 * PART), "x")])


class TestChangingFiles:
    @pytest.mark.parametrize("size", [5000, 4 * PART])
    def test_a_file_that_grows_is_sent_as_it_was_at_first(
        self, location: Location, server: Answering, memory: Memory, tmp_path: Path, size: int
    ) -> None:
        path = file(tmp_path, size)
        first = path.read_bytes()

        def answer(asked: Asked) -> Reply:
            with path.open("ab") as grown:
                grown.write(b"more")
            return memory(asked)

        server.answer = answer

        assert location.upload([Upload(path, "x")]) == (Sent("x", size),)
        assert memory.objects["/lab/data/x"] == first

    def test_a_file_that_becomes_shorter_is_begun_anew(
        self, location: Location, server: Answering, memory: Memory, tmp_path: Path
    ) -> None:
        path = file(tmp_path, 4 * PART)

        def answer(asked: Asked) -> Reply:
            if "uploads" in asked.query and path.stat().st_size == 4 * PART:
                os.truncate(path, 3 * PART - 5)
            return memory(asked)

        server.answer = answer

        assert location.upload([Upload(path, "x")]) == (Sent("x", 3 * PART - 5),)
        assert memory.objects["/lab/data/x"] == path.read_bytes()
        assert memory.aborted

    def test_one_that_never_rests_is_named(
        self, location: Location, server: Answering, memory: Memory, tmp_path: Path
    ) -> None:
        path = file(tmp_path, 20 * PART)

        def answer(asked: Asked) -> Reply:
            if "uploads" in asked.query:
                os.truncate(path, path.stat().st_size - PART)
            return memory(asked)

        server.answer = answer

        with pytest.raises(StorageError, match=f"`{path}` becomes shorter whenever it is uploaded"):
            location.upload([Upload(path, "x")])


class TestFetching:
    def put(self, memory: Memory, data: bytes) -> None:
        memory.objects["/lab/data/x"] = data

    @pytest.mark.parametrize("size", [1000, 4 * PART])
    def test_a_connection_that_breaks_is_made_up_for(
        self, location: Location, server: Answering, memory: Memory, tmp_path: Path, size: int
    ) -> None:
        data = os.urandom(size)
        self.put(memory, data)
        server.once(Reply(200, bytes(size), cut=500), Reply(cut=-1))

        location.download([Download("x", size, tmp_path / "x")])

        assert (tmp_path / "x").read_bytes() == data

    def test_a_file_is_there_only_when_whole(
        self, location: Location, server: Answering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(attempts, "ATTEMPTS", 2)
        server.answer = lambda asked: Reply(200, bytes(1000), cut=500)

        with pytest.raises(StorageError, match="in the middle of `x`"):
            location.download([Download("x", 1000, tmp_path / "folder/x")])

        assert list((tmp_path / "folder").iterdir()) == []

    @pytest.mark.parametrize("new", [2 * PART + 7, 5 * PART])
    def test_an_object_of_another_size_than_listed_comes_as_it_is(
        self, location: Location, memory: Memory, tmp_path: Path, new: int
    ) -> None:
        data = os.urandom(new)
        self.put(memory, data)

        location.download([Download("x", 4 * PART, tmp_path / "x")])

        assert (tmp_path / "x").read_bytes() == data

    def test_ranges_of_two_versions_are_not_mixed(
        self, location: Location, server: Answering, memory: Memory, tmp_path: Path
    ) -> None:
        old, new = os.urandom(4 * PART), os.urandom(4 * PART)
        self.put(memory, old)

        def answer(asked: Asked) -> Reply:
            reply = memory(asked)
            self.put(memory, new)
            return reply

        server.answer = answer

        location.download([Download("x", 4 * PART, tmp_path / "x")])

        assert (tmp_path / "x").read_bytes() == new

    def test_a_missing_object_is_named(self, location: Location, tmp_path: Path) -> None:
        with pytest.raises(StorageError, match="there is no object `s3://lab/data/x`") as caught:
            location.download([Download("x", 1, tmp_path / "x")])
        assert caught.value.permanent

    def test_a_file_that_cannot_be_written_is_named_and_not_tried_again(
        self, location: Location, memory: Memory, server: Answering, tmp_path: Path
    ) -> None:
        self.put(memory, b"1")
        (tmp_path / "a").touch()

        with pytest.raises(StorageError, match=r"cannot write `.*/a/x`") as caught:
            location.download([Download("x", 1, tmp_path / "a/x")])
        assert caught.value.permanent
