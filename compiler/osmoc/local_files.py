"""The user's files beside the spec: the one place where the compiler opens them.

`localpath` counts from the spec's folder. What lies outside the git work tree of the spec is refused unless
it was allowed: a spec that somebody else wrote must not carry files of this machine into a cluster (design,
deviation 26).
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from osmoc_runtime.values import dataclass

LARGEST = 900 * 1024
"""Bytes of one file that fit into a ConfigMap of at most 1 MiB with room to spare."""


MOST_CARRIED = 1000
"""Files of a folder that manifests carry; with more, their list alone gets long."""


@dataclass(frozen=True, slots=True)
class FileContents:
    """A local file: its bytes, and whether its owner may run it."""

    raw: bytes
    executable: bool


@dataclass(frozen=True, slots=True)
class FolderFile:
    """`path`: within the folder, with slashes. `source`: where the file lies on this machine. `digest`:
    SHA-256 of its bytes. `contents`: None where the folder is too large to be carried by manifests.
    """

    path: str
    source: Path
    size: int
    executable: bool
    digest: str
    contents: bytes | None


@dataclass(frozen=True, slots=True)
class Folder:
    """A local folder's files in the order of their paths. `version`: equal for equal paths and bytes."""

    files: tuple[FolderFile, ...]
    version: str

    @property
    def carried(self) -> bool:
        """Whether manifests carry the files themselves."""
        return all(file.contents is not None for file in self.files)

    @property
    def amount(self) -> str:
        """How much it is, for people: `12 files of 3.4 MiB`."""
        size = sum(file.size for file in self.files)
        what = "1 file" if len(self.files) == 1 else f"{len(self.files):,} files"
        return (
            f"{what} of {size / 1024:,.0f} KiB"
            if size < 1 << 20
            else f"{what} of {size / (1 << 20):,.1f} MiB"
        )


class Refused(Exception):
    """A local file that cannot be taken; `message` and `advice` are for the user."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class Missing(Refused):
    """Nothing is at that path."""


class NotAFile(Refused):
    """A folder, a device or a socket is at that path, or a file where a folder is needed."""


class Unreadable(Refused):
    """The operating system refuses it."""


class Outside(Refused):
    """It lies outside the bound."""


class TooLarge(Refused):
    """It does not fit into a ConfigMap."""

    def __init__(self, path: str, size: int) -> None:
        super().__init__(
            f"`{path}` has {size} bytes, and a file of a task can have {LARGEST}",
            "put the file into the image, or into object storage and name it under `inputs:` with `url:`",
        )


class LocalFolder:
    """The folder of a spec, and the bound within which its local files must lie."""

    def __init__(self, folder: Path, *, allow_outside: bool) -> None:
        self._folder = folder
        self._allow_outside = allow_outside
        self._work_tree, self._bound = _bound(folder)

    def read(self, localpath: str) -> bytes:
        """The bytes of a file. Raises Missing, NotAFile, Unreadable, Outside or TooLarge."""
        path = self._within(localpath)
        if path.is_dir():
            raise NotAFile(
                f"`{localpath}` is a folder, and a file is needed",
                "name each file of it in an entry of its own",
            )
        if not path.is_file():
            raise NotAFile(f"`{localpath}` is not an ordinary file")
        try:
            size = path.stat().st_size
            if size > LARGEST:
                raise TooLarge(localpath, size)
            return path.read_bytes()
        except OSError as error:
            raise Unreadable(f"`{localpath}` cannot be read: {_reason(error)}") from error

    def is_executable(self, localpath: str) -> bool:
        """Whether its owner may run the file, which was read before."""
        return _is_executable(self._within(localpath))

    def folder(self, localpath: str) -> Path:
        """The folder at a path. Raises Missing, NotAFile, Unreadable or Outside."""
        path = self._within(localpath)
        if not path.is_dir():
            raise NotAFile(f"`{localpath}` is a file, and a folder is needed")
        return path

    def files_of(self, localpath: str) -> Folder:
        """All files of a folder, those of its folders too; empty ones are lost, as in every object storage.

        Links to files are followed. Raises as `folder`, and where something in it is no file.
        """
        root = self.folder(localpath)
        found = sorted(self._walk(root, localpath))
        small = len(found) <= MOST_CARRIED and sum(path.stat().st_size for _, path in found) <= LARGEST
        whole = sha256()
        files = []
        for name, path in found:
            try:
                digest, size = digest_of(path)
                executable = _is_executable(path)
                contents = path.read_bytes() if small else None
            except OSError as error:
                raise Unreadable(f"`{localpath}/{name}` cannot be read: {_reason(error)}") from error
            whole.update(f"{len(name)}:{name}{size}:{int(executable)}{digest}".encode())
            files.append(FolderFile(name, path, size, executable, digest, contents))
        return Folder(tuple(files), whole.hexdigest()[:16])

    def _walk(self, root: Path, localpath: str) -> Iterator[tuple[str, Path]]:
        def failed(error: OSError) -> None:
            raise Unreadable(f"`{localpath}` cannot be read: {_reason(error)}") from error

        for folder, folders, names in os.walk(root, onerror=failed):
            for name in (*names, *folders):
                path = Path(folder, name)
                if path.is_dir() and not path.is_symlink():
                    continue
                within = path.relative_to(root).as_posix()
                if not _is_text(within):
                    raise Unreadable(
                        f"the name of `{localpath}/{within}` is not UTF-8, as names of stored files must be",
                        "rename the file",
                    )
                real = self._within(f"{localpath}/{within}") if path.is_symlink() else path
                if not real.is_file():
                    what = "a link to a folder" if real.is_dir() else "no ordinary file"
                    raise NotAFile(
                        f"`{localpath}/{within}` is {what}, and a dataset has files alone",
                        "move it out of the folder",
                    )
                yield within, real

    def _within(self, localpath: str) -> Path:
        if not localpath:
            raise NotAFile("the path is empty", "name a file, counted from the spec's folder")
        if "\0" in localpath:
            raise Missing(f"`{localpath}` holds a zero character, and no path does")
        try:
            real = Path(os.path.normpath(self._folder / localpath)).resolve(strict=True)
        except FileNotFoundError as error:
            raise Missing(f"there is no `{localpath}` in the spec's folder") from error
        except NotADirectoryError as error:
            raise Missing(f"a part of `{localpath}` is a file, not a folder") from error
        except (OSError, RuntimeError) as error:
            raise Unreadable(f"`{localpath}` cannot be read: {_reason(error)}") from error
        if not self._allow_outside and not real.is_relative_to(self._bound):
            bound = "git work tree" if self._work_tree else "folder"
            raise Outside(
                f"`{localpath}` lies outside the spec's {bound}",
                f"move the file into the {bound}, or allow it with `--allow-outside`",
            )
        return real


def digest_of(path: Path) -> tuple[str, int]:
    """The SHA-256 of a file's bytes, and their number, as they are now. Raises OSError.

    A file that did not change since is not read again: `osmoc run` compiles twice, and looks once more after
    an upload.
    """
    status = path.stat()
    return _read_digest(path, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))


@lru_cache(maxsize=65536)
def _read_digest(path: Path, _state: tuple[int, int, int, int]) -> tuple[str, int]:
    whole = sha256()
    size = 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            whole.update(piece)
            size += len(piece)
    return whole.hexdigest(), size


def _is_executable(path: Path) -> bool:
    """By its owner, whoever compiles: git keeps that bit alone."""
    return bool(path.stat().st_mode & stat.S_IXUSR)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def decode(text: str | bytes) -> bytes | None:
    """The bytes that base64 text stands for, line ends allowed in it; None where it is not base64."""
    try:
        raw = text.encode("ascii") if isinstance(text, str) else text
        return base64.b64decode(re.sub(rb"[\r\n]", b"", raw), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None


def _bound(folder: Path) -> tuple[bool, Path]:
    real = folder.resolve()
    for candidate in (real, *real.parents):
        if (candidate / ".git").exists():
            return True, candidate
    return False, real


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error).lower()
