"""Where the cluster keeps things and what it calls them: all of it follows from one directory."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

API_ADDRESS = "10.88.0.1"
API_PORT = 6443
S3_PORT = 8333
POD_NETWORK = "10.244.0.0/16"
SERVICE_NETWORK = "10.96.0.0/16"
API_SERVICE = "10.96.0.1"
DNS_SERVICE = "10.96.0.10"

# A Unix socket's path holds 107 bytes, and the kubelet's for device plugins lies 42 below the directory.
LONGEST_DIRECTORY = 65


@dataclass(frozen=True, slots=True)
class Node:
    """One node: its folder, its network namespace and its addresses."""

    name: str
    number: int
    directory: Path
    namespace: str

    @property
    def address(self) -> str:
        """The node's address on the bridge of the control plane."""
        return f"10.88.0.{10 + self.number}"

    @property
    def pods(self) -> str:
        """The addresses that the node gives to its pods."""
        return f"10.244.{self.number}.0/24"

    @property
    def containerd_socket(self) -> Path:
        return self.directory / "containerd.sock"


@dataclass(frozen=True, slots=True)
class Layout:
    """Every path and name of the cluster in `directory`.

    What lives outside of the directory (network namespaces, control groups) is named by `identity`, which
    follows from the directory, so that a later run finds what a killed one left behind and clusters in two
    directories do not meet.
    """

    directory: Path

    @classmethod
    def at(cls, directory: Path | None = None) -> Layout:
        """Lay out `directory`, else OSMOC_TEST_CLUSTER_DIR, else the user's own folder in /run."""
        chosen = directory or Path(
            os.environ.get("OSMOC_TEST_CLUSTER_DIR") or f"/run/osmoc-e2e-{os.getuid()}"
        )
        return cls(chosen.resolve())

    @property
    def identity(self) -> str:
        return "osmoc-" + hashlib.sha256(bytes(self.directory)).hexdigest()[:8]

    @property
    def control_namespace(self) -> str:
        """The network namespace of the control plane, whose bridge joins the nodes."""
        return self.identity

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(
            Node(f"node{number}", number, self.directory / f"node{number}", f"{self.identity}-{number}")
            for number in (1, 2)
        )

    def node(self, name: str) -> Node:
        """Give back the node called `name`; KeyError when there is none."""
        return {node.name: node for node in self.nodes}[name]

    @property
    def namespaces(self) -> tuple[str, ...]:
        return (self.control_namespace, *(node.namespace for node in self.nodes))

    @property
    def store_port(self) -> int:
        """The first of four ports for the inner traffic of the S3 store.

        SeaweedFS has sockets in /tmp that are named by these ports, and talks to whom it finds there: a fixed
        number would connect it with any other SeaweedFS of the machine, in spite of the network namespace.
        """
        return 20000 + int(self.identity[-8:], 16) % 4000 * 5

    @property
    def store_sockets(self) -> range:
        """The ports in the names of those sockets: SeaweedFS adds 10000 to a port for its gRPC."""
        return range(self.store_port + 10000, self.store_port + 10004)

    @property
    def lock(self) -> Path:
        """Beside the directory, because the directory comes and goes."""
        return self.directory.with_name(self.directory.name + ".lock")

    @property
    def processes(self) -> Path:
        return self.directory / "processes"

    @property
    def logs(self) -> Path:
        return self.directory / "logs"

    @property
    def secrets(self) -> Path:
        """Certificates, keys and tokens, all made at random at every start."""
        return self.directory / "secrets"

    def access(self, user: str) -> Path:
        """The kubeconfig that `user` presents inside the cluster."""
        return self.secrets / f"{user}.kubeconfig"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig for this machine's own network."""
        return self.directory / "kubeconfig"


def cache() -> Path:
    """Give back the folder for what is slow to make and never changes."""
    return Path(os.environ.get("OSMOC_CACHE") or Path.home() / ".cache" / "osmoc")
