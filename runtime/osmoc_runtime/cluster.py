"""The cluster as plain dicts: requests and answers of the Kubernetes API, and our own errors.

`Cluster` knows paths, queries and status codes; a `Door` only moves bytes. There are two doors:
`coordinator/https.py` in a pod and `kubernetes_client.py` on the user's machine. Standard library only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from osmoc_runtime.errors import Busy, ClusterError, Conflict, Expired, Forbidden, NotFound, Refused

Json = dict[str, Any]

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"

WATCH_SECONDS = 240
"""The server ends a watch after this time; a connection that is silent for much longer is dead (half-open
TCP).
"""
ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of object and its place in the API. `plural` stands in the path."""

    kind: str
    api_version: str
    plural: str
    namespaced: bool = True

    @property
    def root(self) -> str:
        return f"/api/{self.api_version}" if "/" not in self.api_version else f"/apis/{self.api_version}"


JOBS = Resource("Job", "batch/v1", "jobs")
PODS = Resource("Pod", "v1", "pods")
SECRETS = Resource("Secret", "v1", "secrets")
CONFIG_MAPS = Resource("ConfigMap", "v1", "configmaps")
NAMESPACES = Resource("Namespace", "v1", "namespaces", namespaced=False)


@dataclass(frozen=True, slots=True)
class Request:
    """`silence`: seconds without a byte after which the door gives up."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    content_type: str = "application/json"
    silence: float = ANSWER_SECONDS

    @property
    def target(self) -> str:
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


class Door(Protocol):
    """Moves requests to one API server. Raises Unreachable and, where the login itself fails, Forbidden."""

    address: str

    def send(self, request: Request) -> Answer:
        """The whole answer, whatever its status."""
        ...

    def lines(self, request: Request) -> Iterator[bytes]:
        """The lines of a long answer as they come; `refusal` raised for a status of 400 and above."""
        ...

    def close(self) -> None:
        """Let idle connections go."""
        ...


class Cluster:
    """What osmoc does with an API server. Every method raises ClusterError."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def get(self, resource: Resource, namespace: str, name: str) -> Json:
        return self._json(Request("GET", path(resource, namespace, name)))

    def list(self, resource: Resource, namespace: str, selector: str = "") -> tuple[list[Json], str]:
        """Every object that `selector` (labels) takes, and the version at which a watch goes on."""
        items: list[Json] = []
        query = {"limit": "500"} | ({"labelSelector": selector} if selector else {})
        while True:
            page = self._json(Request("GET", path(resource, namespace), query))
            items += page.get("items") or []
            metadata = page.get("metadata", {})
            if not metadata.get("continue"):
                return items, metadata.get("resourceVersion", "")
            query["continue"] = metadata["continue"]

    def watch(self, resource: Resource, namespace: str, selector: str, version: str) -> Iterator[Json]:
        """Events since `version`, as the server words them, until it ends the watch. Expired: list again."""
        query = {
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        if selector:
            query["labelSelector"] = selector
        request = Request("GET", path(resource, namespace), query, silence=WATCH_SECONDS + 30.0)
        for line in self.door.lines(request):
            event = _decoded(line, request)
            if event.get("type") == "ERROR":
                status = event.get("object", {})
                raise refusal(request, Answer(status.get("code", 500), json.dumps(status).encode()))
            yield event

    def patch(self, resource: Resource, namespace: str, name: str, change: Json, how: str = MERGE) -> Json:
        """Change an object. `metadata.uid` and `resourceVersion` in `change` are conditions (Conflict)."""
        body = json.dumps(change).encode()
        request = Request("PATCH", path(resource, namespace, name), {"fieldManager": "osmoc"}, body, how)
        return self._json(request)

    def apply(
        self, resource: Resource, namespace: str, body: Json, *, dry_run: bool = False, force: bool = False
    ) -> bool:
        """Server-side apply of the whole object by field manager `osmoc`; True where that made it."""
        query = {"fieldManager": "osmoc", "fieldValidation": "Strict", "force": str(force).lower()}
        if dry_run:
            query["dryRun"] = "All"
        where = path(resource, namespace, body["metadata"]["name"])
        # The API server reads it as YAML, which knows no escapes of two for a character beyond U+FFFF.
        text = json.dumps(body, ensure_ascii=False)
        request = Request("PATCH", where, query, text.encode(), APPLY)
        return self._answer(request).status == 201

    def evict(self, namespace: str, pod: str, uid: str) -> None:
        """Ask for the pod's end by the Eviction API: it gets DisruptionTarget, and budgets are kept
        (Busy).
        """
        body = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod, "namespace": namespace},
            "deleteOptions": {"preconditions": {"uid": uid}},
        }
        where = path(PODS, namespace, pod) + "/eviction"
        self._answer(Request("POST", where, body=json.dumps(body).encode()))

    def delete(self, resource: Resource, namespace: str, name: str) -> None:
        """Delete the object and what it owns; the raw API would leave a Job's pods behind."""
        body = json.dumps({"propagationPolicy": "Background"}).encode()
        self._answer(Request("DELETE", path(resource, namespace, name), body=body))

    def logs(
        self, namespace: str, pod: str, container: str, *, tail: int | None = None, follow: bool = False
    ) -> Iterator[str]:
        """The container's lines; with `follow`, until it ends."""
        query = {"container": container} | ({"follow": "true"} if follow else {})
        if tail is not None:
            query["tailLines"] = str(tail)
        silence = 3600.0 if follow else ANSWER_SECONDS
        request = Request("GET", path(PODS, namespace, pod) + "/log", query, silence=silence)
        for line in self.door.lines(request):
            yield line.decode("utf-8", "replace").rstrip("\n")

    def read(self, where: str) -> Json:
        """The answer to a GET of any path, for discovery."""
        return self._json(Request("GET", where))

    def _json(self, request: Request) -> Json:
        return _decoded(self._answer(request).body, request)

    def _answer(self, request: Request) -> Answer:
        answer = self.door.send(request)
        if answer.status >= 400:
            raise refusal(request, answer)
        return answer


def path(resource: Resource, namespace: str, name: str = "") -> str:
    place = f"/namespaces/{quote(namespace)}" if resource.namespaced else ""
    return f"{resource.root}{place}/{resource.plural}" + (f"/{quote(name, safe='')}" if name else "")


def refusal(request: Request, answer: Answer) -> ClusterError:
    """The error that says what the server answered, in its own words where it gave any."""
    said = _message(answer.body) or f"HTTP status {answer.status}"
    if answer.status == 401:
        return Forbidden(
            f"the API server does not know who is asking ({said})",
            "log in again, or choose another --context",
        )
    if answer.status == 403 and "because it is being terminated" not in said:
        return Forbidden(
            f"the API server forbids it: {said}", "ask the cluster's administrator for the right"
        )
    known = {404: NotFound, 409: Conflict, 410: Expired, 429: Busy}
    kind = known.get(answer.status, Refused)
    return kind(f"the API server refuses to {request.method.lower()} {request.path}: {said}")


def _message(body: bytes) -> str:
    try:
        status = json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace").strip()[:300]
    return str(status.get("message") or status.get("reason") or "") if isinstance(status, dict) else ""


def _decoded(body: bytes, request: Request) -> Json:
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refused(
            f"the answer to {request.method} {request.path} is no JSON object", "is this the API server?"
        )
    return value
