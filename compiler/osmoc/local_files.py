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
from pathlib import Path

LARGEST = 900 * 1024
"""Bytes of one file that fit into a ConfigMap of at most 1 MiB with room to spare."""


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

    def folder(self, localpath: str) -> Path:
        """The folder at a path. Raises Missing, NotAFile, Unreadable or Outside."""
        path = self._within(localpath)
        if not path.is_dir():
            raise NotAFile(f"`{localpath}` is a file, and a folder is needed")
        return path

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
