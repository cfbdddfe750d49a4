"""Saving a task's files while it runs and once after it ended."""

from __future__ import annotations

import os
import posixpath
import re
import time
from collections.abc import Callable
from pathlib import Path

from osmoc_runtime import contract
from osmoc_runtime.agent import commits
from osmoc_runtime.agent.pod import Identity, Pod, amount
from osmoc_runtime.agent.walking import Area, Findings, FoundFile, walk
from osmoc_runtime.storage.interface import Location, Upload

RACY = 2_000_000_000
"""Nanoseconds: a file changed so short a time before it was looked at may change again within the same tick
of its clock.
"""
MAPPED = 1 << 20
"""Bytes: larger files are written back before an upload. A program may change them through memory, and only
after a write-back does the next such change show in the file's time.
"""

Signature = tuple[int, int, int]
"""Size, time of change, inode: a file whose signature stays was not changed."""


class NotStored(Exception):
    """Data could not be stored; the text says which and why."""


def volume_area(pod: Pod, entry: contract.Checkpoint) -> Area:
    """The volume of a checkpoint, as mounted in osmoc's own containers and in the task's."""
    here = pod.path(f"{contract.CHECKPOINT_FOLDER}/{entry.volume}")
    task = entry.path if entry.subpath == "." else entry.path.removesuffix(f"/{entry.subpath}")
    return Area(here, task)


def local_path(pod: Pod, entry: contract.Checkpoint) -> str:
    """The checkpoint's folder or file, as mounted in osmoc's own containers."""
    return os.path.normpath(os.path.join(volume_area(pod, entry).here, entry.subpath))


class Saver:
    """One checkpoint of one attempt. Uploads what changed since the last upload."""

    def __init__(
        self,
        pod: Pod,
        plan: contract.TaskPlan,
        entry: contract.Checkpoint,
        *,
        me: Identity,
        say: Callable[[str], None],
    ) -> None:
        self.entry = entry
        self._pod = pod
        self._plan = plan
        self._me = me
        self._say = say
        self._regex = re.compile(entry.regex) if entry.regex else None
        self._sent: dict[str, tuple[Signature, int]] = {}
        self._attempt = 0
        self._sequence = 0

    def save(self, location: Location, *, final: bool) -> None:
        """Bring the store up to date, then write the manifest. Raises NotStored and StorageError."""
        self._say(f"checkpointing data from {self.entry.path} to {self.entry.url}...")
        if self._attempt == 0:
            folder = commits.manifest_folder(self._me.job_uid, self.entry.path)
            self._attempt = commits.attempt_of(commits.last_manifest(location.list(folder + "/"))) + 1
        looked = time.time_ns()
        findings = walk(local_path(self._pod, self.entry), volume_area(self._pod, self.entry), self._say)
        if not findings.files and not findings.folders:
            self._say(f"there is nothing at {self.entry.path} yet")
        chosen = {self._key(file): file for file in findings.files if self._is_wanted(file)}
        changed = {key: file for key, file in chosen.items() if self._is_changed(key, file)}
        sizes = self._upload(location, changed)
        for key, size in sizes.items():
            file = changed[key]
            # Kept as unknown where it may have been changed since without a sign of it.
            stamp = file.mtime_ns if looked - file.mtime_ns > RACY else -1
            self._sent[key] = ((file.size, stamp, file.inode), size)
        gone = changed.keys() - sizes.keys()
        self._sent = {key: sent for key, sent in self._sent.items() if key in chosen and key not in gone}
        self._sequence += 1
        manifest = self._manifest(chosen, findings, final=final)
        key = commits.manifest_key(self._me.job_uid, self.entry.path, self._attempt, self._me.pod_uid)
        location.write(key, commits.encode(manifest))
        sent = amount(len(sizes), sum(sizes.values()))
        self._say(f"checkpointing data from {self.entry.path} to {self.entry.url} finished: {sent}")
        if findings.unreadable:
            raise NotStored(f"cannot be read: {', '.join(findings.unreadable)}")

    def _key(self, file: FoundFile) -> str:
        return posixpath.join(self.entry.prefix, file.relative) if file.relative else self.entry.prefix

    def _is_wanted(self, file: FoundFile) -> bool:
        if file.relative in self.entry.exclude:
            return False
        # As in the reference a path that is one file is not looked at by the expression.
        return not file.relative or self._regex is None or self._regex.match(self._key(file)) is not None

    def _is_changed(self, key: str, file: FoundFile) -> bool:
        sent = self._sent.get(key)
        return sent is None or sent[0] != (file.size, file.mtime_ns, file.inode)

    def _upload(self, location: Location, changed: dict[str, FoundFile]) -> dict[str, int]:
        for file in changed.values():
            if file.size >= MAPPED:
                _write_back(file.path)
        uploads = [Upload(Path(file.path), key) for key, file in changed.items()]
        try:
            return {sent.key: sent.size for sent in location.upload(uploads)}
        except OSError as error:
            raise NotStored(
                f"cannot be read: {error.filename or self.entry.path}: {error.strerror}"
            ) from error

    def _manifest(self, chosen: dict[str, FoundFile], findings: Findings, *, final: bool) -> commits.Manifest:
        return commits.Manifest(
            format=commits.FORMAT,
            workflow=self._plan.workflow,
            task=self._plan.task,
            job=self._plan.job,
            job_uid=self._me.job_uid,
            pod_uid=self._me.pod_uid,
            path=self.entry.path,
            prefix=self.entry.prefix,
            attempt=self._attempt,
            sequence=self._sequence,
            final=final,
            files=tuple(
                commits.SavedFile(key, self._sent[key][1], file.mode, file.uid, file.gid, file.mtime_ns)
                for key, file in chosen.items()
                if key in self._sent
            ),
            folders=tuple(
                commits.SavedFolder(one.relative, one.mode, one.uid, one.gid) for one in findings.folders
            ),
            links=tuple(commits.SavedLink(one.relative, one.target) for one in findings.links),
        )


def _write_back(path: str) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        # The upload says what is wrong with it.
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
