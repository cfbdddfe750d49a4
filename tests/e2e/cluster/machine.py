"""What a machine must be and have for the cluster."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

from tests.e2e.cluster import binaries, images
from tests.e2e.cluster.failures import Unavailable

PACKAGES = Path(__file__).with_name("packages.txt")


def check() -> None:
    """Return on a machine that can run the cluster; Unavailable, with all that is missing, elsewhere."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        raise Unavailable("the test cluster needs Linux on x86-64")
    if os.geteuid() != 0:
        raise Unavailable("the test cluster needs root, for network namespaces, mounts and control groups")
    if missing := missing_packages():
        raise Unavailable(f"the test cluster needs the Debian packages {' '.join(missing)}")
    if binaries.Binaries.here().missing() or not images.archive().exists():
        binaries.go()


def missing_packages() -> list[str]:
    """Give back the packages of packages.txt that are not installed."""
    if shutil.which("dpkg-query") is None:
        raise Unavailable("the test cluster needs Debian or a system made from it")
    said = subprocess.run(
        ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    installed = {line.split()[0] for line in said.splitlines() if line.endswith(" installed")}
    return [name for name in PACKAGES.read_text().split() if name not in installed]
