"""Places in a container at which two things cannot both be mounted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics, Label
from osmoc.lowering.paths import folders_above, is_within
from osmoc.plan import PlannedFile
from osmoc.source import Span
from osmoc.spec import Credential, HostMount, MountedCredential
from osmoc_runtime import contract
from osmoc_runtime.values import dataclass


@dataclass(frozen=True, slots=True)
class _Place:
    """Something that is mounted at a path; `closed`: nothing can be mounted below it."""

    path: str
    what: str
    closed: bool
    at: Span


def check_mounts(
    diagnostics: Diagnostics,
    mounts: Sequence[HostMount],
    credentials: Sequence[Credential],
    files: Sequence[PlannedFile],
) -> None:
    """Complain where a container could not start: its runtime cannot make a folder within a file or within
    what is read-only.
    """
    for mount in mounts:
        if mount.target == "/" or (
            is_within(mount.target, contract.TREE) and not is_within(mount.target, contract.DATA)
        ):
            diagnostics.error(
                Code.MOUNT_TARGET,
                f"nothing can be mounted at `{mount.target}`",
                mount.at,
                help=f"name another place: `{mount.source}:/mnt/data`",
            )
    places = list(_places(mounts, credentials, files))
    closed = {place.path: place for place in places if place.closed}
    for place in places:
        outer = next((closed[folder] for folder in folders_above(place.path) if folder in closed), None)
        if outer is not None:
            diagnostics.error(
                Code.MOUNT_WITHIN,
                f"`{place.path}` lies within `{outer.path}`, which is {outer.what}",
                place.at,
                labels=(Label(outer.at, f"`{outer.path}`"),),
                help="give one of them another path",
            )


def _places(
    mounts: Sequence[HostMount], credentials: Sequence[Credential], files: Sequence[PlannedFile]
) -> Iterator[_Place]:
    for mount in mounts:
        yield _Place(mount.target, "a folder of the node", False, mount.at)
    for credential in credentials:
        if isinstance(credential, MountedCredential):
            yield _Place(credential.path.value, "a credential, and read-only", True, credential.path.at)
    for file in files:
        yield _Place(file.path, "a file", True, file.at)
