"""List and watch as one endless stream of typed events, for one kind of object each, with a thread a stream.

Level-triggered: an event tells what is, not what happened; in between states may be skipped. Standard library
only.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from osmoc_runtime.cluster import Cluster, Json, Resource
from osmoc_runtime.errors import ClusterError, Expired


@dataclass(frozen=True, slots=True)
class Listed:
    """All there is of the kind; what was known before is void."""

    resource: Resource
    objects: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    resource: Resource
    object: Json


@dataclass(frozen=True, slots=True)
class Removed:
    resource: Resource
    object: Json


@dataclass(frozen=True, slots=True)
class Trouble:
    """The stream broke and goes on by itself; whoever reads decides how long to bear it."""

    resource: Resource
    error: ClusterError


Event = Listed | Changed | Removed | Trouble

LONGEST_PAUSE = 30.0


def follow(
    cluster: Cluster, resource: Resource, namespace: str, selector: str, stop: threading.Event
) -> Iterator[Event]:
    """Events until `stop` is set. After trouble it waits 1, 2, 4 … LONGEST_PAUSE seconds and lists again."""
    pause = 1.0
    while not stop.is_set():
        try:
            for event in _list_and_watch(cluster, resource, namespace, selector, stop):
                pause = 1.0
                yield event
        except Expired:
            continue
        except ClusterError as error:
            if not stop.is_set():
                yield Trouble(resource, error)
            stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def _list_and_watch(
    cluster: Cluster, resource: Resource, namespace: str, selector: str, stop: threading.Event
) -> Iterator[Event]:
    """One list, and every change after it, over as many watches as the server makes of it."""
    objects, version = cluster.list(resource, namespace, selector)
    yield Listed(resource, tuple(objects))
    while not stop.is_set():
        begun = time.monotonic()
        for raw in cluster.watch(resource, namespace, selector, version):
            body = raw["object"]
            version = body["metadata"]["resourceVersion"]
            match raw["type"]:
                case "ADDED" | "MODIFIED":
                    yield Changed(resource, body)
                case "DELETED":
                    yield Removed(resource, body)
        if time.monotonic() - begun < 1:
            # A server or proxy that ends each watch at once must not be asked in a tight loop.
            stop.wait(1)


class Mirror:
    """What the events add up to: the newest known form of each object, by name."""

    def __init__(self) -> None:
        self._objects: dict[Resource, dict[str, Json]] = {}

    def take(self, event: Event) -> None:
        match event:
            case Listed(resource, objects):
                self._objects[resource] = {body["metadata"]["name"]: body for body in objects}
            case Changed(resource, body):
                self._objects.setdefault(resource, {})[body["metadata"]["name"]] = body
            case Removed(resource, body):
                self._objects.get(resource, {}).pop(body["metadata"]["name"], None)
            case Trouble():
                pass

    def listed(self, *resources: Resource) -> bool:
        """Whether each of them was listed at least once: before that, absence means nothing."""
        return all(resource in self._objects for resource in resources)

    def objects(self, resource: Resource) -> tuple[Json, ...]:
        return tuple(self._objects.get(resource, {}).values())


class Events:
    """The events of several kinds in one queue; a daemon thread for each kind, until `close`."""

    def __init__(
        self, cluster: Cluster, resources: Iterable[Resource], namespace: str, selector: str
    ) -> None:
        self._queue: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._stop = threading.Event()
        for resource in resources:
            stream = follow(cluster, resource, namespace, selector, self._stop)
            threading.Thread(target=self._pump, args=(stream,), daemon=True).start()

    def __enter__(self) -> Events:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """The threads end with their next event or trouble; nobody waits for them."""
        self._stop.set()

    def wait(self, seconds: float) -> tuple[Event, ...]:
        """All events there are, after at most `seconds` for the first."""
        events: list[Event] = []
        try:
            events.append(self._queue.get(timeout=seconds))
            while True:
                events.append(self._queue.get_nowait())
        except queue.Empty:
            return tuple(events)

    def _pump(self, stream: Iterator[Event]) -> None:
        for event in stream:
            self._queue.put(event)
            if self._stop.is_set():
                break
