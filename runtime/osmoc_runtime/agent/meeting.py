"""How the wrappers of a group start together, and hear of the lead's success.

The lead listens on contract.BARRIER_PORT, the others call it. Lines of JSON; a member says

    {"group": "<name and unit hash>", "task": "<name>", "running": <its command runs already>}

once it is connected, then {"event": "heard"} to the lead's end and {"event": "left"} at its own. The lead
says {"event": "start"} when the commands may start and {"event": "end"} when it succeeded; where it has data
to store, osmo-ctrl says so once they are, for until then the lead may yet be tried again. A lead that fails,
or that its Job tries again, says nothing: the coordinator alone knows which of the two it is, and evicts or
ends the others. It alone knows of members that never come again, too, and tells the lead by
contract.OVER_FILE.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable, Collection
from typing import Protocol

from osmoc_runtime import contract
from osmoc_runtime.agent.exits import Ending

LONGEST_LINE = 4096
"""Bytes; a peer that says more in one line is none of ours."""


class Party(Protocol):
    """One wrapper's end of the meeting."""

    ready: bool
    """The command may start."""
    lead_ended: bool
    failure: str
    """Why there can be no meeting; empty where all is well."""

    @property
    def gone(self) -> Collection[str]:
        """Members that need not hear of the lead's end."""
        ...

    def leave(self, ending: Ending) -> None:
        """Tell the others of one's own end, as far as it concerns them."""
        ...


def join(
    meeting: contract.Meeting, over_file: str, call: Callable[[], None], say: Callable[[str], None]
) -> Party:
    """Take part, in threads of its own; `call` is called whenever something changed. `over_file`:
    contract.OVER_FILE.
    """
    from osmoc_runtime.agent.follower import Follower
    from osmoc_runtime.agent.lead import Lead

    return Lead(meeting, over_file, call, say) if meeting.leads else Follower(meeting, call, say)


def port(host: str) -> tuple[str, int]:
    """The host's name and the port; a name may bring a port of its own."""
    name, _, number = host.partition(":")
    return name, int(number) if number else contract.BARRIER_PORT


def keep_alive(connection: socket.socket) -> None:
    """Notice within half a minute that the other's node is gone: it says no goodbye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 4)):
        # Sandboxed kernels do not know them all.
        with contextlib.suppress(AttributeError, OSError):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def send(connection: socket.socket, words: dict[str, object]) -> bool:
    """Say one line; whether it left."""
    try:
        connection.sendall(json.dumps(words).encode() + b"\n")
    except OSError:
        return False
    return True


class Lines:
    """Bytes of a connection, cut into decoded lines."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[dict[str, object]]:
        """The lines that `data` completes. Raises ValueError for what is no line of the meeting."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise ValueError("a line of the meeting is too long")
        lines = [json.loads(line) for line in whole]
        if not all(isinstance(line, dict) for line in lines):
            raise ValueError("a line of the meeting is no object")
        return lines
