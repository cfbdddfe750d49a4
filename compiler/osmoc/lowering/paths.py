"""Paths in a container: normal form, and the folders that are not to be covered."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

# Mounted over, the container does not start, or has no programs and no devices any more.
_SYSTEM = (
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/osmo",
    "/proc",
    "/run/secrets",
    "/sbin",
    "/sys",
    "/usr",
    "/var/run",
)
_SYSTEM_ITSELF = ("/", "/run", "/var")


def absolute(path: str) -> str:
    """The path from the root, without `.`, `..` and doubled slashes. A relative path counts from the root, as
    in the reference.
    """
    return posixpath.normpath(f"/{path.lstrip('/')}")


def is_within(path: str, folder: str) -> bool:
    """Whether a normal path is the folder or lies below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def folders_above(path: str) -> Iterator[str]:
    """The folders that a normal path lies in, from the nearest to the root."""
    while (above := posixpath.dirname(path)) != path:
        yield above
        path = above


def relative(path: str, folder: str) -> str:
    """The path counted from a folder that it lies in; `.` for the folder itself."""
    return path[len(folder.rstrip("/")) + 1 :] or "."


def system_folder(path: str) -> str | None:
    """The folder of the system that a volume at this path would cover or lie in."""
    if path in _SYSTEM_ITSELF:
        return path
    return next((folder for folder in _SYSTEM if is_within(path, folder)), None)
