"""The end of a group's meeting of a task that is not the lead."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from osmoc_runtime import contract
from osmoc_runtime.agent.exits import Ending
from osmoc_runtime.agent.meeting import Lines, keep_alive, port, send

CONNECT_TIMEOUT = 5.0
RETRY_PAUSE = 1.0
"""Seconds between calls of a lead that does not answer: its pod may not be there yet, nor its name."""


class Follower:
    """Calls the lead for as long as the task lives. See meeting.Party."""

    def __init__(
        self, meeting: contract.Meeting, call: Callable[[], None], say: Callable[[str], None]
    ) -> None:
        self.ready = not meeting.barrier
        self.lead_ended = False
        self.failure = ""
        self._meeting = meeting
        self._call = call
        self._say = say
        self._lead = next(member for member in meeting.members if member.task == meeting.lead)
        self._connection: socket.socket | None = None
        self._left = threading.Event()
        if not self.ready:
            say(f"waiting for the group's lead, {self._lead.task}, at {self._lead.host}")
        threading.Thread(target=self._keep_in_touch, daemon=True).start()

    @property
    def gone(self) -> tuple[str, ...]:
        """Not for a follower to know."""
        return ()

    def leave(self, ending: Ending) -> None:
        """Tell the lead that it need not wait for this one, whatever its end."""
        self._left.set()
        connection = self._connection
        if connection is not None:
            send(connection, {"event": "left"})
            # What was sent still arrives.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _keep_in_touch(self) -> None:
        while not self.lead_ended and not self._left.is_set():
            # No answer, no name yet, or a connection that broke: call again.
            with contextlib.suppress(OSError, ValueError), self._dial() as connection:
                self._connection = connection
                self._converse(connection)
            self._connection = None
            self._left.wait(RETRY_PAUSE)

    def _dial(self) -> socket.socket:
        host, number = port(self._lead.host)
        failure: OSError | None = None
        # Bytes: for a string Python would want the tables of internationalised names.
        for family, kind, protocol, _, address in socket.getaddrinfo(
            host.encode("ascii"), number, type=socket.SOCK_STREAM
        ):
            connection = socket.socket(family, kind, protocol)
            try:
                connection.settimeout(CONNECT_TIMEOUT)
                connection.connect(address)
                connection.settimeout(None)
                keep_alive(connection)
            except OSError as error:
                connection.close()
                failure = error
            else:
                return connection
        raise failure or OSError(f"{host} has no address")

    def _converse(self, connection: socket.socket) -> None:
        me = self._meeting.me
        send(
            connection,
            {"group": self._meeting.group, "task": me, "running": self.ready and self._meeting.barrier},
        )
        lines = Lines()
        while data := connection.recv(4096):
            for line in lines.feed(data):
                match line.get("event"):
                    case "start":
                        self.ready = True
                    case "end":
                        self.lead_ended = True
                        send(connection, {"event": "heard"})
                    case "stranger":
                        self._say(f"the lead at {self._lead.host} is of another generation of the group")
                self._call()
            if self.lead_ended:
                return
