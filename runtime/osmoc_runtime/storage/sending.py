"""Files into a bucket: whole where small, in parts where large."""

from __future__ import annotations

import hashlib
import os
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterable
from html import escape

from osmoc_runtime.storage.attempts import in_parallel, persistently
from osmoc_runtime.storage.bucket import CRC32, Bucket
from osmoc_runtime.storage.connections import Answer, Shrunk, Slice
from osmoc_runtime.storage.interface import Sent, StorageError, Upload
from osmoc_runtime.storage.local_files import opened
from osmoc_runtime.storage.refusals import Refused, element

PART = 16 << 20
"""Bytes of a part; larger files have larger parts, since an upload has at most MOST_PARTS (a limit of S3)."""
MOST_PARTS = 10_000
WHOLE = 2 * PART
"""Files up to this size are sent by one request."""
IN_MEMORY = 256 << 10
"""Bodies up to this size are read at once."""
CHANGES = 5
TOO_LARGE = Sent("", -1)


def upload(bucket: Bucket, prefix: str, files: Iterable[Upload]) -> tuple[Sent, ...]:
    """Send the files, several at a time; then the large ones in turn, several parts of each at a time."""
    large: list[tuple[int, Upload]] = []

    def send(numbered: tuple[int, Upload]) -> Sent | None:
        sent = persistently(
            lambda: _despite_changes(_send_whole, bucket, prefix, numbered[1]), bucket.deadline
        )
        if sent is TOO_LARGE:
            large.append(numbered)
        return sent

    results = in_parallel(send, enumerate(files))
    for index, file in large:
        results[index] = _despite_changes(_send_in_parts, bucket, prefix, file)
    return tuple(sent for sent in results if sent is not None)


def _despite_changes(
    send: Callable[[Bucket, str, Upload], Sent | None], bucket: Bucket, prefix: str, file: Upload
) -> Sent | None:
    """Send the file; where it becomes shorter meanwhile, begin again."""
    for _ in range(CHANGES):
        try:
            return send(bucket, prefix, file)
        except Shrunk:
            continue
    raise StorageError(
        f"`{file.path}` becomes shorter whenever it is uploaded: {CHANGES} times", permanent=True
    )


def send_bytes(bucket: Bucket, key: str, data: bytes) -> None:
    """Store an object that is in memory."""
    bucket.ask("PUT", key, headers=[_checksum(bucket, data)], body=data)


def _send_whole(bucket: Bucket, prefix: str, file: Upload) -> Sent | None:
    """One attempt with one request; None where the file vanished, TOO_LARGE where it takes parts."""
    source = opened(file.path)
    if source is None:
        return None
    with source:
        size = os.fstat(source.fileno()).st_size
        if size > WHOLE:
            return TOO_LARGE
        _put(bucket, prefix + file.key, (), Slice(source, 0, size))
    return Sent(file.key, size)


def _put(bucket: Bucket, key: str, query: tuple[tuple[str, str], ...], body: Slice) -> tuple[str, str]:
    """One attempt to send bytes of a file; the ETag, and the checksum.

    A file that changes between the reading for the checksum and the sending is refused by the store, and
    so tried again.
    """
    data: bytes | Slice = b"".join(body.blocks()) if body.size <= IN_MEMORY else body
    checksum = _checksum(bucket, data)
    answer = bucket.ask_once("PUT", key, query=query, headers=[checksum], body=data)
    return answer.headers.get("etag", ""), checksum[1]


def _checksum(bucket: Bucket, data: bytes | Slice) -> tuple[str, str]:
    name = bucket.target.checksum
    blocks = (data,) if isinstance(data, bytes) else data.blocks()
    if name == CRC32:
        crc = 0
        for block in blocks:
            crc = zlib.crc32(block, crc)
        digest = crc.to_bytes(4, "big")
    else:
        md5 = hashlib.md5(usedforsecurity=False)
        for block in blocks:
            md5.update(block)
        digest = md5.digest()
    return name, b64encode(digest).decode()


def _send_in_parts(bucket: Bucket, prefix: str, file: Upload) -> Sent | None:
    """One attempt with a file as it is now; its parts have attempts of their own."""
    source = opened(file.path)
    if source is None:
        return None
    key = prefix + file.key
    with source:
        size = os.fstat(source.fileno()).st_size
        length = max(PART, -(-size // MOST_PARTS))
        offsets = range(0, size, length)
        parts = [(number, Slice(source, at, min(length, size - at))) for number, at in enumerate(offsets, 1)]
        algorithm = [("x-amz-checksum-algorithm", "CRC32")] if bucket.target.checksum == CRC32 else []
        begun = bucket.ask("POST", key, query=[("uploads", "")], headers=algorithm)
        multipart = element(begun, "UploadId")
        try:
            _send_parts(bucket, key, multipart, parts)
        except BaseException:
            _abort(bucket, key, multipart)
            raise
    return Sent(file.key, _confirmed(bucket, key, size))


def _send_parts(bucket: Bucket, key: str, multipart: str, parts: list[tuple[int, Slice]]) -> None:
    def send(part: tuple[int, Slice]) -> str:
        number, body = part
        query = (("partNumber", str(number)), ("uploadId", multipart))
        etag, checksum = persistently(lambda: _put(bucket, key, query, body), bucket.deadline)
        told = f"<ChecksumCRC32>{checksum}</ChecksumCRC32>" if bucket.target.checksum == CRC32 else ""
        return f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(etag)}</ETag>{told}</Part>"

    listed = "".join(in_parallel(send, parts))
    body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()

    def complete() -> Answer:
        answer = bucket.ask_once("POST", key, query=[("uploadId", multipart)], body=body)
        # S3 may begin with 200 and fail afterwards.
        if b"<Error>" in answer.body:
            code = element(answer, "Code")
            sentence = f"the store cannot put `{bucket.url(key)}` together: {code}"
            raise Refused(sentence, answer, code, permanent=False)
        return answer

    try:
        persistently(complete, bucket.deadline)
    except Refused as error:
        # The first answer may have been lost on its way; then the size that is asked next tells.
        if error.code != "NoSuchUpload":
            raise


def _confirmed(bucket: Bucket, key: str, size: int) -> int:
    stored = int(bucket.ask("HEAD", key).headers["content-length"])
    if stored != size:
        raise StorageError(f"`{bucket.url(key)}` has {stored} bytes instead of {size}", permanent=False)
    return stored


def _abort(bucket: Bucket, key: str, multipart: str) -> None:
    """Leave no parts behind that cost money; where that fails too, the first failure is the one to tell."""
    try:
        bucket.ask_once("DELETE", key, query=[("uploadId", multipart)])
    except StorageError:
        return
