"""Access keys: given ones, or those that a cloud lends to the pod, renewed before they expire."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from osmoc_runtime.storage.connections import Answer, trusted
from osmoc_runtime.storage.interface import StorageError
from osmoc_runtime.storage.refusals import element
from osmoc_runtime.storage.signature import Credentials

EARLY = 300.0
"""Seconds before their end at which borrowed keys are renewed."""
NO_KEYS = (
    "no access key for the object storage: put `access-key-id` and `secret-access-key` into its Secret, "
    "or give the pod's service account a role of the cloud"
)


class Provider(Protocol):
    """Where access keys come from."""

    def credentials(self) -> Credentials:
        """Keys that are valid now. Raises StorageError."""
        ...

    def forget(self, refused: Credentials) -> bool:
        """Drop keys that the store calls expired; whether others may come instead."""
        ...


class Given:
    """Keys that do not change."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def credentials(self) -> Credentials:
        return self._credentials

    def forget(self, refused: Credentials) -> bool:
        return False


class Borrowed:
    """Keys of limited life: by web identity, container credentials or instance metadata, in this order.

    Names of variables and their order are those of the AWS SDKs.
    """

    def __init__(self, environment: Mapping[str, str], region: str) -> None:
        self._environment = environment
        self._region = region
        self._lock = threading.Lock()
        self._held: Credentials | None = None

    def credentials(self) -> Credentials:
        held = self._held
        if held and held.expires - EARLY > time.time():
            return held
        with self._lock:
            held = self._held
            if held is None or held.expires - EARLY <= time.time():
                try:
                    self._held = self._source()()
                except StorageError:
                    if held is None or held.expires <= time.time():
                        raise
                    return held
            assert self._held is not None
            return self._held

    def forget(self, refused: Credentials) -> bool:
        with self._lock:
            if self._held is refused:
                self._held = None
        return True

    def _source(self) -> Callable[[], Credentials]:
        have = self._environment.get
        if have("AWS_ROLE_ARN") and have("AWS_WEB_IDENTITY_TOKEN_FILE"):
            return self._web_identity
        if have("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") or have("AWS_CONTAINER_CREDENTIALS_FULL_URI"):
            return self._container
        return self._instance

    def _web_identity(self) -> Credentials:
        environment = self._environment
        default = f"https://sts.{self._region}.amazonaws.com{'.cn' if self._region.startswith('cn-') else ''}"
        form = {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": environment["AWS_ROLE_ARN"],
            "RoleSessionName": environment.get("AWS_ROLE_SESSION_NAME") or f"osmoc-{int(time.time())}",
            "WebIdentityToken": _content(environment["AWS_WEB_IDENTITY_TOKEN_FILE"]),
        }
        answer = _ask(
            "POST",
            environment.get("AWS_ENDPOINT_URL_STS") or default,
            {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/xml"},
            urlencode(form),
        )
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
        return _credentials({name: element(answer, name) for name in names}, "SessionToken")

    def _container(self) -> Credentials:
        environment = self._environment
        url = environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI") or ""
        if path := environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
            url = f"http://169.254.170.2{path}"
        token = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
        if file := environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
            token = _content(file)
        return _credentials(_json(_ask("GET", url, {"Authorization": token} if token else {})), "Token")

    def _instance(self) -> Credentials:
        environment = self._environment
        if environment.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
            raise StorageError(NO_KEYS, permanent=True)
        server = environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or "http://169.254.169.254"
        server = f"{server.rstrip('/')}/latest"
        folder = f"{server}/meta-data/iam/security-credentials/"
        try:
            lifetime = {"X-aws-ec2-metadata-token-ttl-seconds": "21600"}
            token = _ask("PUT", f"{server}/api/token", lifetime, timeout=2.0).body.decode()
            headers = {"X-aws-ec2-metadata-token": token}
            role = _ask("GET", folder, headers, timeout=2.0).body.decode().split()[0]
            found = _json(_ask("GET", folder + role, headers, timeout=2.0))
        except (StorageError, IndexError) as error:
            raise StorageError(NO_KEYS, permanent=True) from error
        return _credentials(found, "Token")


def _ask(
    method: str, url: str, headers: Mapping[str, str], body: str = "", *, timeout: float = 20.0
) -> Answer:
    """One request to a server that lends keys; what it answers is never shown, since it may hold them."""
    parts = urlsplit(url)
    place = f"{parts.scheme}://{parts.netloc}"
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.netloc, timeout=timeout, context=trusted())
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    try:
        connection.request(method, path, body.encode() or None, dict(headers))
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
    except (OSError, http.client.HTTPException) as error:
        raise StorageError(
            f"no answer from {place}, which lends access keys: {error}", permanent=False
        ) from error
    finally:
        connection.close()
    if answer.status >= 300:
        code = element(answer, "Code")
        passing = answer.status in (408, 429) or answer.status >= 500 or code == "IDPCommunicationError"
        raise StorageError(
            f"{place} lends no access key: it answered {answer.status} {code}".rstrip()
            + ": look at the role of the pod's service account",
            permanent=not passing,
        )
    return answer


def _json(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def _credentials(found: Mapping[str, Any], token: str) -> Credentials:
    try:
        end = (
            datetime.fromisoformat(found["Expiration"]).timestamp()
            if found.get("Expiration")
            else float("inf")
        )
        credentials = Credentials(found["AccessKeyId"], found["SecretAccessKey"], found.get(token) or "", end)
    except (KeyError, ValueError) as error:
        raise StorageError(f"an answer with access keys cannot be read: {error}", permanent=False) from error
    return credentials


def _content(file: str) -> str:
    try:
        return Path(file).read_text().strip()
    except OSError as error:
        raise StorageError(f"cannot read the token in `{file}`: {error.strerror}", permanent=True) from error
