"""Requests that fail, are tried again or go elsewhere; and what is said when all is in vain."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from osmoc_runtime.storage import attempts
from osmoc_runtime.storage.interface import Location, StorageError, Upload
from osmoc_runtime.storage.opening import Settings, open_location
from tests.unit.runtime.storage.answering import Answering, Asked, Memory, Reply, refusal

PAGE = (
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType>{}'
    "</ListBucketResult>"
)


def entry(key: str, size: int = 1) -> str:
    return (
        f"<Contents><Key>{key}</Key><LastModified>2026-11-26T08:38:03.000Z</LastModified>"
        f"<Size>{size}</Size></Contents>"
    )


def page(*entries: str, more: str = "") -> Reply:
    tail = (
        f"<IsTruncated>true</IsTruncated><NextContinuationToken>{more}</NextContinuationToken>"
        if more
        else ""
    )
    return Reply(body=PAGE.format("".join(entries) + tail).encode())


class TestReading:
    def test_what_is_written_is_read(self, location: Location, server: Answering, memory: Memory) -> None:
        location.write("a b+é/x", b"data")

        assert memory.objects == {"/lab/data/a b+é/x": b"data"}
        assert location.read("a b+é/x") == b"data"
        assert location.below("a b+é").read("x") == b"data"

    def test_a_missing_object_is_none(self, location: Location) -> None:
        assert location.read("none") is None

    def test_exact_is_the_object_that_the_url_names(self, location: Location, settings: Settings) -> None:
        location.write("a/x", b"data")

        found = open_location("s3://lab/data/a/x", settings).exact()
        assert found is not None and (found.key, found.size, found.modified) == ("x", 4, 1795682283.0)
        assert open_location("s3://lab/data/a", settings).exact() is None

    def test_a_slash_at_the_end_names_no_object(self, server: Answering, settings: Settings) -> None:
        assert open_location("s3://lab/data/", settings).exact() is None
        assert open_location("s3://lab", settings).exact() is None
        assert server.asked == []

    def test_a_connection_serves_many_requests(self, location: Location, server: Answering) -> None:
        for number in range(5):
            location.write(str(number), b"")

        assert len({asked.client for asked in server.asked}) == 1

    def test_a_kept_connection_that_the_server_closed_is_no_failure(
        self, location: Location, server: Answering, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        location.write("x", b"1")
        monkeypatch.setattr(attempts, "ATTEMPTS", 1)
        server.once(Reply(cut=-1))

        assert location.read("x") == b"1"


class TestListing:
    def test_all_pages_are_read(self, location: Location, server: Answering) -> None:
        server.once(
            page(entry("data/a+b%2B%C3%A9", 7), entry("data/b"), more="t&amp;1"), page(entry("data/c"))
        )

        listed = list(location.list("p q"))

        assert [(one.key, one.size) for one in listed] == [("a b+é", 7), ("b", 1), ("c", 1)]
        assert listed[0].modified == 1795682283.0
        assert [asked.query.get("continuation-token") for asked in server.asked] == [None, "t&1"]
        assert {asked.query["prefix"] for asked in server.asked} == {"data/p q"}

    def test_pages_are_asked_for_when_they_are_needed(self, location: Location, server: Answering) -> None:
        server.once(page(entry("data/a"), more="1"), page(entry("data/b")))

        assert next(iter(location.list())).key == "a"
        assert len(server.asked) == 1

    def test_folders_that_tools_leave_are_no_objects(self, location: Location, server: Answering) -> None:
        server.once(page(entry("data/"), entry("data/a/"), entry("data/a/x")))

        assert [one.key for one in location.list()] == ["a/x"]

    def test_a_neighbour_with_a_longer_name_is_not_listed(
        self, location: Location, server: Answering
    ) -> None:
        server.once(page())

        assert list(location.list()) == []
        assert server.asked[0].query["prefix"] == "data/"

    def test_half_a_page_is_asked_for_again(self, location: Location, server: Answering) -> None:
        server.once(Reply(body=b"<ListBucketResult><Conte"), page(entry("data/a")))

        assert [one.key for one in location.list()] == ["a"]


class TestRepeating:
    @pytest.mark.parametrize(
        "reply",
        [
            refusal(503, "SlowDown"),
            refusal(500, "InternalError"),
            refusal(429, "TooManyRequests"),
            refusal(400, "RequestTimeout"),
            refusal(400, "BadDigest"),
            Reply(502, b"<html>bad gateway</html>"),
            Reply(cut=-1),
        ],
        ids=lambda reply: f"{reply.status} {reply.cut}",
    )
    def test_what_may_pass_is_tried_again(
        self, location: Location, server: Answering, memory: Memory, reply: Reply
    ) -> None:
        server.once(reply, reply)

        location.write("x", b"data")

        assert memory.objects["/lab/data/x"] == b"data"
        assert len(server.asked) == 3

    def test_an_answer_that_ends_early_is_asked_for_again(
        self, location: Location, server: Answering
    ) -> None:
        location.write("x", b"0123456789")
        server.once(Reply(200, b"0123456789", cut=4))

        assert location.read("x") == b"0123456789"

    def test_in_the_end_it_says_what_the_store_said(self, location: Location, server: Answering) -> None:
        server.answer = lambda asked: refusal(503, "SlowDown")

        with pytest.raises(StorageError) as caught:
            location.read("x")

        assert not caught.value.permanent
        assert re.fullmatch(
            rf"the store at {server.url} answered GET of `s3://lab/data/x` with 503 SlowDown: so it is "
            r"\(tried 8 times in \d+ s\)",
            str(caught.value),
        )

    def test_after_the_deadline_nothing_is_tried_again(self, server: Answering, settings: Settings) -> None:
        server.answer = lambda asked: refusal(503, "SlowDown")
        location = open_location("s3://lab/data", settings, time.monotonic())

        with pytest.raises(StorageError, match="tried once"):
            location.read("x")

    def test_a_store_that_is_not_there_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(attempts, "ATTEMPTS", 2)
        settings = Settings(endpoint="http://127.0.0.1:9", access_key_id="id", secret_access_key="s")

        with pytest.raises(StorageError, match=r"no answer from the store at http://127.0.0.1:9: .*refused"):
            open_location("s3://lab", settings).read("x")


REFUSALS = [
    (refusal(404, "NoSuchBucket"), "the bucket `lab` does not exist at {url}: create it, or name"),
    (refusal(403, "InvalidAccessKeyId"), "knows no such access key: correct `access-key-id` in the Secret"),
    (refusal(403, "SignatureDoesNotMatch"), "correct `secret-access-key` in the Secret"),
    (refusal(403, "AccessDenied"), "forbids {method} of `s3://lab/data/x` (AccessDenied)"),
    (refusal(403, "RequestTimeTooSkewed"), "the clock of this machine is too far from that of the store"),
    (refusal(400, "ExpiredToken"), "the session token has expired: renew `session-token`"),
    (refusal(301, "PermanentRedirect"), "correct `region` and `endpoint` in the Secret"),
    (refusal(400, "EntityTooLarge"), "answered {method} of `s3://lab/data/x` with 400 EntityTooLarge: so it"),
    (refusal(405, "MethodNotAllowed"), "with 405 MethodNotAllowed"),
]  # fmt: skip


class TestRefusals:
    @pytest.mark.parametrize(("reply", "sentence"), REFUSALS, ids=lambda value: getattr(value, "status", ""))
    @pytest.mark.parametrize("method", ["GET", "PUT"])
    def test_what_cannot_pass_is_said_at_once(
        self, location: Location, server: Answering, reply: Reply, sentence: str, method: str
    ) -> None:
        server.answer = lambda asked: reply
        ask: dict[str, Callable[[], object]] = {
            "GET": lambda: location.read("x"),
            "PUT": lambda: location.write("x", b""),
        }

        with pytest.raises(StorageError) as caught:
            ask[method]()

        assert sentence.format(url=server.url, method=method) in str(caught.value)
        assert "very-secret" not in str(caught.value)
        assert (caught.value.permanent, len(server.asked)) == (True, 1)

    def test_head_which_cannot_say_why_is_followed_by_get(
        self, server: Answering, settings: Settings
    ) -> None:
        server.answer = lambda asked: refusal(403, "InvalidAccessKeyId")

        with pytest.raises(StorageError, match="knows no such access key"):
            open_location("s3://lab/data/x", settings).exact()

        assert [asked.method for asked in server.asked] == ["HEAD", "GET"]

    def test_a_server_that_answers_before_it_has_read_all_is_heard(
        self, location: Location, server: Answering, tmp_path: Path
    ) -> None:
        (tmp_path / "x").write_bytes(bytes(30 << 20))
        server.answer = lambda asked: refusal(403, "AccessDenied")

        with pytest.raises(StorageError, match="AccessDenied"):
            location.upload([Upload(tmp_path / "x", "x")])

    def test_a_file_name_that_is_not_utf_8_is_named(self, location: Location) -> None:
        with pytest.raises(StorageError, match=r"`data/bad\\udcff` is not UTF-8: rename the file") as caught:
            location.write("bad\udcff", b"")
        assert caught.value.permanent


class TestRegions:
    def there_only(self, region: str, reply: Reply, memory: Memory) -> Callable[[Asked], Reply]:
        return lambda asked: memory(asked) if f"/{region}/s3/" in asked.headers["authorization"] else reply

    @pytest.mark.parametrize(
        "reply",
        [
            refusal(301, "PermanentRedirect", x_amz_bucket_region="eu-west-3"),
            refusal(400, "AuthorizationHeaderMalformed", "<Region>eu-west-3</Region>"),
        ],
        ids=["redirect", "malformed"],
    )
    def test_the_bucket_s_region_is_followed_and_kept(
        self, location: Location, server: Answering, memory: Memory, reply: Reply
    ) -> None:
        server.answer = self.there_only("eu-west-3", reply, memory)

        location.write("x", b"data")
        location.below("y").write("z", b"data")

        assert set(memory.objects) == {"/lab/data/x", "/lab/data/y/z"}
        assert len(server.asked) == 3

    def test_a_second_move_is_refused(self, location: Location, server: Answering) -> None:
        regions = iter(["a-1", "b-2", "c-3"])
        server.answer = lambda asked: refusal(301, "PermanentRedirect", x_amz_bucket_region=next(regions))

        with pytest.raises(StorageError, match="correct `region`"):
            location.read("x")

        assert len(server.asked) == 2
