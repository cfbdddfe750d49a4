"""Where data lie in the store, and the objects that say that they are whole: each is written last.

Below the workflow's own storage:

    <workflow id>/<task>-<hash8>/<job uid>-<pod uid>/files/…    what one attempt of a task left for others
    <workflow id>/<task>-<hash8>/commits/<job uid>-<pod uid>.json
    <workflow id>/<task>-<hash8>/kpi/<file>
    datasets/<name>/<workflow id>/<job uid>-<pod uid>/…         one version of a dataset
    datasets/<name>/newest.json                                 its commit
    datasets/<name>/local/<version>/…                           a local folder that somebody uploaded
    datasets/<name>/local/<version>.json                        its record; the version is its hash

Every attempt has a folder of its own, since the pod of a changed task's older Job may still be writing.

Below a checkpoint's url, as in the reference, `<prefix>/<relative path>`; and what makes it whole:

    .osmo-checkpoint/<job uid>/<hash of the path>/<attempt>-<pod uid>.json

The attempt's number counts the pods of the Job that saved anything. A pod writes its manifest again after
each upload, and with `final` after the last.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

from osmoc_runtime.storage.interface import Location, StorageError, StoredObject

FORMAT = 1
MANIFESTS = ".osmo-checkpoint"
DATASETS = "datasets"
NEWEST = "newest.json"


@dataclass(frozen=True, slots=True)
class CommittedFile:
    """`key` is relative to the commit's folder."""

    key: str
    size: int


@dataclass(frozen=True, slots=True)
class Commit:
    """What one attempt left. `folder`: of the files, relative to the location that was committed to."""

    format: int
    workflow: str
    task: str
    job: str
    job_uid: str
    pod_uid: str
    folder: str
    files: tuple[CommittedFile, ...]


@dataclass(frozen=True, slots=True)
class VersionFile:
    """`key` is relative to the version's folder."""

    key: str
    size: int
    executable: bool


@dataclass(frozen=True, slots=True)
class Version:
    """A local folder that was uploaded. `folder`: of its files, relative to the dataset's."""

    format: int
    folder: str
    files: tuple[VersionFile, ...]


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file of a checkpoint; `key` relative to the checkpoint's url, times in nanoseconds since 1970."""

    key: str
    size: int
    mode: int
    uid: int
    gid: int
    mtime: int


@dataclass(frozen=True, slots=True)
class SavedFolder:
    """A folder of a checkpoint, by its path relative to the checkpoint's."""

    path: str
    mode: int
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class SavedLink:
    path: str
    target: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The state of a checkpoint after an upload. `final`: after the task's end."""

    format: int
    workflow: str
    task: str
    job: str
    job_uid: str
    pod_uid: str
    path: str
    prefix: str
    attempt: int
    sequence: int
    final: bool
    files: tuple[SavedFile, ...]
    folders: tuple[SavedFolder, ...]
    links: tuple[SavedLink, ...]


def encode(record: Commit | Version | Manifest) -> bytes:
    """The record as JSON."""
    return json.dumps(asdict(record), indent=1).encode() + b"\n"


Record = TypeVar("Record", Commit, Version, Manifest)


def read(kind: type[Record], location: Location, key: str) -> Record | None:
    """The record of that key, or None where there is none. Raises StorageError, for a damaged one too."""
    data = location.read(key)
    if data is None:
        return None
    where = f"{location.url.rstrip('/')}/{key}"
    try:
        raw = json.loads(data)
        if raw["format"] != FORMAT:
            raise StorageError(
                f"{where} is of format {raw['format']}, which this agent cannot read: compile the workflow "
                "with the osmoc that wrote it, or a newer one",
                permanent=True,
            )
        return _decode(kind, raw)
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"{where} is damaged ({error}): remove it to start afresh", permanent=True
        ) from error


_ITEMS = {
    "SavedFile": SavedFile,
    "SavedFolder": SavedFolder,
    "SavedLink": SavedLink,
    "CommittedFile": CommittedFile,
    "VersionFile": VersionFile,
}
_ITEM = re.compile(r"tuple\[(\w+), ")


def _decode(kind: type[Record], raw: dict[str, Any]) -> Record:
    values: dict[str, Any] = {}
    for field in fields(kind):
        item = _ITEM.match(str(field.type))
        value = raw[field.name]
        values[field.name] = tuple(_ITEMS[item[1]](**one) for one in value) if item else value
    return kind(**values)


def version_key(version: str) -> str:
    """The record of a dataset's version that was a local folder."""
    return f"local/{version}.json"


def commit_key(job_uid: str, pod_uid: str) -> str:
    return f"commits/{job_uid}-{pod_uid}.json"


def newest_commit(stores_root: Location, location: str) -> tuple[Location, Commit] | None:
    """The newest commit below a task's `location`, and the location that its folder is relative to.

    `location` may end in `-*` (contract.TaskInput): then that of all tasks' locations that begin so.
    """
    begin = location.removesuffix("*")
    folder = r"[0-9a-z]+/" if location.endswith("*") else "/"
    pattern = re.compile(re.escape(begin) + folder + r"commits/[^/]+\.json")
    listed = begin if location.endswith("*") else f"{begin}/commits/"
    found = [one for one in stores_root.list(listed) if pattern.fullmatch(one.key)]
    if not found:
        return None
    # The store's own clock: those of two nodes may differ.
    newest = max(found, key=lambda one: (one.modified, one.key))
    commit = read(Commit, stores_root, newest.key)
    if commit is None:
        return None
    return stores_root.below(newest.key.rpartition("/commits/")[0]), commit


def manifest_folder(job_uid: str, path: str) -> str:
    """Where the manifests of one checkpoint of a Job are, by the checkpoint's path."""
    return f"{MANIFESTS}/{job_uid}/{_hash(path)}"


def manifest_key(job_uid: str, path: str, attempt: int, pod_uid: str) -> str:
    return f"{manifest_folder(job_uid, path)}/{attempt:06d}-{pod_uid}.json"


def last_manifest(found: Iterable[StoredObject]) -> StoredObject | None:
    """Of the manifests of one checkpoint of one Job the one of the last attempt."""
    return max(found, key=lambda one: (one.key.rpartition("/")[2], one.modified), default=None)


def attempt_of(manifest: StoredObject | None) -> int:
    """The number of the attempt that wrote it; 0 for none."""
    if manifest is None:
        return 0
    number = manifest.key.rpartition("/")[2].partition("-")[0]
    return int(number) if number.isdecimal() else 0


def is_manifest_of(path: str, key: str) -> bool:
    """Whether the key is that of a manifest of the checkpoint, of whatever Job."""
    parts = key.split("/")
    return len(parts) == 4 and parts[0] == MANIFESTS and parts[2] == _hash(path) and key.endswith(".json")


def _hash(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:8]


def is_contained(key: str) -> bool:
    """Whether the key, as a path, stays below the folder that it is relative to."""
    return bool(key) and not key.startswith("/") and ".." not in key.split("/")
