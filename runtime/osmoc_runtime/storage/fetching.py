"""Objects of a bucket into files: in one piece where small, in ranges where large."""

from __future__ import annotations

import http.client
import os
from collections.abc import Iterable
from typing import BinaryIO

from osmoc_runtime.storage.attempts import in_parallel
from osmoc_runtime.storage.bucket import Bucket
from osmoc_runtime.storage.connections import BLOCK
from osmoc_runtime.storage.interface import Download, StorageError
from osmoc_runtime.storage.local_files import placed, told, write_at
from osmoc_runtime.storage.refusals import Refused

RANGE = 16 << 20
WHOLE = 2 * RANGE
"""Objects up to this size are asked for as a whole."""
CHANGES = 5


class _Changed(Exception):
    """Ranges of an object are of different versions of it."""


def download(bucket: Bucket, prefix: str, objects: Iterable[Download]) -> None:
    """Fetch the objects, several at a time; then the large ones in turn, several ranges of each at a time."""
    large: list[Download] = []

    def fetch(item: Download) -> None:
        if item.size > WHOLE:
            large.append(item)
        else:
            _fetch_whole(bucket, prefix + item.key, item)

    in_parallel(fetch, objects)
    for item in large:
        _fetch_in_ranges(bucket, prefix + item.key, item)


def _fetch_whole(bucket: Bucket, key: str, item: Download) -> None:
    with placed(item.path) as file:

        def sink(response: http.client.HTTPResponse) -> None:
            # What an attempt before this one left is written over, and cut off if it was more.
            end = _receive(response, file, item, 0)
            with told(item.path):
                os.ftruncate(file.fileno(), end)

        bucket.ask("GET", key, sink=sink)


def _fetch_in_ranges(bucket: Bucket, key: str, item: Download) -> None:
    size = item.size
    for _ in range(CHANGES):
        try:
            with placed(item.path) as file:
                _fetch_ranges(bucket, key, item, file, size)
            return
        except _Changed:
            size = int(bucket.ask("HEAD", key).headers["content-length"])
    raise StorageError(
        f"`{bucket.url(key)}` changes whenever it is downloaded: {CHANGES} times", permanent=True
    )


def _fetch_ranges(bucket: Bucket, key: str, item: Download, file: BinaryIO, size: int) -> None:
    def fetch(begin: int) -> str:
        length = min(RANGE, size - begin)

        def sink(response: http.client.HTTPResponse) -> None:
            if response.headers.get("content-range", "") != f"bytes {begin}-{begin + length - 1}/{size}":
                raise _Changed
            _receive(response, file, item, begin)

        asked = [("range", f"bytes={begin}-{begin + length - 1}")]
        try:
            answer = bucket.ask("GET", key, headers=asked, sink=sink)
        except Refused as error:
            if error.status == 416:
                raise _Changed from error
            raise
        return answer.headers.get("etag", "")

    if len(set(in_parallel(fetch, range(0, size, RANGE)))) != 1:
        raise _Changed


def _receive(response: http.client.HTTPResponse, file: BinaryIO, item: Download, begin: int) -> int:
    """Write the body into the file from `begin` on; where it ends. StorageError where it is not whole."""
    length = response.length
    buffer = memoryview(bytearray(BLOCK if length is None else max(1, min(BLOCK, length))))
    at = begin
    while count := response.readinto(buffer):
        at += write_at(file, item.path, buffer[:count], at)
    if length is not None and at != begin + length:
        raise StorageError(f"the connection ended in the middle of `{item.key}`", permanent=False)
    return at
