"""The control plane: etcd, the API server, the controllers, the scheduler and the name server."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from tests.e2e.cluster import access
from tests.e2e.cluster.binaries import Binaries
from tests.e2e.cluster.commands import Word, run, succeeds
from tests.e2e.cluster.layout import API_ADDRESS, API_PORT, SERVICE_NETWORK, Layout
from tests.e2e.cluster.processes import Process, enter, spawn

FORWARDER = Path(__file__).with_name("forwarder.py")
DNS_OBJECTS = Path(__file__).with_name("dns.yaml")

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
    flags = ["--unsafe-no-fsync", "--log-level=warn", "--logger=zap"]
    process = spawn(
        layout, "etcd", ["etcd", f"--data-dir={layout.directory}/etcd", *flags], namespace=control
    )
    knock = [*enter(control), "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/2379"]
    process.wait_until("listening", lambda: succeeds(knock))
    return spawn(
        layout, "kube-apiserver", [binaries.path("kube-apiserver"), *api_flags(layout)], namespace=control
    )


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
    ask = [*kubectl(layout, binaries), "--request-timeout=5s", "get", "--raw", "/readyz"]
    api.wait_until("ready", lambda: succeeds(ask))


def kubectl(layout: Layout, binaries: Binaries) -> list[str]:
    """Give back the words with which a kubectl command for the administrator begins."""
    return [str(binaries.path("kubectl")), f"--kubeconfig={layout.kubeconfig}"]


def start_controllers(layout: Layout, binaries: Binaries) -> list[Process]:
    """Start what makes objects happen.

    A node that falls silent is given up after 20 s, so that tests need not wait long.
    """
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
    commands: dict[str, list[Word]] = {
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
    run(*kubectl(layout, binaries), "apply", f"--filename={DNS_OBJECTS}")
    corefile = layout.directory / "Corefile"
    corefile.write_text(COREFILE.format(address=API_ADDRESS, kubeconfig=layout.access(access.DNS)))
    command: list[Word] = [binaries.path("coredns"), "-conf", corefile]
    return spawn(layout, "coredns", command, namespace=layout.control_namespace)


def forward(layout: Layout, name: str, port: int) -> int:
    """Give back a new loopback port of this machine that leads to `port` of the control plane."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        command: list[Word] = [sys.executable, "-I", FORWARDER, API_ADDRESS, str(port)]
        inside = layout.control_namespace
        spawn(layout, f"forwarder-{name}", command, namespace=inside, inherited=listening.fileno())
        return int(listening.getsockname()[1])
