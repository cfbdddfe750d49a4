"""Local folders into the object storage, from the user's machine, before the workflow that reads them is
applied.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from osmoc_runtime import contract
from osmoc_runtime.agent import commits
from osmoc_runtime.cluster import SECRETS, Cluster
from osmoc_runtime.errors import Forbidden, NotFound, StorageFailure
from osmoc_runtime.storage.interface import Location, StorageError, Upload
from osmoc_runtime.storage.opening import VARIABLES, Settings, open_location, secret_of, settings_of


def storage_secret(cluster: Cluster, namespace: str, name: str | None) -> dict[str, str]:
    """The values of the pods' Secret; nothing where there is none, or where it may not be looked at."""
    if name is None:
        return {}
    try:
        found: dict[str, Any] = cluster.get(SECRETS, namespace, name).get("data") or {}
    except (Forbidden, NotFound):
        return {}

    def read(key: str) -> str | None:
        return base64.b64decode(found[key]).decode("utf-8", "replace") if key in found else None

    return secret_of(read)


def own_storage(
    secret: Mapping[str, str], environment: Mapping[str, str], pool: contract.Storage
) -> Location:
    """The place of the workflow's own data, as the user's machine reaches it.

    An endpoint of the environment comes first: what the pods have may be a name within the cluster. Keys are
    the Secret's, else those that boto3 finds, profiles included. Raises StorageFailure.
    """
    endpoint = next((environment[name] for name in VARIABLES["endpoint"] if environment.get(name)), "")
    settings = settings_of(secret, environment, replace(pool, endpoint=endpoint or pool.endpoint))
    if not settings.url:
        raise StorageFailure(
            "where the object storage is says neither the pool file nor the Secret of the namespace",
            "write `storage: {url: s3://BUCKET/FOLDER}` into the pool file, or make the Secret",
        )
    if not settings.access_key_id and not settings.url.startswith("file:"):
        settings = _with_users_keys(settings)
    try:
        return open_location(settings.url, settings)
    except StorageError as error:
        raise StorageFailure(str(error)) from error


def _with_users_keys(settings: Settings) -> Settings:
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        found = boto3.Session().get_credentials()
        keys = None if found is None else found.get_frozen_credentials()
    except BotoCoreError as error:
        raise StorageFailure(f"no keys for the object storage: {error}") from error
    if keys is None or not keys.access_key or not keys.secret_key:
        raise StorageFailure(
            "no keys for the object storage: the Secret has none, and neither has this machine",
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
        )
    return replace(
        settings,
        access_key_id=keys.access_key,
        secret_access_key=keys.secret_key,
        session_token=keys.token or "",
    )


@dataclass(frozen=True, slots=True)
class LocalVersion:
    """A local folder as a version of dataset `name`. `executable`: the keys of files that can be run."""

    name: str
    version: str
    files: Sequence[Upload]
    executable: Set[str]


def push(storage: Location, local: LocalVersion, changed: Callable[[], Path | None]) -> bool:
    """Store a folder, its record last; whether it was not there yet.

    `changed` is asked after the upload: a file that is not any more what the version was taken over. Raises
    StorageFailure.
    """
    location = storage.below(f"{commits.DATASETS}/{local.name}")
    key, folder = commits.version_key(local.version), f"local/{local.version}"
    try:
        if location.read(key) is not None:
            return False
        sent = location.below(folder).upload(local.files)
        other = changed()
        if other is not None or len(sent) < len(local.files):
            what = "files of the folder" if other is None else f"`{other}`"
            raise StorageFailure(f"{what} changed while the folder was uploaded", "call it again")
        files = tuple(commits.VersionFile(one.key, one.size, one.key in local.executable) for one in sent)
        location.write(key, commits.encode(commits.Version(commits.FORMAT, folder, files)))
    except StorageError as error:
        raise StorageFailure(
            f"the folder cannot be uploaded: {error}",
            "where the pods' endpoint is a name within the cluster, AWS_ENDPOINT_URL_S3 names another",
        ) from error
    return True
