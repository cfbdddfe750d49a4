from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from osmoc_runtime import errors
from osmoc_runtime.cluster import JOBS, PODS, Cluster, Request
from osmoc_runtime.coordinator.https import PodDoor, pod_door
from tests.unit.runtime.cluster_objects import job, pod
from tests.unit.runtime.fake_api_server import FakeApiServer, make_certificate


@pytest.fixture
def door(server: FakeApiServer, account: Path) -> Iterator[PodDoor]:
    door = PodDoor("127.0.0.1", server.port, account)
    yield door
    door.close()


@pytest.fixture
def cluster(door: PodDoor) -> Cluster:
    return Cluster(door)


def test_an_object_is_read(cluster: Cluster, server: FakeApiServer) -> None:
    server.put("jobs", "lab", job("train"))

    assert cluster.get(JOBS, "lab", "train")["metadata"]["name"] == "train"


def test_a_list_of_many_pages_is_whole(cluster: Cluster, server: FakeApiServer) -> None:
    server.page = 3
    for number in range(8):
        server.put("pods", "lab", pod("train", number))

    items, version = cluster.list(PODS, "lab")

    assert [item["metadata"]["name"] for item in items] == [f"train-{number}" for number in range(8)]
    assert version == str(server.version)


def test_a_watch_gives_what_happens_after_the_list(cluster: Cluster, server: FakeApiServer) -> None:
    server.put("jobs", "lab", job("old"))
    _, version = cluster.list(JOBS, "lab")
    events = cluster.watch(JOBS, "lab", "", version)

    server.put("jobs", "lab", job("new"))
    server.remove("jobs", "lab", "old")

    seen = [(event["type"], event["object"]["metadata"]["name"]) for event in (next(events), next(events))]
    assert seen == [("ADDED", "new"), ("DELETED", "old")]


def test_a_watch_of_a_forgotten_version_is_expired(cluster: Cluster, server: FakeApiServer) -> None:
    server.forget()

    with pytest.raises(errors.Expired):
        list(cluster.watch(JOBS, "lab", "", "1"))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (409, errors.Conflict),
        (410, errors.Expired),
        (422, errors.Refused),
        (429, errors.Busy),
        (500, errors.Refused),
    ],
)
def test_each_refusal_is_an_error_in_the_servers_words(
    cluster: Cluster, server: FakeApiServer, status: int, kind: type[errors.ClusterError]
) -> None:
    server.refuse = lambda call: (status, "because I say so")

    with pytest.raises(kind, match="because I say so") as caught:
        cluster.get(JOBS, "lab", "train")

    assert type(caught.value) is kind


def test_a_refused_watch_is_an_error_too(cluster: Cluster, server: FakeApiServer) -> None:
    server.refuse = lambda call: (403, "jobs is forbidden")

    with pytest.raises(errors.Forbidden, match="jobs is forbidden"):
        next(cluster.watch(JOBS, "lab", "", "1"))


def test_a_wrong_token_is_told_apart(cluster: Cluster, account: Path) -> None:
    (account / "token").write_text("stale")

    with pytest.raises(errors.Forbidden, match="does not know who is asking"):
        cluster.list(JOBS, "lab")


def test_a_renewed_token_is_used_at_once(cluster: Cluster, account: Path) -> None:
    good = (account / "token").read_text()
    (account / "token").write_text("stale")
    with pytest.raises(errors.Forbidden):
        cluster.list(JOBS, "lab")

    (account / "token").write_text(good + "\n")

    assert cluster.list(JOBS, "lab")[0] == []


def test_a_server_that_nobody_vouches_for_is_not_trusted(
    server: FakeApiServer, account: Path, tmp_path: Path
) -> None:
    (account / "ca.crt").unlink()
    another = tmp_path / "another"
    another.mkdir()
    make_certificate(another)
    (account / "ca.crt").write_text((another / "certificate.pem").read_text())

    with pytest.raises(errors.Unreachable, match="certificate verify failed"):
        Cluster(PodDoor("127.0.0.1", server.port, account)).list(JOBS, "lab")
    assert server.calls == []


def test_a_server_that_is_gone_is_unreachable(account: Path) -> None:
    with pytest.raises(errors.Unreachable, match="cannot be reached"):
        Cluster(PodDoor("127.0.0.1", 1, account)).list(JOBS, "lab")


def test_one_connection_serves_many_requests(
    cluster: Cluster, server: FakeApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[float] = []
    connect = PodDoor._connect

    def counted(door: PodDoor, silence: float) -> http.client.HTTPSConnection:
        made.append(silence)
        return connect(door, silence)

    monkeypatch.setattr(PodDoor, "_connect", counted)

    for _ in range(5):
        cluster.list(JOBS, "lab")

    assert len(made) == 1


def test_a_connection_that_the_server_closed_is_made_anew(cluster: Cluster, door: PodDoor) -> None:
    cluster.list(JOBS, "lab")
    kept = door._idle[0].sock
    assert kept is not None
    kept.shutdown(socket.SHUT_RDWR)

    assert cluster.list(JOBS, "lab")[0] == []


def test_silence_is_not_waited_out_for_ever(server: FakeApiServer, door: PodDoor) -> None:
    query = {"watch": "1", "resourceVersion": str(server.version), "timeoutSeconds": "60"}
    begun = time.monotonic()

    with pytest.raises(errors.Unreachable):
        next(door.lines(Request("GET", "/apis/batch/v1/namespaces/lab/jobs", query, silence=0.3)))

    assert time.monotonic() - begun < 30


def test_outside_a_pod_there_is_no_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    assert pod_door() is None
