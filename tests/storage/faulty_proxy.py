"""A TCP proxy that resets connections in the middle of a transfer."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class FaultyProxy:
    """`resets`: how many of the next connections are reset once `after` bytes went through, to and fro."""

    url: str
    after: int
    resets: int
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> bool:
        with self.lock:
            if self.resets <= self.done:
                return False
            self.done += 1
            return True


@contextlib.contextmanager
def faulty_proxy(behind: str, *, after: int, resets: int) -> Iterator[FaultyProxy]:
    """Stands before the server `behind` until the end of the block."""
    parts = urlsplit(behind)
    target = (parts.hostname or "", parts.port or 80)
    listener = socket.create_server(("127.0.0.1", 0))
    proxy = FaultyProxy(f"http://127.0.0.1:{listener.getsockname()[1]}", after, resets)
    threads: list[threading.Thread] = []
    pairs: list[tuple[socket.socket, socket.socket]] = []

    def accept() -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            pair = near, socket.create_connection(target)
            pairs.append(pair)
            broken = [proxy.after] if proxy.take() else []
            for source, sink in (pair, pair[::-1]):
                thread = threading.Thread(target=carry, args=(source, sink, broken), daemon=True)
                threads.append(thread)
                thread.start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield proxy
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()
        for pair in pairs:
            for end in pair:
                end.close()


def carry(source: socket.socket, sink: socket.socket, left: list[int]) -> None:
    """Carry bytes until the end; with `left`, shared by both directions, until so many went."""
    try:
        while data := source.recv(65536):
            sink.sendall(data)
            if left:
                left[0] -= len(data)
                if left[0] < 0:
                    reset(source)
                    reset(sink)
                    return
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


def reset(end: socket.socket) -> None:
    """Close with RST, as a machine does that lost the connection."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # The file descriptor goes, so that the kernel sends RST, though the other thread waits on it.
        end.shutdown(socket.SHUT_RD)
        end.close()
