"""Our client and a real S3 server; boto3 looks at what ours did, and the reverse."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from osmoc_runtime.storage import attempts
from osmoc_runtime.storage.interface import Download, Location, Sent, StorageError, Upload
from osmoc_runtime.storage.opening import open_location
from tests.storage.conftest import Store
from tests.storage.faulty_proxy import faulty_proxy

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

KEYS = ["plain", "a b+c~d", "é/ü/\U0001f600", "x/%2F&q=1#r?", "*'()!$,;:@", '<>&"', "tab\tand\nline"]


@pytest.fixture
def prefix() -> str:
    return f"p/{secrets.token_hex(4)}"


@pytest.fixture
def location(store: Store, bucket: str, prefix: str) -> Location:
    return open_location(f"s3://{bucket}/{prefix}", store.plain)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FIRST_PAUSE", 0.01)


def file(folder: Path, size: int, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(os.urandom(size))
    return path


@pytest.mark.parametrize("key", KEYS)
def test_boto3_reads_what_we_write(
    location: Location, boto: S3Client, bucket: str, prefix: str, key: str
) -> None:
    location.write(key, key.encode())

    assert boto.get_object(Bucket=bucket, Key=f"{prefix}/{key}")["Body"].read() == key.encode()


@pytest.mark.parametrize("key", KEYS)
def test_we_read_what_boto3_writes(
    location: Location, boto: S3Client, bucket: str, prefix: str, key: str
) -> None:
    boto.put_object(Bucket=bucket, Key=f"{prefix}/{key}", Body=key.encode())

    assert location.read(key) == key.encode()
    assert [one.key for one in location.list()] == [key]
    exact = location.below(key).exact()
    assert exact is not None and (exact.key, exact.size) == (key.rpartition("/")[2], len(key.encode()))


def test_what_is_not_there_is_none(location: Location) -> None:
    assert (location.read("none"), location.exact(), list(location.list())) == (None, None, [])


def test_an_empty_file_goes_and_comes(location: Location, tmp_path: Path) -> None:
    assert location.upload([Upload(file(tmp_path, 0), "empty")]) == (Sent("empty", 0),)

    (listed,) = location.list()
    location.download([Download(listed.key, listed.size, tmp_path / "back")])
    assert (tmp_path / "back").read_bytes() == b""
    assert location.read("empty") == b""


def test_thousands_of_small_files_go_and_come(location: Location, tmp_path: Path) -> None:
    names = [f"{number % 7}/{number:05}" for number in range(3000)]
    (tmp_path / "from").mkdir()
    for number in range(7):
        (tmp_path / f"from/{number}").mkdir()
    for name in names:
        (tmp_path / "from" / name).write_bytes(name.encode())

    sent = location.upload(Upload(tmp_path / "from" / name, name) for name in names)

    assert sent == tuple(Sent(name, 7) for name in names)
    listed = list(location.list())
    assert [one.key for one in listed] == sorted(names)
    assert [one.key for one in location.list("3/")] == sorted(name for name in names if name[0] == "3")
    location.download([Download(one.key, one.size, tmp_path / "to" / one.key) for one in listed])
    assert all((tmp_path / "to" / name).read_text() == name for name in names)


def test_a_large_file_goes_in_parts_and_comes_in_ranges(
    location: Location, boto: S3Client, bucket: str, prefix: str, tmp_path: Path
) -> None:
    path = file(tmp_path, (100 << 20) + 1)

    assert location.upload([Upload(path, "large")]) == (Sent("large", path.stat().st_size),)

    boto.download_file(bucket, f"{prefix}/large", str(tmp_path / "by-boto3"))
    assert (tmp_path / "by-boto3").read_bytes() == path.read_bytes()
    location.download([Download("large", path.stat().st_size, tmp_path / "by-us")])
    assert (tmp_path / "by-us").read_bytes() == path.read_bytes()
    assert boto.head_object(Bucket=bucket, Key=f"{prefix}/large")["ETag"].endswith('-7"')


def test_what_boto3_sends_in_parts_we_read(
    location: Location, boto: S3Client, bucket: str, prefix: str, tmp_path: Path
) -> None:
    path = file(tmp_path, (40 << 20) + 3)
    boto.upload_file(str(path), bucket, f"{prefix}/large")

    (listed,) = location.list()
    location.download([Download(listed.key, listed.size, tmp_path / "by-us")])

    assert (tmp_path / "by-us").read_bytes() == path.read_bytes()


def test_the_store_looks_at_our_checksums(
    location: Location, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    monkeypatch.setattr("osmoc_runtime.storage.sending.zlib.crc32", lambda block, crc=0: 7)

    with pytest.raises(StorageError, match="BadDigest"):
        location.write("x", b"data")


def test_a_wrong_key_is_said_at_once(store: Store, bucket: str) -> None:
    wrong = replace(store.plain, access_key_id="nobody")

    with pytest.raises(StorageError, match="knows no such access key") as caught:
        open_location(f"s3://{bucket}/x", wrong).read("x")
    assert caught.value.permanent


def test_a_wrong_secret_is_said_at_once_and_not_shown(store: Store, bucket: str, tmp_path: Path) -> None:
    wrong = replace(store.plain, secret_access_key="guessed")
    location = open_location(f"s3://{bucket}/x", wrong)

    with pytest.raises(StorageError, match="correct `secret-access-key`") as caught:
        location.upload([Upload(file(tmp_path, 40 << 20), "x")])
    assert caught.value.permanent and "guessed" not in str(caught.value)
    with pytest.raises(StorageError, match="correct `secret-access-key`"):
        location.exact()


def test_a_missing_right_is_said_at_once(store: Store, bucket: str) -> None:
    with pytest.raises(StorageError, match="forbids PUT of") as caught:
        open_location(f"s3://{bucket}", store.reader).write("x", b"")
    assert caught.value.permanent


def test_a_missing_bucket_is_said_at_once(store: Store, tmp_path: Path) -> None:
    location = open_location("s3://no-such-bucket/x", store.plain)
    sentence = f"the bucket `no-such-bucket` does not exist at {store.endpoint}: create it"

    for ask in (
        lambda: location.read("x"),
        lambda: list(location.list()),
        lambda: location.download([Download("x", 1, tmp_path / "x")]),
    ):
        with pytest.raises(StorageError, match=sentence) as caught:
            ask()
        assert caught.value.permanent
    # To those who may not make buckets, SeaweedFS answers a write as if they had no right to it.
    with pytest.raises(StorageError, match="look whether the bucket exists"):
        location.write("x", b"")


@pytest.mark.parametrize("size", [3 << 20, 40 << 20])
def test_a_connection_that_is_reset_while_sending_is_made_up_for(
    store: Store, bucket: str, prefix: str, boto: S3Client, tmp_path: Path, size: int, quick: None
) -> None:
    path = file(tmp_path, size)
    with faulty_proxy(store.endpoint, after=1 << 20, resets=2) as proxy:
        location = open_location(f"s3://{bucket}/{prefix}", replace(store.plain, endpoint=proxy.url))

        assert location.upload([Upload(path, "x")]) == (Sent("x", size),)
        assert proxy.done == 2
        del location

    assert boto.get_object(Bucket=bucket, Key=f"{prefix}/x")["Body"].read() == path.read_bytes()


@pytest.mark.parametrize("size", [3 << 20, 40 << 20])
def test_a_connection_that_is_reset_while_receiving_is_made_up_for(
    store: Store, bucket: str, prefix: str, boto: S3Client, tmp_path: Path, size: int, quick: None
) -> None:
    data = os.urandom(size)
    boto.put_object(Bucket=bucket, Key=f"{prefix}/x", Body=data)
    with faulty_proxy(store.endpoint, after=1 << 20, resets=2) as proxy:
        location = open_location(f"s3://{bucket}/{prefix}", replace(store.plain, endpoint=proxy.url))

        location.download([Download("x", size, tmp_path / "x")])
        assert proxy.done == 2
        del location

    assert (tmp_path / "x").read_bytes() == data
