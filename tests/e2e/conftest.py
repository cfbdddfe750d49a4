"""What every scenario can ask for: a cluster, a namespace of its own, kubectl in it, and an S3 store.

OSMOC_TEST_KUBECONFIG makes the scenarios use a cluster that is there already; what needs its nodes is left
out then.
OSMOC_REQUIRE_CLUSTER=1 makes a failure of a machine that cannot run the cluster.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.e2e.cluster import Cluster, Storage, Unavailable, images
from tests.e2e.cluster.binaries import Binaries
from tests.e2e.cluster.kubectl import Kubectl
from tests.e2e.scenario import Scenario
from tests.e2e.store import Bucket

GIVEN = os.environ.get("OSMOC_TEST_KUBECONFIG")
NEEDS_NODES = (
    "LEFT OUT: needs the nodes of the cluster, and OSMOC_TEST_KUBECONFIG names one without access to them"
)
# Building what the cache lacks happens inside the first scenario's time.
SECONDS_TO_BUILD = 2400


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what a given cluster cannot do, and give the first scenarios time to fill an empty cache."""
    cold = bool(Binaries.here().missing()) or not images.archive().exists()
    for item in items:
        if GIVEN and item.get_closest_marker("nodes"):
            item.add_marker(pytest.mark.skip(reason=NEEDS_NODES))
        elif (
            cold
            and "kubeconfig" in getattr(item, "fixturenames", ())
            and config.pluginmanager.hasplugin("timeout")
        ):
            item.add_marker(pytest.mark.timeout(SECONDS_TO_BUILD))


def left_out(reason: str) -> NoReturn:
    """Skip the scenario, or fail where leaving out is not allowed."""
    if os.environ.get("OSMOC_REQUIRE_CLUSTER") == "1":
        pytest.fail(f"{reason} (and OSMOC_REQUIRE_CLUSTER=1)", pytrace=False)
    pytest.skip(f"LEFT OUT: {reason}")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The cluster of this session, with access to its nodes."""
    if GIVEN:
        pytest.skip(NEEDS_NODES)
    try:
        running = Cluster.start()
    except Unavailable as error:
        left_out(str(error))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def kubeconfig(request: pytest.FixtureRequest) -> Path:
    """The administrator's kubeconfig for the scenarios' cluster: the given one or this session's."""
    if GIVEN:
        return Path(GIVEN)
    running: Cluster = request.getfixturevalue("cluster")
    return running.kubeconfig


@pytest.fixture(scope="session")
def administrator(kubeconfig: Path) -> Kubectl:
    """kubectl in the namespace `default`, for what belongs to the cluster as a whole."""
    built = Binaries.here().path("kubectl")
    program = built if built.exists() else Path(shutil.which("kubectl") or "kubectl")
    return Kubectl(program, kubeconfig)


@pytest.fixture
def namespace(administrator: Kubectl) -> Iterator[str]:
    """A fresh namespace in which only baseline pods are admitted, and in which pods can start at once."""
    name = f"e2e-{secrets.token_hex(4)}"
    labels = {"pod-security.kubernetes.io/enforce": "baseline"}
    administrator.apply(
        [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}]
    )
    inside = Kubectl(administrator.program, administrator.kubeconfig, name)
    inside.wait("create", "serviceaccount/default", "configmap/kube-root-ca.crt", seconds=60)
    yield name
    administrator("delete", "namespace", name, "--wait=false")


@pytest.fixture
def kubectl(administrator: Kubectl, namespace: str) -> Kubectl:
    """kubectl in the scenario's own namespace: `kubectl("get", "pods")` gives back what it prints."""
    return Kubectl(administrator.program, administrator.kubeconfig, namespace)


@pytest.fixture(scope="session")
def s3(cluster: Cluster) -> Storage:
    """The cluster's S3 store; mark its scenarios `nodes`, because a given cluster cannot reach it."""
    try:
        return cluster.s3()
    except Unavailable as error:
        left_out(str(error))


@pytest.fixture
def bucket(s3: Storage) -> str:
    """A fresh, empty bucket."""
    return s3.make_bucket(f"e2e-{secrets.token_hex(4)}")


@pytest.fixture
def scenario(kubectl: Kubectl, namespace: str, tmp_path: Path, kubeconfig: Path) -> Scenario:
    """A namespace and a folder in which a user compiles and applies."""
    return Scenario(kubectl, namespace, tmp_path, kubeconfig)


@pytest.fixture
def store(s3: Storage, bucket: str, scenario: Scenario) -> Bucket:
    """A bucket, and in the scenario's namespace the Secret that points pods at it."""
    made = Bucket(s3, bucket)
    made.secret(scenario)
    return made


@pytest.fixture
def nodes(kubectl: Kubectl) -> tuple[str, ...]:
    """The names of the cluster's nodes."""
    return tuple(node["metadata"]["name"] for node in kubectl.get("nodes")["items"])


RACK = "example.com/rack"


@pytest.fixture
def racks(administrator: Kubectl, nodes: tuple[str, ...]) -> Iterator[None]:
    """Each node is a rack of its own, by the label RACK."""
    for node in nodes:
        administrator("label", "node", node, f"{RACK}={node}", "--overwrite")
    yield
    for node in nodes:
        administrator("label", "node", node, f"{RACK}-")


@pytest.fixture
def powerless(scenario: Scenario, kubectl: Kubectl, tmp_path: Path) -> Scenario:
    """The same namespace, seen by an account that may do nothing in it."""
    kubectl("create", "serviceaccount", "powerless")
    token = kubectl("create", "token", "powerless").strip()
    kubeconfig = tmp_path / "powerless.kubeconfig"
    kubeconfig.write_text(scenario.kubeconfig.read_text())
    kubeconfig.chmod(0o600)
    weak = Kubectl(kubectl.program, kubeconfig, scenario.namespace)
    weak("config", "set-credentials", "powerless", f"--token={token}")
    weak("config", "set-context", "--current", "--user=powerless")
    return Scenario(weak, scenario.namespace, tmp_path, kubeconfig)
