"""A server over real HTTP that answers as a test wants it to, and keeps what it was asked."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    client: tuple[str, int]


@dataclass
class Reply:
    """`cut`: close the connection after so many bytes of the body; with -1 before any answer."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    close: bool = False


@dataclass
class Answering:
    """`answer` is asked for every request, in the order of their coming."""

    url: str
    answer: Callable[[Asked], Reply]
    asked: list[Asked] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def once(self, *replies: Reply) -> None:
        """Give the replies first, one for each request, and then what was answered before."""
        rest, usual = list(replies), self.answer
        self.answer = lambda asked: rest.pop(0) if rest else usual(asked)


class Memory:
    """Objects of a store without signatures: put, get with ranges, head, parts and their end."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.parts: dict[int, bytes] = {}
        self.aborted = False

    def __call__(self, asked: Asked) -> Reply:
        match asked.method:
            case "PUT" if "partNumber" in asked.query:
                self.parts[int(asked.query["partNumber"])] = asked.body
                return Reply(headers={"ETag": f'"part {asked.query["partNumber"]}"'})
            case "PUT":
                self.objects[asked.path] = asked.body
                return Reply(headers={"ETag": '"whole"'})
            case "POST" if "uploads" in asked.query:
                return Reply(body=b"<I><UploadId>a&amp;b</UploadId></I>")
            case "POST":
                self.objects[asked.path] = b"".join(self.parts[number] for number in sorted(self.parts))
                return Reply(body=b"<CompleteMultipartUploadResult/>")
            case "DELETE":
                self.aborted = True
                return Reply(204)
        if asked.path not in self.objects:
            return refusal(404, "NoSuchKey")
        data = self.objects[asked.path]
        headers = {"ETag": f'"{hash(data)}"', "Last-Modified": "Thu, 26 Nov 2026 08:38:03 GMT"}
        if "range" in asked.headers:
            begin, end = (int(number) for number in asked.headers["range"].removeprefix("bytes=").split("-"))
            if begin >= len(data):
                return refusal(416, "InvalidRange")
            part = data[begin : end + 1]
            headers["Content-Range"] = f"bytes {begin}-{begin + len(part) - 1}/{len(data)}"
            return Reply(206, part, headers)
        return Reply(200, data, headers)


def refusal(status: int, code: str, more: str = "", **headers: str) -> Reply:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>so it is</Message>{more}</Error>"
    return Reply(status, body.encode(), {name.replace("_", "-"): value for name, value in headers.items()})


@contextmanager
def answering(answer: Callable[[Asked], Reply], certificate: Path | None = None) -> Iterator[Answering]:
    """Serve until the end of the block; over https with a certificate, its key in the same file."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:
                self.close_connection = True

        def answer(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            asked = Asked(self.command, unquote(parts.path), query, headers, body, self.client_address)
            with served.lock:
                served.asked.append(asked)
                reply = served.answer(asked)
            self.close_connection = reply.close or reply.cut is not None
            if reply.cut == -1:
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body[: reply.cut])

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    scheme = "http"
    if certificate is not None:
        scheme, context = "https", ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    served = Answering(f"{scheme}://127.0.0.1:{server.server_port}", answer)
    # Short pauses between its looks for the end: every test ends one.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
