"""The world's failures: neither the spec nor osmoc is wrong, and the command ends with exit code 2.

    WorldError
    ├── ClusterError            something between us and the API server, or its answer
    │   ├── Unreachable         no answer: wrong address, network, certificate, or the server is down
    │   ├── Forbidden           401 and 403: who we are, or what we may do
    │   ├── NotFound            404
    │   ├── Conflict            409: somebody else changed or owns it
    │   ├── Expired             410: a watch asked for a version that the server has forgotten
    │   ├── Busy                429: too many requests, or a disruption budget holds the eviction back
    │   └── Refused             any other answer but success
    ├── HalfApplied             some objects of a set are in the cluster and some are not
    ├── NoWorkflow              no such workflow, task or pod in the namespace
    └── StorageFailure          object storage, on the user's side

Standard library only: coordinator and command line share it.
"""

from __future__ import annotations


class WorldError(Exception):
    """One sentence of what happened, and in `help` what to do about it (empty where nothing can be said)."""

    def __init__(self, message: str, help: str = "") -> None:  # noqa: A002
        super().__init__(f"{message}; {help}" if help else message)
        self.message = message
        self.help = help


class ClusterError(WorldError):
    pass


class Unreachable(ClusterError):
    pass


class Forbidden(ClusterError):
    pass


class NotFound(ClusterError):
    pass


class Conflict(ClusterError):
    pass


class Expired(ClusterError):
    pass


class Busy(ClusterError):
    pass


class Refused(ClusterError):
    pass


class HalfApplied(WorldError):
    pass


class NoWorkflow(WorldError):
    pass


class StorageFailure(WorldError):
    pass
