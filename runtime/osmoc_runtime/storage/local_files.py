"""Local files: read as they are, and written so that they appear under their name only when whole."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from osmoc_runtime.storage.interface import StorageError

UNFINISHED = ".osmoc-unfinished-"
"""What names of files begin with that are not whole."""


def opened(path: Path) -> BinaryIO | None:
    """The file, for reading; None where there is none, or no regular one. Raises StorageError."""

    def without_waiting(name: str, flags: int) -> int:
        # A pipe that took the file's place must not block.
        return os.open(name, flags | os.O_NONBLOCK)

    try:
        file = open(path, "rb", buffering=0, opener=without_waiting)  # noqa: SIM115
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise unreadable(path, error) from error
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    return None


def unreadable(path: Path, error: OSError) -> StorageError:
    """The failure to read `path`, in a sentence."""
    return StorageError(f"cannot read `{path}`: {error.strerror}", permanent=True)


@contextmanager
def placed(path: Path) -> Iterator[BinaryIO]:
    """A new file that gets the name `path` at the end, and disappears if something goes wrong.

    Folders are made. Raises StorageError where the file system refuses.
    """
    temporary = path.with_name(f"{UNFINISHED}{secrets.token_hex(8)}")
    with told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            yield file
        with told(path):
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Says a failure of the file system in a sentence about `path`."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"cannot write `{path}`: {error.strerror}", permanent=True) from error


def write_at(file: BinaryIO, path: Path, data: memoryview, offset: int) -> int:
    """Write all of `data`; how many bytes these were. `path`: for the sentence, should it fail."""
    at = 0
    with told(path):
        while at < len(data):
            at += os.pwrite(file.fileno(), data[at:], offset + at)
    return at
