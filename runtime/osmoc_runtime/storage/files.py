"""A location in a folder: volumes, and tests."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from osmoc_runtime.storage.attempts import in_parallel
from osmoc_runtime.storage.connections import BLOCK
from osmoc_runtime.storage.interface import Download, Sent, StorageError, StoredObject, Upload
from osmoc_runtime.storage.local_files import UNFINISHED, opened, placed, unreadable, write_at


class FileLocation:
    """The folder that `url` names, or the file. A folder that does not exist yet is one without objects."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._root = Path(url.removeprefix("file://"))

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """Folders that are symbolic links are not entered; files that are such links are followed."""
        folder, _, begin = prefix.rpartition("/")
        return _below(self._root / folder, f"{folder}/" if folder else "", begin)

    def read(self, key: str) -> bytes | None:
        path = self._root / key
        try:
            return path.read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise unreadable(path, error) from error

    def write(self, key: str, data: bytes) -> None:
        path = self._root / key
        with placed(path) as file:
            write_at(file, path, memoryview(data), 0)

    def upload(self, files: Iterable[Upload]) -> tuple[Sent, ...]:
        def send(file: Upload) -> Sent | None:
            size = _copy(file.path, self._root / file.key)
            return None if size is None else Sent(file.key, size)

        return tuple(sent for sent in in_parallel(send, files) if sent is not None)

    def download(self, objects: Iterable[Download]) -> None:
        def fetch(item: Download) -> None:
            if _copy(self._root / item.key, item.path) is None:
                raise StorageError(f"there is no file `{self._root / item.key}`", permanent=True)

        in_parallel(fetch, objects)

    def below(self, key: str) -> FileLocation:
        return FileLocation(f"{self.url.rstrip('/')}/{key}")

    def exact(self) -> StoredObject | None:
        if self.url.endswith("/"):
            return None
        try:
            found = self._root.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise unreadable(self._root, error) from error
        return StoredObject(self._root.name, found.st_size, found.st_mtime) if self._root.is_file() else None


def _below(folder: Path, key: str, begin: str) -> Iterator[StoredObject]:
    """Keys in the order of their bytes, for which a folder counts with the slash after its name."""
    found: list[tuple[bytes, os.DirEntry[str]]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(begin) and not entry.name.startswith(UNFINISHED):
                    slash = "/" if entry.is_dir(follow_symlinks=False) else ""
                    found.append((os.fsencode(entry.name + slash), entry))
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise unreadable(folder, error) from error
    for name, entry in sorted(found, key=lambda pair: pair[0]):
        if name.endswith(b"/"):
            yield from _below(folder / entry.name, f"{key}{entry.name}/", "")
            continue
        try:
            about = entry.stat() if entry.is_file() else None
        except FileNotFoundError:
            continue
        except OSError as error:
            raise unreadable(folder / entry.name, error) from error
        if about is not None:
            yield StoredObject(key + entry.name, about.st_size, about.st_mtime)


def _copy(source: Path, path: Path) -> int | None:
    """Copy the file as long as it is now; its size, or None where there is none."""
    original = opened(source)
    if original is None:
        return None
    with original, placed(path) as file:
        size = os.fstat(original.fileno()).st_size
        at = 0
        while at < size:
            try:
                block = os.pread(original.fileno(), min(BLOCK, size - at), at)
            except OSError as error:
                raise unreadable(source, error) from error
            if not block:
                break
            at += write_at(file, path, memoryview(block), at)
    return at
