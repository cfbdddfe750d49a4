"""Taking a cluster away: whole or killed half-way, this run's or an earlier one's."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
from pathlib import Path

from tests.e2e.cluster import cgroups, processes
from tests.e2e.cluster.commands import run
from tests.e2e.cluster.failures import ClusterError
from tests.e2e.cluster.layout import LONGEST_DIRECTORY, Layout
from tests.e2e.cluster.waiting import wait_for

# In the directory, so that a mistyped OSMOC_TEST_CLUSTER_DIR never costs anybody's files.
MARK = ".osmoc-test-cluster"
NAMESPACES = Path("/run/netns")
# umount(2): take it out of sight at once, whatever still uses it.
_DETACH = 2
# What the programs write in places that cannot be moved.
POD_NETWORK_RESULTS = Path("/var/lib/cni/results")
CONTAINER_LOG_LINKS = Path("/var/log/containers")


def claim(layout: Layout) -> None:
    """Make the directory and mark it as the cluster's own; ClusterError when it will not do."""
    if len(bytes(layout.directory)) > LONGEST_DIRECTORY:
        raise ClusterError(
            f"{layout.directory} is longer than {LONGEST_DIRECTORY} bytes, too long for the sockets in it"
        )
    layout.directory.mkdir(parents=True, exist_ok=True)
    if not (layout.directory / MARK).exists() and any(layout.directory.iterdir()):
        raise ClusterError(
            f"{layout.directory} is in use for something else; choose another OSMOC_TEST_CLUSTER_DIR"
        )
    (layout.directory / MARK).touch()
    layout.processes.mkdir(exist_ok=True)
    layout.logs.mkdir(exist_ok=True)


def clear(layout: Layout) -> None:
    """End and remove all that there is of the cluster; no harm when there is nothing.

    Killed, not asked: nothing of it is worth keeping, and what ignores the asking would cost seconds.
    """
    processes.end(processes.recorded(layout), grace=0)
    cgroups.end_processes(layout)
    marked = (layout.directory / MARK).exists()
    if marked:
        remove_sockets(layout)
        unmount(layout.directory)
    for namespace in layout.namespaces:
        remove_namespace(namespace)
    cgroups.remove(layout)
    remove_strays(layout)
    if marked:
        shutil.rmtree(layout.directory)


def remove_sockets(layout: Layout) -> None:
    """Remove the sockets of killed shims, which containerd has in /run and tells of in the bundle."""
    for address in layout.directory.glob("node*/run/io.containerd.runtime.v2.task/*/*/address"):
        Path(address.read_text().strip().removeprefix("unix://")).unlink(missing_ok=True)


def mounts_below(directory: Path) -> list[Path]:
    """Give back what is mounted at or below `directory`, the latest first."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        # The kernel writes spaces and the like in octal.
        target = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), line.split()[4])
        if Path(target).is_relative_to(directory):
            found.append(Path(target))
    return found[::-1]


def unmount(directory: Path) -> None:
    """Unmount all below `directory`; ClusterError when something stays: what follows deletes files."""

    system = ctypes.CDLL(None)

    def nothing_left() -> bool:
        # The command would read the table of mounts for each: minutes where pods had thousands of files.
        for mount in mounts_below(directory):
            system.umount2(os.fsencode(mount), _DETACH)
        return not mounts_below(directory)

    wait_for(f"unmounting what is below {directory}", nothing_left, log=None, seconds=20)


def remove_namespace(name: str) -> None:
    """Remove a network namespace and with it its devices; also when only half of it was made."""
    path = NAMESPACES / name
    if path.exists():
        with contextlib.suppress(ClusterError):
            run("ip", "netns", "delete", name)
        path.unlink(missing_ok=True)


def remove_strays(layout: Layout) -> None:
    for result in POD_NETWORK_RESULTS.glob("*"):
        # Each tells the path of the pod's network namespace, which lies in the directory.
        if f"{layout.directory}/" in result.read_text(errors="replace"):
            result.unlink(missing_ok=True)
    for socket in Path("/tmp").glob("seaweedfs-*.sock"):
        if socket.name.endswith(tuple(f"-{port}.sock" for port in layout.store_sockets)):
            socket.unlink(missing_ok=True)
    for link in CONTAINER_LOG_LINKS.glob("*.log"):
        if link.is_symlink() and link.readlink().is_relative_to(layout.directory):
            link.unlink(missing_ok=True)
