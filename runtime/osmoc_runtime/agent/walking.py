"""What lies below a folder that a task wrote into, as the task sees it.

The task may write links. One that leads out of the volume would make osmo-ctrl upload what only osmo-ctrl can
read, its credentials first of all: such a link is none of the task's data.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field

LINKS_IN_A_ROW = 8


@dataclass(frozen=True, slots=True)
class Area:
    """A volume: where it is mounted here, and where the task has it mounted."""

    here: str
    task: str


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file, or what a link leads to. `relative` to the folder; empty where that is the file."""

    path: str
    relative: str
    size: int
    mode: int
    uid: int
    gid: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class FoundFolder:
    relative: str
    mode: int
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class FoundLink:
    relative: str
    target: str


@dataclass(slots=True)
class Findings:
    """`unreadable`: folders whose contents could not be listed, with why."""

    files: list[FoundFile] = field(default_factory=list)
    folders: list[FoundFolder] = field(default_factory=list)
    links: list[FoundLink] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def walk(path: str, area: Area, say: Callable[[str], None]) -> Findings:
    """All below `path`, which is within area.here, sorted. Links to folders are noted, not followed; what is
    no file (dangling links, sockets) is told to `say`; what vanishes meanwhile was never there.
    """
    if os.path.islink(path):
        path = target_of(path, area) or path
    findings = Findings()
    _Walk(path, area, findings, say).go()
    findings.files.sort(key=lambda file: file.relative)
    return findings


@dataclass(frozen=True, slots=True)
class _Walk:
    top: str
    area: Area
    findings: Findings
    say: Callable[[str], None]

    def go(self) -> None:
        waiting = [""] if self._look("") else []
        while waiting:
            folder = waiting.pop()
            for name in self._names(folder):
                relative = os.path.join(folder, name)
                if self._look(relative):
                    waiting.append(relative)

    def _path(self, relative: str) -> str:
        return os.path.join(self.top, relative) if relative else self.top

    def _names(self, folder: str) -> list[str]:
        try:
            return sorted(os.listdir(self._path(folder)))
        except FileNotFoundError:
            return []
        except OSError as error:
            self.findings.unreadable.append(f"{self._path(folder)}: {error.strerror}")
            return []

    def _look(self, relative: str) -> bool:
        """Note what is there; whether it is a folder."""
        path = self._path(relative)
        if not _is_text(relative):
            self.findings.unreadable.append(f"{path!a}: its name is not UTF-8, as names of objects must be")
            return False
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            return False
        except OSError as error:
            self.findings.unreadable.append(f"{path}: {error.strerror}")
            return False
        if stat.S_ISDIR(status.st_mode):
            mode = stat.S_IMODE(status.st_mode)
            self.findings.folders.append(FoundFolder(relative, mode, status.st_uid, status.st_gid))
            return True
        if stat.S_ISLNK(status.st_mode):
            self._look_at_link(path, relative)
        elif stat.S_ISREG(status.st_mode):
            self.findings.files.append(_file(path, relative, status))
        else:
            self.say(f"left out, as it is no file: {path}")
        return False

    def _look_at_link(self, path: str, relative: str) -> None:
        target, status = None, None
        try:
            self.findings.links.append(FoundLink(relative, os.readlink(path)))
            target = target_of(path, self.area)
            if target is not None:
                status = os.stat(target)
        except OSError:
            # It vanished, or leads to what did.
            status = None
        if target is None or status is None:
            self.say(f"left out, as it leads nowhere within its volume: the link {path}")
        elif stat.S_ISREG(status.st_mode):
            self.findings.files.append(_file(target, relative, status))


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def target_of(path: str, area: Area) -> str | None:
    """Where a link leads in the end, by the task's own view of its paths; None outside of the volume.

    Raises OSError for a link that vanishes.
    """
    for _ in range(LINKS_IN_A_ROW):
        if not os.path.islink(path):
            break
        target = os.readlink(path)
        if target == area.task or target.startswith(area.task.rstrip("/") + "/"):
            target = area.here + "/" + target[len(area.task.rstrip("/")) :]
        path = os.path.normpath(os.path.join(os.path.dirname(path), target))
    real = os.path.realpath(path)
    return real if real.startswith(os.path.realpath(area.here) + "/") else None


def _file(path: str, relative: str, status: os.stat_result) -> FoundFile:
    return FoundFile(
        path,
        relative,
        status.st_size,
        stat.S_IMODE(status.st_mode),
        status.st_uid,
        status.st_gid,
        status.st_mtime_ns,
        status.st_ino,
    )
