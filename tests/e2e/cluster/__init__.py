"""A real Kubernetes of two nodes on this machine, for the scenarios of tests/e2e."""

from __future__ import annotations

from tests.e2e.cluster.cluster import Cluster
from tests.e2e.cluster.failures import ClusterError, Unavailable
from tests.e2e.cluster.storage import Storage

__all__ = ["Cluster", "ClusterError", "Storage", "Unavailable"]
