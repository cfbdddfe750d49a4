"""Signals, and calls of other threads, as something to wait for."""

from __future__ import annotations

import os
import select
import signal
from types import FrameType

FORWARDED = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGHUP,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGWINCH,
)
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
"""What an image may name as its stop signal: the pod is to end."""
CALL = 0
"""Stands among the signals for a call of another thread."""


class Alarms:
    """Must be made in the main thread. The kernel ignores for process 1 whatever it has no handler for."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for number in (*FORWARDED, signal.SIGCHLD):
            signal.signal(number, _nothing)

    def wait(self, seconds: float | None) -> list[int]:
        """The signals that came, in their order; nothing after `seconds`."""
        ready, _, _ = select.select([self._reader], [], [], seconds)
        return list(os.read(self._reader, 4096)) if ready else []

    def call(self) -> None:
        """End the wait, from any thread."""
        try:
            os.write(self._writer, bytes([CALL]))
        except BlockingIOError:
            # A full pipe ends the wait as well.
            return


def _nothing(number: int, frame: FrameType | None) -> None:
    """The number arrives through the wakeup descriptor."""
