"""The cluster as a whole: what the tests, and a developer's hand, start and stop."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from tests.e2e.cluster import (
    access,
    cgroups,
    control_plane,
    images,
    leftovers,
    machine,
    network,
    node,
    storage,
)
from tests.e2e.cluster.binaries import Binaries
from tests.e2e.cluster.commands import succeeds
from tests.e2e.cluster.failures import ClusterError
from tests.e2e.cluster.layout import API_PORT, Layout
from tests.e2e.cluster.processes import enter
from tests.e2e.cluster.waiting import wait_for

Say = Callable[[str], None]


def to_standard_error(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


class Cluster:
    """A running Kubernetes of two nodes; everything of it is real, and nothing leaves the machine."""

    def __init__(self, layout: Layout, binaries: Binaries) -> None:
        self.layout = layout
        self.binaries = binaries
        self._lock: IO[str] | None = None
        self._storage: storage.Storage | None = None

    @classmethod
    def start(cls, directory: Path | None = None, *, say: Say = to_standard_error) -> Cluster:
        """Start a cluster in `directory` and return when its nodes are ready.

        What an earlier run left there is taken away first, however it ended. Unavailable when this machine
        cannot run a cluster; ClusterError, with the tail of the right log, when it should have.
        """
        machine.check()
        cluster = cls(Layout.at(directory), Binaries.here())
        cluster.lock()
        try:
            cluster.binaries.build(say)
            archive = images.build(say)
            leftovers.clear(cluster.layout)
            cluster.bring_up(archive)
        except BaseException:
            cluster.stop()
            raise
        return cluster

    def bring_up(self, archive: Path) -> None:
        """Start the parts: the nodes get their images while everything else comes up."""
        leftovers.claim(self.layout)
        cgroups.make(self.layout)
        network.build(self.layout)
        access.grant(self.layout)
        for one in self.layout.nodes:
            node.start_containerd(self.layout, one)
        with ThreadPoolExecutor() as threads:
            loaded = [threads.submit(node.load_images, one, archive) for one in self.layout.nodes]
            self.bring_up_control_plane()
            for one in self.layout.nodes:
                node.start_kubelet(self.layout, one, self.binaries)
                node.start_proxy(self.layout, one, self.binaries)
            for waited in loaded:
                waited.result()
        self.wait_until_ready()

    def bring_up_control_plane(self) -> None:
        layout, binaries = self.layout, self.binaries
        api = control_plane.start_api(layout, binaries)
        access.write_outside_kubeconfig(layout, control_plane.forward(layout, "api", API_PORT))
        control_plane.wait_for_api(layout, binaries, api)
        control_plane.start_controllers(layout, binaries)
        control_plane.start_dns(layout, binaries)

    def wait_until_ready(self) -> None:
        """Return when every node takes pods and the pods of `default` have their service account."""
        kubectl = [*control_plane.kubectl(self.layout, self.binaries), "--request-timeout=10s"]
        names = [f"node/{name}" for name in self.nodes]
        ready = [*kubectl, "wait", "--for=condition=Ready", "--timeout=5s", *names]
        log = self.layout.logs / f"kubelet-{self.nodes[0]}.log"
        wait_for("the nodes becoming ready", lambda: succeeds(ready), log=log)
        account = [*kubectl, "get", "serviceaccount", "default", "--namespace=default"]
        log = self.layout.logs / "kube-controller-manager.log"
        wait_for("the default service account", lambda: succeeds(account), log=log)

    def stop(self) -> None:
        """End the cluster and remove everything of it, the logs too; no harm when it is stopped already."""
        leftovers.clear(self.layout)
        self._storage = None
        self.unlock()

    @classmethod
    def stop_in(cls, directory: Path | None = None) -> None:
        """Stop what another process started in `directory`; ClusterError when that one still uses it."""
        cluster = cls(Layout.at(directory), Binaries.here())
        cluster.lock()
        cluster.stop()

    def lock(self) -> None:
        """Keep others from this directory until `unlock` or, however it comes, this process' end."""
        self.layout.lock.parent.mkdir(parents=True, exist_ok=True)
        lock = self.layout.lock.open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            owner = lock.read().strip()
            lock.close()
            raise ClusterError(
                f"process {owner} is using the cluster in {self.layout.directory}: wait for it, or set "
                "OSMOC_TEST_CLUSTER_DIR to another directory"
            ) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock

    def unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig, which works from this machine's own network."""
        return self.layout.kubeconfig

    @property
    def kubectl(self) -> Path:
        """A kubectl of the cluster's own version."""
        return self.binaries.path("kubectl")

    @property
    def nodes(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.layout.nodes)

    def containerd_socket(self, name: str) -> Path:
        """Give back the socket of a node's containerd, for `ctr --address`."""
        return self.layout.node(name).containerd_socket

    def enter(self, name: str) -> list[str]:
        """Give back the words before a command that make it run in a node's network."""
        return enter(self.layout.node(name).namespace)

    def s3(self) -> storage.Storage:
        """Give back the S3 store, started at the first call: tests without data do not wait for it."""
        if self._storage is None:
            self._storage = storage.start(self.layout)
        return self._storage

    @property
    def s3_endpoint(self) -> str:
        """The address of the S3 store as pods see it."""
        return self.s3().inside
