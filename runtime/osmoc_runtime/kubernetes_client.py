"""The door to the API server from the user's machine: the `kubernetes` package for configuration, login and
TLS.

Only raw requests are sent: its models refuse what they do not know, and its import of them is slow. The one
module that imports it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from osmoc_runtime.cluster import Answer, Cluster, Request, refusal
from osmoc_runtime.coordinator.https import pod_door, pod_namespace
from osmoc_runtime.errors import Unreachable, WorldError


class ConfiguredDoor:
    """Requests as the user of a kubeconfig's context."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.address = str(client.configuration.host).rstrip("/")

    def send(self, request: Request) -> Answer:
        from urllib3.exceptions import HTTPError

        try:
            response = self._ask(request)
            return Answer(response.status, response.read(decode_content=True))
        except HTTPError as error:
            raise self._unreachable(error) from error

    def lines(self, request: Request) -> Iterator[bytes]:
        from urllib3.exceptions import HTTPError

        try:
            response = self._ask(request)
            try:
                if response.status >= 400:
                    raise refusal(request, Answer(response.status, response.read(decode_content=True)))
                rest = b""
                for chunk in response.stream(65536, decode_content=True):
                    *whole, rest = (rest + chunk).split(b"\n")
                    yield from whole
                if rest:
                    yield rest
            finally:
                response.close()
        except HTTPError as error:
            raise self._unreachable(error) from error

    def close(self) -> None:
        self._client.rest_client.close()

    def _ask(self, request: Request) -> Any:
        from urllib3 import Timeout

        headers = {"Accept": "application/json", "User-Agent": "osmoc", "Content-Type": request.content_type}
        self._client.update_params_for_auth(
            headers, [], ["BearerToken"], request.path, request.method, request.body
        )
        return self._client.rest_client.pool_manager.request(
            request.method,
            self.address + request.target,
            body=request.body,
            headers=headers,
            timeout=Timeout(connect=10.0, read=request.silence),
            retries=False,
            preload_content=False,
        )

    def _unreachable(self, error: Exception) -> Unreachable:
        return Unreachable(
            f"the cluster at {self.address} cannot be reached: {_cause(error)}",
            "see `kubectl cluster-info`, or choose another cluster with --context",
        )


def connect(kubeconfig: Path | None = None, context: str | None = None) -> tuple[Cluster, str]:
    """The cluster, and the namespace that its context names (`default` where it names none).

    Without a kubeconfig, inside a pod, the pod's own account. Raises WorldError where there is no
    configuration.
    """
    from kubernetes import client, config

    inside = pod_door()
    file = str(kubeconfig) if kubeconfig is not None else None
    try:
        contexts, active = config.list_kube_config_contexts(file)  # type: ignore[no-untyped-call]
    except Exception as error:  # the package lets through whatever a damaged file makes it stumble over
        if inside is not None and kubeconfig is None and context is None:
            return Cluster(inside), pod_namespace()
        raise _unconfigured(error) from error
    chosen = next((one for one in contexts if one["name"] == context), None) if context else active
    if chosen is None:
        names = ", ".join(f"`{one['name']}`" for one in contexts)
        raise WorldError(
            f"the kubeconfig has no context `{context}`", f"choose one of {names} with --context"
        )
    settings = client.Configuration.get_default_copy()
    # urllib3 keeps one connection a host by default and warns of each further one: watches and logs run side
    # by side.
    settings.connection_pool_maxsize = 32
    try:
        config.load_kube_config(file, chosen["name"], settings, persist_config=False)  # type: ignore[no-untyped-call]
    except Exception as error:
        raise _unconfigured(error) from error
    door = ConfiguredDoor(client.ApiClient(settings))
    return Cluster(door), str(chosen["context"].get("namespace") or "default")


def _unconfigured(error: Exception) -> WorldError:
    said = " ".join(str(error).split())
    return WorldError(
        f"no cluster is configured: {said}", "name a kubeconfig file with --kubeconfig, or set KUBECONFIG"
    )


def _cause(error: Exception) -> str:
    """The innermost reason: urllib3 wraps it several times."""
    reason = getattr(error, "reason", None)
    inner = reason if isinstance(reason, Exception) else error.__cause__
    if isinstance(inner, Exception) and inner is not error:
        return _cause(inner)
    return " ".join(str(error).split()).rpartition("): ")[2] or str(error)
