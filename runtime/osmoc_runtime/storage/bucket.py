"""Requests about one bucket: signed, tried again, and sent to the region where the bucket is."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from osmoc_runtime.storage.attempts import persistently
from osmoc_runtime.storage.connections import Answer, Connections, Sink, Slice
from osmoc_runtime.storage.credentials import Provider
from osmoc_runtime.storage.interface import StorageError
from osmoc_runtime.storage.refusals import EXPIRED, Asked, element, other_region, refusal
from osmoc_runtime.storage.signature import Pairs, Request, Signer

MD5 = "content-md5"
CRC32 = "x-amz-checksum-crc32"


@dataclass(frozen=True, slots=True)
class Target:
    """A bucket and how it is reached.

    `root`: its url, which sentences name. `endpoint` is empty for AWS itself.
    `checksum`: the header that guards what is sent; CRC32 where the store is known to take it.
    """

    root: str
    name: str
    endpoint: str
    region: str
    virtual: bool
    checksum: str = CRC32

    def place(self, region: str) -> str:
        """Scheme, host and port of the bucket in a region."""
        suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        parts = urlsplit(self.endpoint or f"https://s3.{region}.{suffix}")
        return (
            f"{parts.scheme}://{self.name}.{parts.netloc}"
            if self.virtual
            else f"{parts.scheme}://{parts.netloc}"
        )


class Bucket:
    """A bucket that is open. Safe for use by several threads."""

    def __init__(self, target: Target, provider: Provider, deadline: float | None) -> None:
        self.target = target
        self.deadline = deadline
        self._provider = provider
        self._moving = threading.Lock()
        self._moved = False
        self._settle(target.region)

    def url(self, key: str) -> str:
        """The object's url, for sentences."""
        return f"{self.target.root}/{key}"

    def ask(
        self,
        method: str,
        key: str,
        *,
        query: Pairs = (),
        headers: Pairs = (),
        body: bytes | Slice = b"",
        sink: Sink | None = None,
    ) -> Answer:
        """The answer of a request that succeeded, tried again where that may help.

        Raises StorageError; where the store refused, it is Refused.
        """
        return persistently(
            lambda: self.ask_once(method, key, query=query, headers=headers, body=body, sink=sink),
            self.deadline,
        )

    def ask_once(
        self,
        method: str,
        key: str,
        *,
        query: Pairs = (),
        headers: Pairs = (),
        body: bytes | Slice = b"",
        sink: Sink | None = None,
    ) -> Answer:
        """As `ask`, with a single attempt; a bucket in another region is followed there."""
        if method in ("PUT", "POST"):
            length = len(body) if isinstance(body, bytes) else body.size
            headers = (*headers, ("content-length", str(length)))
        while True:
            connections, signer, host, prefix = self._reached
            request = Request(method, host, prefix + key, query, headers)
            credentials = self._provider.credentials()
            try:
                head = signer.head(request, credentials, time.time())
            except UnicodeEncodeError as error:
                shown = key.encode("utf-8", "backslashreplace").decode()
                raise StorageError(
                    f"the name `{shown}` is not UTF-8: rename the file", permanent=True
                ) from error
            answer = connections.exchange(head, body, sink, self.deadline)
            if answer.status < 300:
                return answer
            if not self._follow(other_region(answer), signer.region):
                break
        if element(answer, "Code") in EXPIRED and self._provider.forget(credentials):
            raise StorageError("the credentials expired", permanent=False)
        if method == "HEAD" and answer.status in (400, 401, 403):
            # An answer to HEAD has no body that would tell why.
            self.ask_once("GET", key, headers=(("range", "bytes=0-0"),))
        raise refusal(answer, Asked(method, connections.place, self.target.name, self.url(key)))

    def _follow(self, region: str, asked: str) -> bool:
        """Whether it is worth while to ask again, in another region than before."""
        with self._moving:
            if asked != self._reached[1].region:
                return True
            if not region or region == asked or self._moved:
                return False
            self._moved = True
            self._settle(region)
            return True

    def _settle(self, region: str) -> None:
        target = self.target
        place = target.place(region)
        prefix = "/" if target.virtual else f"/{target.name}/"
        self._reached = Connections(place), Signer(region), urlsplit(place).netloc, prefix
