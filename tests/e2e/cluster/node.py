"""A node: a containerd, a kubelet and a kube-proxy in a network namespace of its own."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.cluster import network
from tests.e2e.cluster.binaries import Binaries
from tests.e2e.cluster.commands import Word, run, succeeds
from tests.e2e.cluster.images import PAUSE
from tests.e2e.cluster.layout import DNS_SERVICE, POD_NETWORK, Layout, Node
from tests.e2e.cluster.processes import Process, spawn

CONTAINERD = """\
version = 2
root = "{folder}/containerd"
state = "{folder}/run"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
                    "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
                    "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]
[grpc]
  address = "{socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "{folder}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  disable_hugetlb_controller = true
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "{folder}/cni"
[plugins."io.containerd.grpc.v1.cri".containerd]
  default_runtime_name = "runc"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  Root = "{folder}/runc"
"""


def start_containerd(layout: Layout, node: Node) -> Process:
    """Start the node's containerd and return when it answers."""
    folder, socket = node.directory, node.containerd_socket
    folder.mkdir(exist_ok=True)
    network.write_pod_network(layout, node, folder / "cni")
    config = folder / "containerd.toml"
    config.write_text(CONTAINERD.format(folder=folder, socket=socket, pause=PAUSE))
    command: list[Word] = ["containerd", "--config", config]
    process = spawn(layout, f"containerd-{node.name}", command, namespace=node.namespace)
    process.wait_until("answering", lambda: succeeds(["ctr", "--address", socket, "version"]))
    return process


def load_images(node: Node, archive: Path) -> None:
    """Give the node all images of `archive`."""
    run("ctr", "--address", node.containerd_socket, "-n", "k8s.io", "images", "import", archive, seconds=600)


def start_kubelet(layout: Layout, node: Node, binaries: Binaries) -> Process:
    folder = node.directory
    config = folder / "kubelet.json"
    config.write_text(json.dumps(kubelet_configuration(layout, node)))
    flags = [
        f"--config={config}",
        f"--kubeconfig={layout.access(f'system:node:{node.name}')}",
        f"--root-dir={folder}/kubelet",
        f"--cert-dir={folder}/kubelet-certificates",
        f"--hostname-override={node.name}",
        f"--node-ip={node.address}",
        "--node-labels=osmoc.test/node=" + node.name,
    ]
    name = f"kubelet-{node.name}"
    return spawn(layout, name, [binaries.path("kubelet"), *flags], namespace=node.namespace)


def kubelet_configuration(layout: Layout, node: Node) -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{layout.secrets}/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{layout.identity}/{node.name}",
        # This kind of machine may have the controllers in version 1 alone.
        "failCgroupV1": False,
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "clusterDNS": [DNS_SERVICE],
        "clusterDomain": "cluster.local",
        # The machine's own name servers are not reachable from a pod, and asking them would only take time.
        "resolvConf": "",
        "containerRuntimeEndpoint": f"unix://{node.containerd_socket}",
        "podLogsDir": f"{node.directory}/pod-logs",
        "volumePluginDir": f"{node.directory}/volume-plugins",
        # A test must not depend on how full the machine's disk is.
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "nodeStatusUpdateFrequency": "4s",
        "maxPods": 250,
    }


def start_proxy(layout: Layout, node: Node, binaries: Binaries) -> Process:
    """Start what makes Services work on the node."""
    flags = [
        f"--kubeconfig={layout.access('system:kube-proxy')}",
        f"--hostname-override={node.name}",
        "--proxy-mode=iptables",
        f"--cluster-cidr={POD_NETWORK}",
        # These settings are the machine's own: trying to write them in a network namespace ends the program.
        "--conntrack-max-per-core=0",
        "--conntrack-min=0",
        "--conntrack-tcp-timeout-established=0s",
        "--conntrack-tcp-timeout-close-wait=0s",
    ]
    name = f"kube-proxy-{node.name}"
    return spawn(layout, name, [binaries.path("kube-proxy"), *flags], namespace=node.namespace)
