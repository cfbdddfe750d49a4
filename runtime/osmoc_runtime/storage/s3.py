"""A location in a bucket of an S3 store."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_plus

from osmoc_runtime.storage import fetching, sending
from osmoc_runtime.storage.attempts import persistently
from osmoc_runtime.storage.bucket import Bucket
from osmoc_runtime.storage.connections import Answer
from osmoc_runtime.storage.interface import Download, Sent, StorageError, StoredObject, Upload
from osmoc_runtime.storage.refusals import Refused
from osmoc_runtime.storage.signature import Pairs


class S3Location:
    """A bucket, or what is below a prefix in it. `prefix` has no slash at its ends; `url` may have one."""

    def __init__(self, url: str, bucket: Bucket, prefix: str) -> None:
        self.url = url
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """Every object whose key begins with `prefix`, in the store's order: that of keys, for most stores.

        Keys that end in a slash are left out: they are folders that some tools leave, no files.
        """
        query = [("list-type", "2"), ("encoding-type", "url"), ("prefix", self._prefix + prefix)]
        more: list[tuple[str, str]] = []
        while True:
            root = persistently(lambda: self._page([*query, *more]), self._bucket.deadline)  # noqa: B023
            encoded = root.findtext("{*}EncodingType") == "url"
            for entry in root.iterfind("{*}Contents"):
                key = entry.findtext("{*}Key", "")
                key = (unquote_plus(key) if encoded else key).removeprefix(self._prefix)
                if key and not key.endswith("/"):
                    changed = datetime.fromisoformat(entry.findtext("{*}LastModified", ""))
                    yield StoredObject(key, int(entry.findtext("{*}Size", "")), changed.timestamp())
            token = root.findtext("{*}NextContinuationToken")
            if not token or root.findtext("{*}IsTruncated") != "true":
                return
            more = [("continuation-token", token)]

    def read(self, key: str) -> bytes | None:
        answer = self._unless_missing("GET", self._prefix + key)
        return None if answer is None else answer.body

    def write(self, key: str, data: bytes) -> None:
        sending.send_bytes(self._bucket, self._prefix + key, data)

    def upload(self, files: Iterable[Upload]) -> tuple[Sent, ...]:
        return sending.upload(self._bucket, self._prefix, files)

    def download(self, objects: Iterable[Download]) -> None:
        fetching.download(self._bucket, self._prefix, objects)

    def below(self, key: str) -> S3Location:
        return S3Location(f"{self.url.rstrip('/')}/{key}", self._bucket, f"{self._prefix}{key}".strip("/"))

    def exact(self) -> StoredObject | None:
        if not self._prefix or self.url.endswith("/"):
            return None
        key = self._prefix.removesuffix("/")
        answer = self._unless_missing("HEAD", key)
        if answer is None:
            return None
        changed = parsedate_to_datetime(answer.headers["last-modified"]).timestamp()
        return StoredObject(key.rpartition("/")[2], int(answer.headers["content-length"]), changed)

    def _unless_missing(self, method: str, key: str) -> Answer | None:
        try:
            return self._bucket.ask(method, key)
        except Refused as error:
            if error.status == 404 and error.code in ("NoSuchKey", ""):
                return None
            raise

    def _page(self, query: Pairs) -> ElementTree.Element:
        answer = self._bucket.ask_once("GET", "", query=query)
        try:
            return ElementTree.fromstring(answer.body)
        except ElementTree.ParseError as error:
            raise StorageError(
                f"the list of `{self.url}` cannot be read: {error}", permanent=False
            ) from error
