"""HTTP connections to one server that are kept open and used by several threads."""

from __future__ import annotations

import http.client
import os
import ssl
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urlsplit

from osmoc_runtime.storage.interface import StorageError

PATIENCE = 60.0
"""Seconds without a byte after which a connection counts as dead."""
BLOCK = 256 << 10

Sink = Callable[[http.client.HTTPResponse], None]
"""Takes the body of an answer that succeeded, from its first byte, though it had part of one before."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is empty where a sink took it."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass(frozen=True, slots=True)
class Slice:
    """Part of a file as the body of a request; it is never in memory as a whole."""

    file: BinaryIO
    offset: int
    size: int

    def blocks(self, length: int = BLOCK) -> Iterator[bytes]:
        """The bytes, in pieces. Raises Shrunk where the file ends before the slice does."""
        at, end = self.offset, self.offset + self.size
        while at < end:
            block = os.pread(self.file.fileno(), min(length, end - at), at)
            if not block:
                raise Shrunk
            at += len(block)
            yield block


class Shrunk(Exception):
    """A file has fewer bytes than when it was looked at: to send the same slice again is in vain."""


class Connections:
    """`place`: scheme, host and port as a url. Connections that nobody uses are closed with the object."""

    def __init__(self, place: str) -> None:
        parts = urlsplit(place)
        self.place = place
        self._host = parts.hostname or ""
        self._port = parts.port
        self._context = trusted() if parts.scheme == "https" else None
        self._idle: deque[http.client.HTTPConnection] = deque()
        weakref.finalize(self, _close, self._idle)

    def exchange(
        self, head: bytes, body: bytes | Slice = b"", sink: Sink | None = None, deadline: float | None = None
    ) -> Answer:
        """Send a request, its head complete, and read the answer; raises StorageError where there is none."""
        while True:
            connection = self._idle.pop() if self._idle else None
            reused = connection is not None
            try:
                connection = connection or self._connect(deadline)
                answer = _converse(connection, head, body, sink, _patience(deadline))
            except (OSError, http.client.HTTPException) as error:
                if connection is not None:
                    connection.close()
                # Servers close what is idle for long, which shows only now: no failure yet.
                if not reused or isinstance(error, TimeoutError):
                    raise self._explained(error) from error
            except BaseException:
                if connection is not None:
                    connection.close()
                raise
            else:
                if connection.sock is not None:
                    self._idle.append(connection)
                return answer

    def _connect(self, deadline: float | None) -> http.client.HTTPConnection:
        patience = min(20.0, _patience(deadline))
        if self._context is None:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=patience)
        else:
            connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=patience, context=self._context
            )
        try:
            connection.connect()
        except BaseException:
            connection.close()
            raise
        return connection

    def _explained(self, error: Exception) -> StorageError:
        if isinstance(error, ssl.SSLCertVerificationError):
            return StorageError(
                f"the certificate of {self.place} is not trusted ({error.verify_message}): name a file "
                "with the certificates to trust in SSL_CERT_FILE",
                permanent=True,
            )
        reason = str(error) or type(error).__name__
        return StorageError(f"no answer from the store at {self.place}: {reason}", permanent=False)


def trusted() -> ssl.SSLContext:
    """Whom to trust: AWS_CA_BUNDLE where it is set, else SSL_CERT_FILE and the system, as OpenSSL does."""
    bundle = os.environ.get("AWS_CA_BUNDLE") or None
    try:
        return ssl.create_default_context(cafile=bundle)
    except OSError as error:
        raise StorageError(f"cannot read the certificates in `{bundle}`: {error}", permanent=True) from error


def _patience(deadline: float | None) -> float:
    return PATIENCE if deadline is None else min(PATIENCE, max(1.0, deadline - time.monotonic()))


def _converse(
    connection: http.client.HTTPConnection,
    head: bytes,
    body: bytes | Slice,
    sink: Sink | None,
    patience: float,
) -> Answer:
    connection.sock.settimeout(patience)
    broken = None
    try:
        _send(connection, head, body)
    except (ConnectionError, ssl.SSLError) as error:
        # A server that refuses a request early answers and closes before it has read all.
        broken = error
    response = http.client.HTTPResponse(connection.sock, method=head[: head.index(b" ")].decode())
    try:
        response.begin()
        if broken and response.status < 400:
            raise broken
        if sink and response.status < 300:
            sink(response)
            content = b""
        else:
            content = response.read()
    except (OSError, http.client.HTTPException) as error:
        if broken:
            raise broken from error
        raise
    finally:
        kept = broken is None and response.isclosed() and not response.will_close
        response.close()
    if not kept:
        connection.close()
    return Answer(response.status, response.headers, content)


def _send(connection: http.client.HTTPConnection, head: bytes, body: bytes | Slice) -> None:
    if isinstance(body, bytes):
        connection.sock.sendall(head + body)
        return
    connection.sock.sendall(head)
    for block in body.blocks():
        connection.sock.sendall(block)


def _close(idle: deque[http.client.HTTPConnection]) -> None:
    while idle:
        idle.pop().close()
