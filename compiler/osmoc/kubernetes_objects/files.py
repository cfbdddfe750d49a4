"""Files of tasks as immutable ConfigMaps, named by what they hold.

Two tasks with the same files share a ConfigMap. How a task's files are cut into ConfigMaps depends on that
task alone: else a change of one task would rename volumes of another. Limits: reference k8s-mapping, section
4.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

from osmoc import naming
from osmoc.kubernetes_objects.metadata import head
from osmoc.plan import PlannedFile
from osmoc_runtime.values import dataclass

LARGEST_APPLIED = 180 * 1024
"""Bytes of a ConfigMap's JSON with which plain `kubectl apply` is sure to take it: it keeps a copy in an
annotation of 256 KiB.
"""

ROOM = LARGEST_APPLIED - 1024
"""Bytes that contents may take of that, beside metadata."""

PIECE = 128 * 1024
"""Bytes that take no more than that as base64."""

LARGEST_CONFIG_MAP = 1024 * 1024
"""Bytes of contents that Kubernetes takes."""

LARGEST_STORED = 1_500_000
"""Bytes of what is long in any object: etcd takes 1.5 MiB in all."""

SERVER_SIDE = {"argocd.argoproj.io/sync-options": "ServerSideApply=true"}

_EXECUTABLE = 0o555


@dataclass(frozen=True, slots=True)
class Shard:
    """The files of a task that share a ConfigMap, and for each the key of its content. Keys are neutral,
    since two files of the same name may lie in different folders.

    `contents`: each different content once, in the order of its key; twice where one of two files that hold
    it can be run.
    """

    files: tuple[PlannedFile, ...]
    keys: tuple[str, ...]
    contents: tuple[bytes, ...]


def as_text(raw: bytes) -> str | None:
    """The text that the bytes are, or None where they are to go into `binaryData`: where they are no text, or
    one that fits as base64 alone.
    """
    text = _text(raw)
    if text is not None and _text_size(text) > ROOM and _binary_size(raw) <= ROOM:
        return None
    return text


@lru_cache(maxsize=4096)
def written_size(raw: bytes) -> int:
    """Bytes that a file takes in the JSON that `kubectl apply` keeps, where `<`, `>` and `&` take six."""
    text = as_text(raw)
    return _binary_size(raw) if text is None else _text_size(text)


def _text(raw: bytes) -> str | None:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _text_size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode()) + 5 * sum(map(text.count, "<>&"))


def _binary_size(raw: bytes) -> int:
    return (len(raw) + 2) // 3 * 4 + 2


def shards(files: Sequence[PlannedFile]) -> tuple[Shard, ...]:
    """The files in as few ConfigMaps as hold them, in order; one that is too large for any has one of its
    own.
    """
    if not files:
        return ()
    made: list[Shard] = []
    current: dict[tuple[bytes, bool], str] = {}
    members: list[tuple[PlannedFile, str]] = []
    size = 0
    for file in files:
        held = file.contents, file.executable
        if held not in current:
            more = written_size(file.contents) + _KEY_SIZE
            if members and size + more > ROOM:
                made.append(_shard(members, current))
                current, members, size = {}, [], 0
            current[held] = f"f{len(current)}"
            size += more
        members.append((file, current[held]))
    made.append(_shard(members, current))
    return tuple(made)


def _shard(members: list[tuple[PlannedFile, str]], held: Mapping[tuple[bytes, bool], str]) -> Shard:
    files, keys = zip(*members, strict=True)
    return Shard(files, keys, tuple(contents for contents, _ in held))


_KEY_SIZE = len('"f0000":,')


def files_config_map(
    name: str, contents: Sequence[bytes], labels: Mapping[str, str], namespace: str | None
) -> dict[str, object]:
    """The ConfigMap of a shard; `contents` with all names filled in."""
    text: dict[str, str] = {}
    binary: dict[str, str] = {}
    for index, raw in enumerate(contents):
        decoded = as_text(raw)
        if decoded is None:
            binary[f"f{index}"] = base64.b64encode(raw).decode("ascii")
        else:
            text[f"f{index}"] = decoded
    body = head("ConfigMap", name, labels, namespace)
    if sum(map(written_size, contents)) > LARGEST_APPLIED:
        metadata = body["metadata"]
        assert isinstance(metadata, dict)
        metadata["annotations"] = SERVER_SIDE
    body["immutable"] = True
    if text:
        body["data"] = text
    if binary:
        body["binaryData"] = binary
    return body


def fill_contents(raw: bytes, names: dict[str, str]) -> bytes:
    """The bytes with all names filled in, where they are text."""
    if _OPEN not in raw:
        return raw
    text = as_text(raw)
    return raw if text is None else naming.fill(text, names).encode("utf-8")


_OPEN = naming.OPEN.encode("utf-8")


def shard_name(task: str, index: int) -> str:
    """The placeholder for the name of a task's ConfigMap of files."""
    return naming.placeholder("files", f"{task}:{index}")


def files_volumes(task: str, made: Sequence[Shard]) -> list[dict[str, object]]:
    """One volume for each ConfigMap; scripts get a mode with which they can be run by their path."""
    volumes: list[dict[str, object]] = []
    for index, shard in enumerate(made):
        source: dict[str, object] = {"name": shard_name(task, index)}
        modes = {key: file.executable for file, key in zip(shard.files, shard.keys, strict=True)}
        if all(modes.values()):
            source["defaultMode"] = _EXECUTABLE
        elif any(modes.values()):
            source["items"] = [
                {"key": key, "path": key, "mode": _EXECUTABLE} if executable else {"key": key, "path": key}
                for key, executable in modes.items()
            ]
        volumes.append({"name": f"files-{index}", "configMap": source})
    return volumes


def files_mounts(made: Sequence[Shard]) -> list[tuple[str, dict[str, object]]]:
    """For each file its path and its mount."""
    return [
        (
            file.path,
            {"name": f"files-{index}", "mountPath": file.path, "subPath": key, "readOnly": True},
        )
        for index, shard in enumerate(made)
        for file, key in zip(shard.files, shard.keys, strict=True)
    ]
