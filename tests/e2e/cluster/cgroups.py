"""The control groups of a cluster: where its pods run, and how all its processes are found again."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from tests.e2e.cluster.layout import Layout

ROOT = Path("/sys/fs/cgroup")
CONTROLLERS = (
    "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "systemd",
)  # fmt: skip


def hierarchies() -> tuple[Path, ...]:
    """Give back the mounted hierarchies: one of version 2, or one per controller of version 1."""
    if (ROOT / "cgroup.controllers").exists():
        return (ROOT,)
    return tuple(ROOT / controller for controller in CONTROLLERS if (ROOT / controller).is_dir())


def make(layout: Layout) -> None:
    """Make the groups below which the kubelets work, and the one that holds the cluster's own programs."""
    for hierarchy in hierarchies():
        top = hierarchy / layout.identity
        for group in (top, daemons_in(top), *(top / node.name for node in layout.nodes)):
            group.mkdir(exist_ok=True)
            # A new group of version 1 has no processors and no memory nodes until it is given its parent's.
            for setting in ("cpuset.cpus", "cpuset.mems"):
                if (group.parent / setting).exists() and (group / setting).exists():
                    (group / setting).write_text((group.parent / setting).read_text())
        if hierarchy == ROOT:
            delegate(ROOT)
            delegate(top)


def delegate(group: Path) -> None:
    """Let the groups below `group`, in version 2, use every controller that it has."""
    controllers = (group / "cgroup.controllers").read_text().split()
    (group / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in controllers))


def daemons(layout: Layout) -> Path:
    """Give back the group that every program of the cluster, and every shim of a container, is in."""
    hierarchy = ROOT if ROOT in hierarchies() else ROOT / "pids"
    return daemons_in(hierarchy / layout.identity)


def daemons_in(top: Path) -> Path:
    return top / "programs"


def end_processes(layout: Layout) -> None:
    """End every process in the cluster's groups: nothing but what this cluster started can be in them."""
    top = daemons(layout).parent
    deadline = time.monotonic() + 20
    while (members := processes_below(top)) and time.monotonic() < deadline:
        for pid in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
        reap(members)


def reap(pids: list[int]) -> None:
    """Collect those of `pids` that are ended children of this process."""
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def processes_below(top: Path) -> list[int]:
    members: list[int] = []
    for listing in sorted(top.rglob("cgroup.procs")):
        # A group may go between being listed and being read.
        with contextlib.suppress(OSError):
            members += map(int, listing.read_text().split())
    return members


def remove(layout: Layout) -> None:
    """Remove the cluster's groups, innermost first; they have to be empty of processes."""
    # In every hierarchy: runc makes its groups in more of them than the kubelet does.
    for top in (ROOT / layout.identity, *ROOT.glob(f"*/{layout.identity}")):
        if top.is_dir():
            groups = sorted((group for group in top.rglob("*") if group.is_dir()), reverse=True)
            for group in (*groups, top):
                remove_one(group)


def remove_one(group: Path) -> None:
    """Remove one group; the kernel may call it busy for a moment after its last process ended."""
    for _ in range(40):
        try:
            return group.rmdir()
        except FileNotFoundError:
            return None
        except OSError:
            time.sleep(0.05)
    return None
