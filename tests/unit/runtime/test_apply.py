from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from osmoc_runtime import contract
from osmoc_runtime.apply import RESOURCES, apply, require_storage
from osmoc_runtime.cluster import Cluster
from osmoc_runtime.errors import Forbidden, HalfApplied, NotFound, WorldError
from osmoc_runtime.kubernetes_client import connect
from tests.unit.runtime.fake_api_server import Call, FakeApiServer

Json = dict[str, Any]


@pytest.fixture
def cluster(kubeconfig: Path) -> Iterator[Cluster]:
    cluster, _ = connect(kubeconfig)
    yield cluster
    cluster.door.close()


def body(kind: str, name: str, **more: Any) -> Json:
    return {"apiVersion": RESOURCES[kind].api_version, "kind": kind, "metadata": {"name": name}} | more


OBJECTS = [body("ConfigMap", "files"), body("Job", "first"), body("Job", "second")]


def made(server: FakeApiServer) -> list[str]:
    return [call.path.rpartition("/")[2] for call in server.calls if "dryRun" not in call.query]


def test_objects_are_applied_in_order_after_a_dry_run_of_all(
    cluster: Cluster, plain_server: FakeApiServer
) -> None:
    apply(cluster, "lab", OBJECTS)

    names = [call.path.rpartition("/")[2] for call in plain_server.calls]
    assert names == ["files", "first", "second"] * 2
    assert made(plain_server) == ["files", "first", "second"]
    assert {call.query["fieldValidation"] for call in plain_server.calls} == {"Strict"}


def test_what_is_applied_has_no_escapes_of_two(cluster: Cluster, plain_server: FakeApiServer) -> None:
    """The API server reads it as YAML, which refuses what JSON writes for an emoji."""
    apply(cluster, "lab", [body("ConfigMap", "files", data={"a": "\U0001f600"})])

    assert len(plain_server.calls) == 2
    assert all("\U0001f600" in call.text for call in plain_server.calls)


def test_a_binding_has_no_dry_run_because_its_role_is_not_there_yet(
    cluster: Cluster, plain_server: FakeApiServer
) -> None:
    apply(cluster, "lab", [body("Role", "right"), body("RoleBinding", "bound")])

    tried = [call.path.rpartition("/")[2] for call in plain_server.calls if "dryRun" in call.query]
    assert tried == ["right"]


def test_where_one_object_would_be_refused_none_is_applied(
    cluster: Cluster, plain_server: FakeApiServer
) -> None:
    plain_server.refuse = lambda call: (403, "no") if call.path.endswith("second") else None

    with pytest.raises(Forbidden) as refused:
        apply(cluster, "lab", OBJECTS)

    assert "Job `second` may not be made in `lab`" in refused.value.message
    assert made(plain_server) == []


def test_a_missing_namespace_is_named_with_what_to_type(
    cluster: Cluster, plain_server: FakeApiServer
) -> None:
    plain_server.refuse = lambda call: (404, 'namespaces "lab" not found')

    with pytest.raises(NotFound) as refused:
        apply(cluster, "lab", OBJECTS)

    assert refused.value.help == "make it: kubectl create namespace lab"


def test_a_refusal_half_way_tells_how_many_objects_are_there(
    cluster: Cluster, plain_server: FakeApiServer
) -> None:
    def refuse(call: Call) -> tuple[int, str] | None:
        return (500, "etcd is full") if call.path.endswith("second") and "dryRun" not in call.query else None

    plain_server.refuse = refuse

    with pytest.raises(HalfApplied) as half:
        apply(cluster, "lab", OBJECTS)

    assert "etcd is full" in half.value.message
    assert "2 of 3 objects were applied before that" in half.value.message


def keeping(url: str = "") -> list[Json]:
    plan = contract.TaskPlan(
        contract.CONTRACT,
        "w",
        "t",
        "j",
        contract.Storage(url=url),
        (),
        (contract.TaskOutput("w/t"),),
        (),
        contract.ExitMapping((), (), 0, 0, 124, ()),
        0.0,
        30.0,
        True,
        (),
    )
    return [body("ConfigMap", "plan", data={contract.PLAN_KEY: contract.dump(plan)})]


def test_data_without_a_secret_is_refused_before_anything_is_applied(
    cluster: Cluster, plain_server: FakeApiServer
) -> None:
    plain_server.refuse = lambda call: (404, 'secrets "osmoc-storage" not found')

    with pytest.raises(WorldError) as refused:
        require_storage(cluster, "lab", keeping(), "osmoc-storage")

    assert "the Secret `osmoc-storage`" in refused.value.message
    assert "kubectl create secret generic osmoc-storage -n lab" in refused.value.help


def test_a_secret_without_a_url_is_refused(cluster: Cluster, plain_server: FakeApiServer) -> None:
    plain_server.put("secrets", "lab", body("Secret", "osmoc-storage", data={"region": "eA=="}))

    with pytest.raises(WorldError, match="no key `url`"):
        require_storage(cluster, "lab", keeping(), "osmoc-storage")


def test_a_secret_that_may_not_be_looked_at_is_left_to_the_pods(
    cluster: Cluster, plain_server: FakeApiServer
) -> None:
    plain_server.refuse = lambda call: (403, "no")

    require_storage(cluster, "lab", keeping(), "osmoc-storage")

    assert len(plain_server.calls) == 1


@pytest.mark.parametrize(
    ("bodies", "secret"),
    [(keeping("s3://given"), "osmoc-storage"), (keeping(), None), ([body("Job", "plain")], "osmoc-storage")],
    ids=["url in the manifests", "ambient credentials", "no data"],
)
def test_where_no_secret_is_needed_none_is_asked_for(
    cluster: Cluster, plain_server: FakeApiServer, bodies: list[Json], secret: str | None
) -> None:
    require_storage(cluster, "lab", bodies, secret)

    assert plain_server.calls == []
