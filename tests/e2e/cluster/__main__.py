"""By hand, from the root of the repository: python -m tests.e2e.cluster start|stop|kubeconfig|build."""

from __future__ import annotations

import argparse
import sys
import time

from tests.e2e.cluster import images, machine
from tests.e2e.cluster.binaries import Binaries
from tests.e2e.cluster.cluster import Cluster, to_standard_error
from tests.e2e.cluster.failures import ClusterError, Unavailable
from tests.e2e.cluster.layout import Layout


def start() -> None:
    """Start the cluster; it stays until `stop`, or until the tests start their own in its place."""
    began = time.monotonic()
    cluster = Cluster.start()
    to_standard_error(
        f"ready after {time.monotonic() - began:.1f} s; now: export KUBECONFIG={cluster.kubeconfig}"
    )
    print(cluster.kubeconfig)


def stop() -> None:
    """Stop the cluster and remove all of it."""
    Cluster.stop_in()


def kubeconfig() -> None:
    """Say where the kubeconfig of the running cluster is."""
    path = Layout.at().kubeconfig
    if not path.exists():
        raise ClusterError("no cluster is running: start one with `python -m tests.e2e.cluster start`")
    print(path)


def build() -> None:
    """Fill the cache: the programs and the images. Minutes the first time, nothing afterwards."""
    machine.check()
    Binaries.here().build(to_standard_error)
    images.build(to_standard_error)


COMMANDS = {"start": start, "stop": stop, "kubeconfig": kubeconfig, "build": build}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.cluster", description=__doc__)
    subcommands = parser.add_subparsers(dest="command", required=True)
    for name, command in COMMANDS.items():
        subcommands.add_parser(name, help=command.__doc__)
    try:
        COMMANDS[parser.parse_args().command]()
    except Unavailable as error:
        to_standard_error(f"LEFT OUT: {error}")
        return 3
    except ClusterError as error:
        to_standard_error(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
