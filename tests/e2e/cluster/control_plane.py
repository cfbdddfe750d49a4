"""The control plane: etcd, the API server, the controllers, the scheduler and the name server."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

from tests.e2e.cluster import access
from tests.e2e.cluster.binaries import Binaries
from tests.e2e.cluster.commands import run, succeeds
from tests.e2e.cluster.layout import API_ADDRESS, API_PORT, DNS_SERVICE, SERVICE_NETWORK, Layout
from tests.e2e.cluster.processes import Process, enter, spawn

FORWARDER = Path(__file__).with_name("forwarder.py")

COREFILE = """\
.:53 {{
    bind {address}
    health {address}:8080
    ready {address}:8181
    errors
    log . {{
        class error
    }}
    cache 5
    kubernetes cluster.local in-addr.arpa ip6.arpa {{
        kubeconfig {kubeconfig}
        ttl 1
    }}
}}
"""


def start_api(layout: Layout, binaries: Binaries) -> Process:
    """Start etcd and the API server; ready for `wait_for_api` and no more."""
    control = layout.control_namespace
    # Nothing in this store outlives the session, so no write waits for the disk.
    etcd = ["etcd", "--data-dir", layout.directory / "etcd", "--unsafe-no-fsync", "--log-level", "warn"]
    process = spawn(layout, "etcd", [*etcd, "--logger", "zap"], namespace=control)
    knock = [*enter(control), "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/2379"]
    process.wait_until("listening", lambda: succeeds(knock))
    return spawn(layout, "kube-apiserver", [binaries.path("kube-apiserver"), *api_flags(layout)], namespace=control)


def api_flags(layout: Layout) -> list[str]:
    secrets = layout.secrets
    return [
        "--etcd-servers=http://127.0.0.1:2379",
        f"--secure-port={API_PORT}",
        "--bind-address=0.0.0.0",
        f"--advertise-address={API_ADDRESS}",
        f"--tls-cert-file={secrets}/server.crt",
        f"--tls-private-key-file={secrets}/server.key",
        f"--client-ca-file={secrets}/ca.crt",
        f"--token-auth-file={secrets}/tokens.csv",
        f"--service-account-key-file={secrets}/accounts.pub",
        f"--service-account-signing-key-file={secrets}/accounts.key",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-cluster-ip-range={SERVICE_NETWORK}",
        "--authorization-mode=Node,RBAC",
        "--allow-privileged=true",
        "--kubelet-preferred-address-types=InternalIP",
        f"--kubelet-client-certificate={secrets}/server.crt",
        f"--kubelet-client-key={secrets}/server.key",
        f"--cert-dir={secrets}",
    ]


def wait_for_api(layout: Layout, binaries: Binaries, api: Process) -> None:
    """Return when the API server answers, through the forwarder, that all of it is ready."""
    kubectl = [binaries.path("kubectl"), f"--kubeconfig={layout.kubeconfig}", "--request-timeout=5s"]
    api.wait_until("ready", lambda: succeeds([*kubectl, "get", "--raw", "/readyz"]))


def start_controllers(layout: Layout, binaries: Binaries) -> list[Process]:
    """Start what makes objects happen. Nodes that fall silent are given up after 20 s, so tests need not wait long."""
    manager = layout.access("system:kube-controller-manager")
    scheduler = layout.access("system:kube-scheduler")
    flags = [
        "--use-service-account-credentials",
        f"--service-account-private-key-file={layout.secrets}/accounts.key",
        f"--root-ca-file={layout.secrets}/ca.crt",
        "--node-monitor-grace-period=20s",
        *client_flags(layout, manager),
    ]
    control = layout.control_namespace
    commands = {
        "kube-controller-manager": [binaries.path("kube-controller-manager"), *flags],
        "kube-scheduler": [binaries.path("kube-scheduler"), *client_flags(layout, scheduler)],
    }
    return [spawn(layout, name, command, namespace=control) for name, command in commands.items()]


def client_flags(layout: Layout, kubeconfig: Path) -> list[str]:
    """Give back the flags that the scheduler and the controllers share."""
    return [
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        f"--cert-dir={layout.secrets}",
        "--leader-elect=false",
    ]


def start_dns(layout: Layout, binaries: Binaries) -> Process:
    """Start the name server beside the API server, and the Service under which pods know it."""
    kubectl = [binaries.path("kubectl"), f"--kubeconfig={layout.kubeconfig}"]
    run(*kubectl, "apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": dns_objects()}))
    corefile = layout.directory / "Corefile"
    corefile.write_text(COREFILE.format(address=API_ADDRESS, kubeconfig=layout.access(access.DNS)))
    command = [binaries.path("coredns"), "-conf", corefile]
    return spawn(layout, "coredns", command, namespace=layout.control_namespace)


def dns_objects() -> list[dict[str, object]]:
    named = {"name": "kube-dns", "namespace": "kube-system"}
    ports = [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53, "protocol": "TCP"}]
    reads = {"verbs": ["list", "watch"]}
    rules = [
        {"apiGroups": [""], "resources": ["endpoints", "services", "pods", "namespaces"], **reads},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], **reads},
    ]
    group = "rbac.authorization.k8s.io"
    role = {"apiGroup": group, "kind": "ClusterRole", "name": access.DNS}
    subject = {"apiGroup": group, "kind": "User", "name": access.DNS}
    of_service = named | {"labels": {"kubernetes.io/service-name": "kube-dns"}}
    return [
        {"apiVersion": f"{group}/v1", "kind": "ClusterRole", "metadata": {"name": access.DNS}, "rules": rules},
        {"apiVersion": f"{group}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": access.DNS},
         "roleRef": role, "subjects": [subject]},
        {"apiVersion": "v1", "kind": "Service", "metadata": named,
         "spec": {"clusterIP": DNS_SERVICE, "ports": ports}},
        {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": of_service,
         "addressType": "IPv4", "ports": ports, "endpoints": [{"addresses": [API_ADDRESS]}]},
    ]  # fmt: skip


def forward(layout: Layout, name: str, port: int) -> int:
    """Make `port` of the control plane reachable from outside; give back the loopback port that leads to it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        command = [sys.executable, "-I", FORWARDER, API_ADDRESS, str(port)]
        spawn(
            layout, f"forwarder-{name}", command,
            namespace=layout.control_namespace, inherited=listening.fileno(),
        )  # fmt: skip
        return int(listening.getsockname()[1])
