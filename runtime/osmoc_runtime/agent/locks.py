"""Locks by which the containers of a pod see each other live: the kernel drops them, whatever ended the
holder.

`flock` works across containers, users and read-only mounts of one emptyDir; notes written at exit do not
outlive a memory kill (reference k8s-mapping, section 3.2).
"""

from __future__ import annotations

import contextlib
import fcntl
import os


def hold(path: str) -> None:
    """Take the lock until the process ends. Its children do not inherit it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    # The other container's user must be able to open it, whatever the umask; it may be another's already.
    with contextlib.suppress(PermissionError):
        os.fchmod(descriptor, 0o666)
    fcntl.flock(descriptor, fcntl.LOCK_EX)


class Watched:
    """Another container's lock."""

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def is_free(self) -> bool:
        """Whether nobody holds it: nobody yet, or nobody any more."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        return True

    def await_free(self) -> None:
        """Wait for the holder's end."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)


def announce(path: str) -> None:
    """Write an empty note that a lock was taken."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666))
