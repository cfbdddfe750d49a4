"""The door to the API server from inside a pod: HTTPS with the pod's own token. Standard library only."""

from __future__ import annotations

import http.client
import os
import ssl
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from osmoc_runtime.cluster import ANSWER_SECONDS, Answer, Request, refusal
from osmoc_runtime.errors import Unreachable

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where the kubelet mounts token, ca.crt and namespace of the pod's service account."""


class PodDoor:
    """Kept-alive connections. The token is read for each request, since the kubelet renews it within the
    hour.
    """

    def __init__(self, host: str, port: int, account: Path = ACCOUNT) -> None:
        self.address = f"https://{host}:{port}"
        self._host, self._port, self._account = host, port, account
        self._idle: deque[http.client.HTTPSConnection] = deque()
        self._closed = False

    def send(self, request: Request) -> Answer:
        # The server closes idle connections at will; only a fresh one tells whether it is there.
        while self._idle:
            try:
                return self._exchange(self._idle.pop(), request)
            except IndexError:  # another thread was faster
                break
            except (OSError, http.client.HTTPException):
                continue
        try:
            return self._exchange(self._connect(ANSWER_SECONDS), request)
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error

    def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def lines(self, request: Request) -> Iterator[bytes]:
        """A connection of its own for each long answer."""
        try:
            connection = self._connect(request.silence)
            try:
                response = self._ask(connection, request)
                if response.status >= 400:
                    raise refusal(request, Answer(response.status, response.read()))
                while line := response.readline():
                    yield line
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error

    def _connect(self, silence: float) -> http.client.HTTPSConnection:
        # The authority is read anew, since it may be changed under a pod that lives for weeks.
        trust = ssl.create_default_context(cafile=str(self._account / "ca.crt"))
        return http.client.HTTPSConnection(self._host, self._port, timeout=silence, context=trust)

    def _exchange(self, connection: http.client.HTTPSConnection, request: Request) -> Answer:
        try:
            response = self._ask(connection, request)
            answer = Answer(response.status, response.read())
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        if self._closed:  # by another thread, while this answer was under way
            self.close()
        return answer

    def _ask(self, connection: http.client.HTTPSConnection, request: Request) -> http.client.HTTPResponse:
        token = (self._account / "token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "User-Agent": "osmoc"}
        if request.body is not None:
            headers["Content-Type"] = request.content_type
        connection.request(request.method, request.target, request.body, headers)
        return connection.getresponse()

    def _unreachable(self, error: Exception) -> Unreachable:
        return Unreachable(
            f"the API server at {self.address} cannot be reached: {error or type(error).__name__}",
            "see whether a NetworkPolicy or a proxy stands between",
        )


def pod_door() -> PodDoor | None:
    """The door of the pod that this process is in, or None outside of pods."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    return PodDoor(host, int(port)) if host and (ACCOUNT / "token").exists() else None


def pod_namespace() -> str:
    return (ACCOUNT / "namespace").read_text().strip()
