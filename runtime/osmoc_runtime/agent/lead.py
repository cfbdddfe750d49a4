"""The lead's end of a group's meeting."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from osmoc_runtime import contract
from osmoc_runtime.agent.exits import Ending
from osmoc_runtime.agent.meeting import Lines, keep_alive, port, send

GOODBYE_PATIENCE = 10.0
"""Seconds for which a lead that succeeded waits for the others to hear of it, one that joins late among
them.
"""
SEND_TIMEOUT = 5.0
LOOK_INTERVAL = 1.0
"""Seconds between looks at who is over, while the group waits."""


@dataclass(slots=True)
class _Guest:
    lines: Lines = field(default_factory=Lines)
    task: str | None = None


class Lead:
    """Listens from the start; a thread answers. See meeting.Party."""

    def __init__(
        self,
        meeting: contract.Meeting,
        over_file: str,
        call: Callable[[], None],
        say: Callable[[str], None],
        *,
        gone: Collection[str] | None = None,
    ) -> None:
        """`gone`: the command has succeeded already, and these members need not hear of it."""
        self.ready = not meeting.barrier or gone is not None
        self.lead_ended = False
        self.failure = ""
        self._meeting = meeting
        self._over_file = over_file
        self._call = call
        self._say = say
        self._others = {member.task for member in meeting.members if member.task != meeting.me}
        self._guests: dict[socket.socket, _Guest] = {}
        # Members that wait for the start; that never come again; that need not be told of the end any more.
        self._waiting: set[str] = set()
        self._over: set[str] = set()
        self._done = set(gone or ())
        self._all_done = threading.Event()
        self._ended = gone is not None
        # By which the main thread calls the one that has all sockets.
        self._knock, self._door = socket.socketpair()
        host = next(member.host for member in meeting.members if member.task == meeting.me)
        try:
            self._listener = _listen(port(host)[1])
        except OSError as error:
            self.failure = f"cannot listen on port {port(host)[1]} for the group's members: {error.strerror}"
            return
        if not self.ready:
            say(f"waiting for the group: {', '.join(sorted(self._others))}")
        self._look_whether_done()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def gone(self) -> set[str]:
        """Members that left, and those that are over."""
        return self._done | self._over

    def leave(self, ending: Ending) -> None:
        """A success is told to all members, for at most GOODBYE_PATIENCE."""
        if ending.reported == 0 and not self.failure:
            self._knock.send(b".")
            self.await_others(GOODBYE_PATIENCE)

    def await_others(self, patience: float) -> None:
        """Until all have heard of the end, or left; for at most `patience` seconds."""
        self._all_done.wait(patience)

    def _serve(self) -> None:
        while True:
            if not self.ready:
                self._look_who_is_over()
            patience = None if self.ready else LOOK_INTERVAL
            ready, _, _ = select.select([self._listener, self._door, *self._guests], [], [], patience)
            for one in ready:
                if one is self._listener:
                    self._welcome()
                elif one is self._door:
                    self._say_goodbye()
                elif one in self._guests:
                    self._hear(one)

    def _look_who_is_over(self) -> None:
        """The coordinator says so, by an annotation of this pod."""
        try:
            with open(self._over_file, encoding="utf-8") as file:
                over = set(file.read().split(",")) & self._others
        except (OSError, ValueError):
            # The manifests of an older osmoc mount none.
            return
        for task in sorted(over - self._over):
            self._say(f"{task} is over: the group does without it")
        self._over = over
        self._start_if_complete()

    def _say_goodbye(self) -> None:
        self._door.recv(1)
        self._look_who_is_over()
        self._ended = True
        for connection, guest in list(self._guests.items()):
            if guest.task is not None:
                self._tell(connection, "end")
        self._look_whether_done()

    def _welcome(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            # The caller hung up again.
            return
        connection.settimeout(SEND_TIMEOUT)
        keep_alive(connection)
        self._guests[connection] = _Guest()

    def _hear(self, connection: socket.socket) -> None:
        guest = self._guests[connection]
        try:
            data = connection.recv(4096)
            lines = guest.lines.feed(data)
        except (OSError, ValueError):
            data, lines = b"", []
        for line in lines:
            if guest.task is None:
                self._greet(connection, guest, line)
            elif line.get("event") in ("heard", "left"):
                self._done.add(guest.task)
                self._waiting.discard(guest.task)
                self._look_whether_done()
        if not data:
            self._drop(connection)

    def _greet(self, connection: socket.socket, guest: _Guest, line: dict[str, object]) -> None:
        task = line.get("task")
        if line.get("group") != self._meeting.group or not isinstance(task, str) or task not in self._others:
            # Of another generation of the group: it tries again until it finds its own lead.
            send(connection, {"event": "stranger"})
            self._drop(connection)
            return
        guest.task = task
        self._done.discard(task)
        if self._ended:
            self._tell(connection, "end")
        elif self.ready:
            self._tell(connection, "start")
        elif not line.get("running"):
            # One that runs since the time of an earlier lead is evicted, and comes again.
            self._waiting.add(task)
            self._say(f"{task} has come to the group")
            self._start_if_complete()

    def _start_if_complete(self) -> None:
        if self.ready or not self._waiting | self._over >= self._others:
            return
        self.ready = True
        for connection, guest in list(self._guests.items()):
            if guest.task is not None:
                self._tell(connection, "start")
        self._say("the group is complete")
        self._call()

    def _tell(self, connection: socket.socket, event: str) -> None:
        if not send(connection, {"event": event}):
            self._drop(connection)

    def _drop(self, connection: socket.socket) -> None:
        guest = self._guests.pop(connection, None)
        connection.close()
        gone = guest.task if guest is not None else None
        if gone is not None and all(other.task != gone for other in self._guests.values()):
            self._waiting.discard(gone)

    def _look_whether_done(self) -> None:
        if self._ended and self.gone >= self._others:
            self._all_done.set()


def dismiss(
    meeting: contract.Meeting, gone: Collection[str], patience: float, say: Callable[[str], None]
) -> None:
    """Tell the members of the lead's success, in the place of its wrapper, which has ended: they call until
    somebody answers.
    """
    lead = Lead(meeting, "", lambda: None, say, gone=gone)
    if lead.failure:
        say(lead.failure)
    else:
        lead.await_others(patience)


def _listen(number: int) -> socket.socket:
    dual = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if dual else socket.AF_INET
    return socket.create_server(("", number), family=family, backlog=256, dualstack_ipv6=dual)
