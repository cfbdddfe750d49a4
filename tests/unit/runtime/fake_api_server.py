"""A small API server over real HTTP(S): objects in memory, list, watch, patch, apply, evict, logs. Nobody
controls the objects.

It stands where a unit test needs an API server's answers; what a real one does is for the scenarios on the
test cluster.
"""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]
Key = tuple[str, str, str]
"""Plural, namespace, name."""

TOKEN = "let-me-in"


@dataclass
class Call:
    method: str
    path: str
    query: dict[str, str]
    text: str
    body: Json


@dataclass
class FakeApiServer:
    """`refuse` may answer a call before it is looked at: status and sentence. `calls`: all that came."""

    url: str = ""
    port: int = 0
    objects: dict[Key, Json] = field(default_factory=dict)
    history: list[tuple[int, str, str, Json]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    lines: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    refuse: Callable[[Call], tuple[int, str] | None] = lambda call: None
    oldest: int = 0
    version: int = 100
    page: int = 500
    changed: threading.Condition = field(default_factory=threading.Condition)
    stopped: bool = False

    def put(self, plural: str, namespace: str, body: Json) -> Json:
        """Store an object as it is; a new one gets what the API server gives."""
        with self.changed:
            key = (plural, namespace, body["metadata"]["name"])
            kind = "MODIFIED" if key in self.objects else "ADDED"
            self.version += 1
            metadata = {"uid": f"uid-{key[2]}", "creationTimestamp": "2026-01-01T00:00:00Z"} | body[
                "metadata"
            ]
            stored = body | {"metadata": metadata | {"resourceVersion": str(self.version)}}
            self.objects[key] = json.loads(json.dumps(stored))
            self.history.append((self.version, kind, plural, self.objects[key]))
            self.changed.notify_all()
            return self.objects[key]

    def change(self, plural: str, namespace: str, name: str, patch: Json) -> Json:
        return self.put(plural, namespace, merged(self.objects[plural, namespace, name], patch))

    def remove(self, plural: str, namespace: str, name: str) -> None:
        with self.changed:
            body = self.objects.pop((plural, namespace, name))
            self.version += 1
            body["metadata"]["resourceVersion"] = str(self.version)
            self.history.append((self.version, "DELETED", plural, body))
            self.changed.notify_all()

    def forget(self) -> None:
        """Compaction: watches from before get 410."""
        with self.changed:
            self.oldest = self.version + 1
            self.version += 1
            self.changed.notify_all()

    def select(self, plural: str, namespace: str, selector: str) -> list[Json]:
        wanted = [one.split("=", 1) for one in selector.split(",") if one]
        return [
            body
            for (kind, place, _), body in sorted(self.objects.items())
            if (kind, place) == (plural, namespace) and selected(body, wanted)
        ]


def selected(body: Json, wanted: list[list[str]]) -> bool:
    labels = body["metadata"].get("labels") or {}
    return all(labels.get(one[0]) == one[1] if len(one) == 2 else one[0] in labels for one in wanted)


def merged(body: Json, patch: Json) -> Json:
    """JSON merge patch, and the one strategic directive that is used: `$patch: delete` in a list of named
    items.
    """
    result = dict(body)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = merged(result.get(key) or {}, value)
        elif isinstance(value, list) and any(isinstance(item, dict) and "$patch" in item for item in value):
            gone = {item["name"] for item in value}
            result[key] = [item for item in result.get(key) or [] if item["name"] not in gone]
        else:
            result[key] = value
    return result


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are written apart; Nagle and delayed acknowledgements would add 40 ms to every answer.
    disable_nagle_algorithm = True
    fake: FakeApiServer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def answer(self, status: int, body: Json) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def fail(self, status: int, message: str) -> None:
        self.answer(status, {"kind": "Status", "status": "Failure", "message": message, "code": status})

    def serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length).decode()
        body = json.loads(text) if text else {}
        call = Call(self.command, parts.path, dict(parse_qsl(parts.query)), text, body)
        self.fake.calls.append(call)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.fail(401, "Unauthorized")
        if refused := self.fake.refuse(call):
            return self.fail(*refused)
        return self.route(call)

    def do_GET(self) -> None:
        self.serve()

    def do_PATCH(self) -> None:
        self.serve()

    def do_POST(self) -> None:
        self.serve()

    def do_DELETE(self) -> None:
        self.serve()

    def route(self, call: Call) -> None:
        pieces = call.path.strip("/").split("/")
        pieces = pieces[3:] if pieces[0] == "apis" else pieces[2:]
        namespace = ""
        if pieces[0] == "namespaces" and len(pieces) > 2:
            namespace, pieces = pieces[1], pieces[2:]
        plural, *rest = pieces
        if not rest:
            return (
                self.watch(plural, namespace, call)
                if "watch" in call.query
                else self.list(plural, namespace, call)
            )
        key = (plural, namespace, rest[0])
        if call.query.get("fieldManager") and "fieldValidation" in call.query:
            return self.apply(key, call)
        if key not in self.fake.objects:
            return self.fail(404, f'{plural} "{rest[0]}" not found')
        if rest[1:] == ["log"]:
            return self.log(rest[0], call.query)
        if self.command == "GET":
            return self.answer(200, self.fake.objects[key])
        return self.patch(key, call) if self.command == "PATCH" else self.delete(key, call)

    def list(self, plural: str, namespace: str, call: Call) -> None:
        found = self.fake.select(plural, namespace, call.query.get("labelSelector", ""))
        start = int(call.query.get("continue", "0"))
        size = min(int(call.query.get("limit", "500")), self.fake.page)
        more = {"continue": str(start + size)} if start + size < len(found) else {}
        metadata = {"resourceVersion": str(self.fake.version)} | more
        self.answer(200, {"metadata": metadata, "items": found[start : start + size]})

    def watch(self, plural: str, namespace: str, call: Call) -> None:
        since = int(call.query["resourceVersion"])
        wanted = [one.split("=", 1) for one in call.query.get("labelSelector", "").split(",") if one]
        deadline = time.monotonic() + float(call.query["timeoutSeconds"])
        self.begin_chunks()
        while time.monotonic() < deadline and not self.fake.stopped:
            with self.fake.changed:
                if since < self.fake.oldest:
                    expired = {
                        "type": "ERROR",
                        "object": {"code": 410, "reason": "Expired", "message": "too old"},
                    }
                    self.chunk(json.dumps(expired).encode() + b"\n")
                    break
                news = [one for one in self.fake.history if one[0] > since]
                if not news:
                    self.fake.changed.wait(0.2)
                since = news[-1][0] if news else since
            for _, kind, which, body in news:
                here = body["metadata"].get("namespace", namespace) == namespace
                if which == plural and here and selected(body, wanted):
                    self.chunk(json.dumps({"type": kind, "object": body}).encode() + b"\n")
        self.chunk(b"")

    def log(self, pod: str, query: dict[str, str]) -> None:
        lines = self.fake.lines.get((pod, query["container"]), [])
        lines = lines[-int(query["tailLines"]) :] if "tailLines" in query else lines
        self.begin_chunks()
        for line in lines:
            self.chunk(line.encode() + b"\n")
        self.chunk(b"")

    def patch(self, key: Key, call: Call) -> None:
        metadata = self.fake.objects[key]["metadata"]
        for name in ("uid", "resourceVersion"):
            if call.body.get("metadata", {}).get(name, metadata[name]) != metadata[name]:
                return self.fail(409, f"the object has another {name}")
        return self.answer(200, self.fake.change(*key, call.body))

    def apply(self, key: Key, call: Call) -> None:
        exists = key in self.fake.objects
        if "dryRun" in call.query:
            return self.answer(200 if exists else 201, call.body)
        body = merged(self.fake.objects[key], call.body) if exists else call.body
        return self.answer(200 if exists else 201, self.fake.put(key[0], key[1], body))

    def delete(self, key: Key, call: Call) -> None:
        """DELETE, and the eviction of a pod."""
        uid = call.body.get("deleteOptions", {}).get("preconditions", {}).get("uid")
        if uid not in (None, self.fake.objects[key]["metadata"]["uid"]):
            return self.fail(409, "the pod has another uid")
        self.fake.remove(*key)
        return self.answer(200, {"kind": "Status", "status": "Success"})

    def begin_chunks(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        try:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()
        except OSError:
            self.close_connection = True


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that leave in the middle, or do not trust the certificate, are part of the tests."""


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[FakeApiServer]:
    """A server on a free port of 127.0.0.1; over TLS where `certificate` (a PEM file with its key) is
    given.
    """
    fake = FakeApiServer()
    server = QuietServer(("127.0.0.1", 0), type("Bound", (Handler,), {"fake": fake}))
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    fake.port = server.server_address[1]
    fake.url = f"{'https' if certificate else 'http'}://127.0.0.1:{fake.port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        # Only now: a client whose watch ends comes again at once. Reset before it was accepted, its socket
        # would be one that Python's `wrap_socket` leaves open, and a warning in whatever test runs then.
        fake.stopped = True


def make_certificate(folder: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one file."""
    key, certificate, both = folder / "key.pem", folder / "certificate.pem", folder / "both.pem"
    subprocess.run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test "
        f"-addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {certificate}".split(),
        check=True,
        capture_output=True,
    )
    both.write_text(key.read_text() + certificate.read_text())
    return both


def make_kubeconfig(file: Path, url: str, namespace: str = "") -> Path:
    context: Json = {"cluster": "fake", "user": "me"} | ({"namespace": namespace} if namespace else {})
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "fake",
        "clusters": [{"name": "fake", "cluster": {"server": url}}],
        "users": [{"name": "me", "user": {"token": TOKEN}}],
        "contexts": [{"name": "fake", "context": context}],
    }
    file.write_text(json.dumps(config))
    return file
