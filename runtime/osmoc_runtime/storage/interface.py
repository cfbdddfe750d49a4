"""What every store of objects offers, and how it tells of failure.

The standard library alone: it travels with the agent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class StorageError(Exception):
    """A store did not do what it was asked; the text is one sentence with what to do about it.

    `permanent`: no further attempt can mend it (wrong key, missing bucket), so nothing was tried again.
    """

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class StoredObject:
    """`key` is relative to the location that was listed. `modified`: seconds since 1970, says the store."""

    key: str
    size: int
    modified: float


@dataclass(frozen=True, slots=True)
class Upload:
    """A local file and the key, relative to the location, that it gets."""

    path: Path
    key: str


@dataclass(frozen=True, slots=True)
class Download:
    """An object, by its key relative to the location, and the local file that it becomes; makes folders."""

    key: str
    size: int
    path: Path


@dataclass(frozen=True, slots=True)
class Sent:
    """What arrived: the size that the store confirmed."""

    key: str
    size: int


class Location(Protocol):
    """A place in a store, named by a url. Keys are relative to it. Every method raises StorageError.

    Transfers run in parallel and try passing failures again, with growing pauses, until `deadline`
    (time.monotonic()) where the location was opened with one.
    """

    url: str

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """Every object whose key begins with `prefix`, in the order of keys."""
        ...

    def read(self, key: str) -> bytes | None:
        """The object's bytes, or None where there is no such object."""
        ...

    def write(self, key: str, data: bytes) -> None:
        """Store a small object; it is there, whole, when this returns."""
        ...

    def upload(self, files: Iterable[Upload]) -> tuple[Sent, ...]:
        """Store the files; the answer is in their order, without those that vanished meanwhile."""
        ...

    def download(self, objects: Iterable[Download]) -> None:
        """Fetch the objects; a file appears under its name only when whole."""
        ...

    def below(self, key: str) -> Location:
        """The location `<this>/<key>`, over the same connections."""
        ...

    def exact(self) -> StoredObject | None:
        """The object that the location's url itself names, or None; its `key` is the url's last component."""
        ...
