from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from osmoc_runtime import watch
from osmoc_runtime.cluster import JOBS, PODS, Cluster
from osmoc_runtime.coordinator.https import PodDoor
from osmoc_runtime.errors import Forbidden
from osmoc_runtime.watch import Changed, Event, Events, Listed, Mirror, Removed, Trouble
from tests.unit.runtime.cluster_objects import job, pod
from tests.unit.runtime.fake_api_server import FakeApiServer


@pytest.fixture
def cluster(server: FakeApiServer, account: Path) -> Iterator[Cluster]:
    door = PodDoor("127.0.0.1", server.port, account)
    yield Cluster(door)
    door.close()


@pytest.fixture
def jobs(cluster: Cluster) -> Iterator[Iterator[Event]]:
    stop = threading.Event()
    stream = watch.follow(cluster, JOBS, "lab", "", stop)
    yield stream
    stop.set()
    stream.close()  # type: ignore[attr-defined]


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_first_comes_what_there_is_and_then_each_change(server: FakeApiServer, jobs: Iterator[Event]) -> None:
    server.put("jobs", "lab", job("old"))

    first = next(jobs)
    server.put("jobs", "lab", job("new"))
    second = next(jobs)
    server.remove("jobs", "lab", "old")
    third = next(jobs)

    assert isinstance(first, Listed) and [body["metadata"]["name"] for body in first.objects] == ["old"]
    assert isinstance(second, Changed) and second.object["metadata"]["name"] == "new"
    assert isinstance(third, Removed) and third.object["metadata"]["name"] == "old"


def test_a_forgotten_version_makes_it_list_again(server: FakeApiServer, jobs: Iterator[Event]) -> None:
    server.put("jobs", "lab", job("old"))
    next(jobs)
    server.remove("jobs", "lab", "old")
    server.put("jobs", "lab", job("new"))
    server.forget()

    again = next(jobs)

    assert isinstance(again, Listed) and [body["metadata"]["name"] for body in again.objects] == ["new"]


def test_trouble_is_told_and_survived(
    server: FakeApiServer, jobs: Iterator[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LONGEST_PAUSE", 0.01)
    server.refuse = lambda call: (403, "not yet")

    trouble = next(jobs)
    server.refuse = lambda call: None
    after = next(jobs)

    assert isinstance(trouble, Trouble) and isinstance(trouble.error, Forbidden)
    assert isinstance(after, Listed)


def test_a_watch_that_the_server_ends_goes_on_where_it_was(
    server: FakeApiServer, jobs: Iterator[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("osmoc_runtime.cluster.WATCH_SECONDS", 1)
    next(jobs)
    threading.Timer(1.5, lambda: server.put("jobs", "lab", job("late"))).start()

    event = next(jobs)

    assert isinstance(event, Changed) and event.object["metadata"]["name"] == "late"
    assert len([call for call in server.calls if "watch" in call.query]) > 1
    assert len([call for call in server.calls if "watch" not in call.query]) == 1


def test_only_what_the_selector_takes_is_seen(server: FakeApiServer, cluster: Cluster) -> None:
    server.put("jobs", "lab", job("mine", workflow_id="demo"))
    server.put("jobs", "lab", job("theirs", workflow_id="other"))
    stop = threading.Event()

    first = next(watch.follow(cluster, JOBS, "lab", "osmoc.dev/workflow-id=demo", stop))

    assert isinstance(first, Listed) and [body["metadata"]["name"] for body in first.objects] == ["mine"]


def test_kinds_are_watched_side_by_side_and_mirrored(server: FakeApiServer, cluster: Cluster) -> None:
    server.put("jobs", "lab", job("train"))
    mirror = Mirror()

    with Events(cluster, (JOBS, PODS), "lab", "") as events:

        def seen() -> tuple[int, int]:
            for event in events.wait(0.05):
                mirror.take(event)
            return len(mirror.objects(JOBS)), len(mirror.objects(PODS))

        until(lambda: mirror.listed(JOBS, PODS) and seen() == (1, 0) if seen() else False)
        server.put("pods", "lab", pod("train"))
        until(lambda: seen() == (1, 1))
        server.remove("pods", "lab", "train-1")
        until(lambda: seen() == (1, 0))


def test_before_everything_was_listed_nothing_is_known_to_be_absent() -> None:
    mirror = Mirror()
    mirror.take(Listed(JOBS, ()))

    assert mirror.listed(JOBS) and not mirror.listed(JOBS, PODS)


def test_waiting_for_events_ends_after_its_time(cluster: Cluster) -> None:
    with Events(cluster, (), "lab", "") as events:
        assert events.wait(0.01) == ()
