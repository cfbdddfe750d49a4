"""The test cluster itself: what every other scenario takes for granted."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from tests.e2e.cluster import Cluster, Storage, images
from tests.e2e.cluster.kubectl import Kubectl
from tests.e2e.cluster.waiting import wait_for
from tests.e2e.scenario import terminal, until

DEBIAN = images.DEBIAN[0]
PYTHON = "docker.io/library/python:3.12-slim"
BUSYBOX = "docker.io/library/busybox:1.36"


def job(name: str, image: str, *command: str, node: str | None = None) -> dict[str, Any]:
    """A Job of one container that is tried once."""
    container = {"name": "main", "image": image, "command": list(command), "imagePullPolicy": "IfNotPresent"}
    where = {"nodeSelector": {"kubernetes.io/hostname": node}} if node else {}
    pod = {"restartPolicy": "Never", "containers": [container], "terminationGracePeriodSeconds": 1, **where}
    template = {"metadata": {"labels": {"app": name}}, "spec": pod}
    spec = {"backoffLimit": 0, "template": template}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec}


def output(kubectl: Kubectl, name: str) -> str:
    """Wait until a Job is over and give back what it printed; it must be complete."""
    end = until(f"the end of {name}", lambda: terminal(kubectl.get("job", name)), timeout=90)
    said = kubectl("logs", f"job/{name}")
    assert end == "Complete", f"{name} is {end}, and said:\n{said}"
    return said


def test_both_nodes_are_ready(kubectl: Kubectl) -> None:
    nodes = kubectl.get("nodes")["items"]

    ready = {
        node["metadata"]["name"]
        for node in nodes
        for condition in node["status"]["conditions"]
        if condition["type"] == "Ready" and condition["status"] == "True"
    }

    assert ready == {"node1", "node2"}


@pytest.mark.nodes
def test_a_job_completes_on_each_node(cluster: Cluster, kubectl: Kubectl) -> None:
    script = "echo ran on $(hostname)"
    kubectl.apply([job(f"on-{node}", BUSYBOX, "sh", "-c", script, node=node) for node in cluster.nodes])

    said = {node: output(kubectl, f"on-{node}") for node in cluster.nodes}

    assert all(text.startswith(f"ran on on-{node}-") for node, text in said.items())


# A pod is ready before kube-proxy on each node has heard of it; until then the Service refuses connections.
ASK = """\
import sys, time, urllib.request
for _ in range(60):
    try:
        sys.exit(print(urllib.request.urlopen("http://server:8000/etc/hostname", timeout=10).read().decode()))
    except OSError as error:
        print(error, file=sys.stderr, flush=True)
        time.sleep(0.5)
sys.exit("no answer")
"""


def test_a_service_answers_by_its_name(kubectl: Kubectl) -> None:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "server"},
        "spec": {"selector": {"app": "server"}, "ports": [{"port": 8000}]},
    }
    server = job("server", DEBIAN, "python3", "-m", "http.server", "8000", "--directory", "/")
    probe = {"tcpSocket": {"port": 8000}, "periodSeconds": 1}
    server["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = probe
    kubectl.apply([service, server])
    kubectl.wait("condition=Ready", "pod", "--selector=app=server")

    kubectl.apply([job(f"client{i}", DEBIAN, "python3", "-c", ASK, node=f"node{i}") for i in (1, 2)])

    assert "server-" in output(kubectl, "client1")
    assert "server-" in output(kubectl, "client2")


def test_each_image_has_its_python_where_the_real_one_has_it(kubectl: Kubectl) -> None:
    script = "import ssl, ctypes, sqlite3, sys; print(sys.prefix, sys.executable)"
    kubectl.apply(
        [job("debian", DEBIAN, "python3", "-c", script), job("stock", PYTHON, "python3", "-c", script)],
    )

    assert output(kubectl, "debian") == "/usr /usr/bin/python3\n"
    assert output(kubectl, "stock") == "/usr/local /usr/local/bin/python3\n"


def test_a_running_container_takes_commands(kubectl: Kubectl) -> None:
    kubectl.apply([job("sleeper", BUSYBOX, "sleep", "300")])
    kubectl.wait("condition=Ready", "pod", "--selector=app=sleeper")

    assert kubectl("exec", "job/sleeper", "--", "echo", "hello") == "hello\n"


@pytest.mark.nodes
def test_a_pod_reads_what_a_test_stored(s3: Storage, bucket: str, kubectl: Kubectl) -> None:
    s3.client().put_object(Bucket=bucket, Key="greeting", Body=b"hello from S3")
    inside = s3.client(s3.inside)
    url = inside.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "greeting"})

    kubectl.apply([job("reader", BUSYBOX, "wget", "-q", "-O", "-", url)])

    assert output(kubectl, "reader") == "hello from S3"


@pytest.mark.nodes
def test_a_drained_node_gives_up_its_pods(cluster: Cluster, kubectl: Kubectl) -> None:
    first, second = cluster.nodes
    evicted = job("evicted", BUSYBOX, "sleep", "300", node=first)
    evicted["spec"]["backoffLimit"] = 3
    kubectl.apply([evicted])
    kubectl.wait("condition=Ready", "pod", "--selector=app=evicted")

    try:
        kubectl("drain", first, "--force", "--delete-emptydir-data", "--timeout=60s", seconds=80)
        pending = "get pods --selector=app=evicted --field-selector=status.phase=Pending --output=name"
        wait_for("a new pod for the evicted one", lambda: kubectl(*pending.split()) != "", log=None)
    finally:
        kubectl("uncordon", first)

    kubectl.wait("condition=Ready", "pod", "--selector=app=evicted")
    assert second in kubectl("get", "nodes", "--output=name")


@pytest.mark.nodes
def test_a_node_s_containerd_is_at_its_socket(cluster: Cluster) -> None:
    list_images = [
        "ctr",
        "--address",
        str(cluster.containerd_socket("node2")),
        "-n",
        "k8s.io",
        "images",
        "list",
        "-q",
    ]

    listed = subprocess.run(
        list_images, capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()

    assert {DEBIAN, PYTHON, BUSYBOX} <= set(listed)


@pytest.mark.nodes
def test_an_object_arrives_whole(s3: Storage, bucket: str) -> None:
    content = bytes(range(256)) * 4096
    s3.client().put_object(Bucket=bucket, Key="deep/path", Body=content)

    assert s3.client().get_object(Bucket=bucket, Key="deep/path")["Body"].read() == content
