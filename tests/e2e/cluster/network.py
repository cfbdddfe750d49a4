"""The cluster's network: a namespace with a bridge for the control plane, and one per node on a cable."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.cluster.commands import run
from tests.e2e.cluster.layout import API_ADDRESS, Layout, Node
from tests.e2e.cluster.processes import enter

BRIDGE = "br0"


def build(layout: Layout) -> None:
    """Make the namespaces and join them; no device and no route of the machine's own network is touched."""
    control = layout.control_namespace
    for namespace in layout.namespaces:
        run("ip", "netns", "add", namespace)
        run("ip", "-n", namespace, "link", "set", "lo", "up")
        forward(namespace)
    run("ip", "-n", control, "link", "add", BRIDGE, "type", "bridge")
    run("ip", "-n", control, "addr", "add", f"{API_ADDRESS}/24", "dev", BRIDGE)
    run("ip", "-n", control, "link", "set", BRIDGE, "up")
    for node in layout.nodes:
        join(node, control)


def forward(namespace: str) -> None:
    """Let the namespace pass on what is not for itself, as a node does for its pods."""
    run(*enter(namespace), "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")


def join(node: Node, control: str) -> None:
    """Connect a node to the bridge, and tell both sides the way to the other's pods."""
    cable = f"to-{node.name}"
    run(
        "ip",
        "-n",
        control,
        "link",
        "add",
        cable,
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        node.namespace,
    )
    run("ip", "-n", control, "link", "set", cable, "master", BRIDGE, "up")
    run("ip", "-n", node.namespace, "addr", "add", f"{node.address}/24", "dev", "eth0")
    run("ip", "-n", node.namespace, "link", "set", "eth0", "up")
    run("ip", "-n", node.namespace, "route", "add", "default", "via", API_ADDRESS)
    run("ip", "-n", control, "route", "add", node.pods, "via", node.address)


def write_pod_network(layout: Layout, node: Node, directory: Path) -> None:
    """Tell containerd how to connect a pod.

    `ptp`, not `bridge`: on a bridge the answers between two pods of a node would bypass the node's address
    translation, and Services would hang.
    """
    addresses = {
        "type": "host-local",
        "ranges": [[{"subnet": node.pods}]],
        "routes": [{"dst": "0.0.0.0/0"}],
        "dataDir": str(node.directory / "addresses"),
    }
    plugins = [
        {"type": "ptp", "ipam": addresses},
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ]
    network = {"cniVersion": "0.4.0", "name": f"{layout.identity}-{node.name}", "plugins": plugins}
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "10-pods.conflist").write_text(json.dumps(network))
