from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from osmoc_runtime import errors
from osmoc_runtime.cluster import CONFIG_MAPS, JOBS, PODS, Cluster
from osmoc_runtime.kubernetes_client import connect
from tests.unit.runtime.cluster_objects import job, pod
from tests.unit.runtime.fake_api_server import FakeApiServer, make_kubeconfig


@pytest.fixture
def cluster(kubeconfig: Path) -> Iterator[Cluster]:
    cluster, _ = connect(kubeconfig)
    yield cluster
    cluster.door.close()


@pytest.fixture(autouse=True)
def outside_of_pods(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)


def test_the_contexts_namespace_is_told(kubeconfig: Path) -> None:
    assert connect(kubeconfig)[1] == "lab"


def test_a_context_without_a_namespace_means_default(tmp_path: Path) -> None:
    assert connect(make_kubeconfig(tmp_path / "config", "http://127.0.0.1:1"))[1] == "default"


def test_the_kubeconfig_of_the_environment_is_found(
    kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(kubeconfig))

    assert connect()[1] == "lab"


def test_objects_are_plain_dicts(cluster: Cluster, plain_server: FakeApiServer) -> None:
    plain_server.put("jobs", "lab", job("train") | {"spec": {"fieldOfTomorrow": [1]}})

    assert cluster.get(JOBS, "lab", "train")["spec"] == {"fieldOfTomorrow": [1]}


def test_a_watch_streams(cluster: Cluster, plain_server: FakeApiServer) -> None:
    _, version = cluster.list(PODS, "lab")
    events = cluster.watch(PODS, "lab", "", version)
    for number in range(3):
        plain_server.put("pods", "lab", pod("train", number))

    assert [next(events)["object"]["metadata"]["name"] for _ in range(3)] == ["train-0", "train-1", "train-2"]


def test_logs_come_line_by_line(cluster: Cluster, plain_server: FakeApiServer) -> None:
    plain_server.put("pods", "lab", pod("train"))
    plain_server.lines["train-1", "main"] = ["one", "", "zwölf"]

    assert list(cluster.logs("lab", "train-1", "main")) == ["one", "", "zwölf"]
    assert list(cluster.logs("lab", "train-1", "main", tail=1)) == ["zwölf"]


def test_applying_says_whether_it_made_the_object(cluster: Cluster, plain_server: FakeApiServer) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "files"}, "data": {"f0": "x"}}

    assert cluster.apply(CONFIG_MAPS, "lab", body, dry_run=True)
    assert ("configmaps", "lab", "files") not in plain_server.objects
    assert cluster.apply(CONFIG_MAPS, "lab", body)
    assert not cluster.apply(CONFIG_MAPS, "lab", body)
    assert plain_server.objects["configmaps", "lab", "files"]["data"] == {"f0": "x"}
    assert plain_server.calls[-1].query == {
        "fieldManager": "osmoc",
        "fieldValidation": "Strict",
        "force": "false",
    }


def test_deleting_a_job_takes_its_pods_along(cluster: Cluster, plain_server: FakeApiServer) -> None:
    plain_server.put("jobs", "lab", job("train"))

    cluster.delete(JOBS, "lab", "train")

    assert plain_server.calls[-1].body == {"propagationPolicy": "Background"}
    assert plain_server.objects == {}


def test_a_refusal_is_in_the_servers_words(cluster: Cluster, plain_server: FakeApiServer) -> None:
    plain_server.refuse = lambda call: (403, 'jobs.batch is forbidden: User "me" cannot list')

    with pytest.raises(errors.Forbidden, match='User "me" cannot list'):
        cluster.list(JOBS, "lab")


def test_a_cluster_that_does_not_answer_is_named_with_the_reason(tmp_path: Path) -> None:
    cluster, _ = connect(make_kubeconfig(tmp_path / "config", "http://127.0.0.1:1"))

    with pytest.raises(errors.Unreachable) as caught:
        cluster.list(JOBS, "lab")

    assert "http://127.0.0.1:1 cannot be reached: [Errno 111] Connection refused" in caught.value.message
    assert "--context" in caught.value.help


def test_an_unknown_context_is_refused_with_those_there_are(kubeconfig: Path) -> None:
    with pytest.raises(errors.WorldError, match="no context `prod`") as caught:
        connect(kubeconfig, "prod")

    assert "`fake`" in caught.value.help


@pytest.mark.parametrize("text", [None, "", "not: [yaml", "kind: Config"])
def test_a_missing_or_broken_kubeconfig_is_no_crash(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "config"
    if text is not None:
        file.write_text(text)

    with pytest.raises(errors.WorldError, match="no cluster is configured"):
        connect(file)


def test_a_kubeconfig_whose_cluster_is_missing_is_no_crash(kubeconfig: Path) -> None:
    config = json.loads(kubeconfig.read_text())
    config["clusters"] = []
    kubeconfig.write_text(json.dumps(config))

    with pytest.raises(errors.WorldError, match="no cluster is configured"):
        connect(kubeconfig)
