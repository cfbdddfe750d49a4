"""Checkpoints of a task: which volumes hold their paths, and paths that no volume can hold.

A path to be saved must lie in a volume that the task and osmo-ctrl share. The traps: reference k8s-mapping,
section 3.5.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics, Label
from osmoc.lowering.paths import absolute, is_within, relative, system_folder
from osmoc.lowering.texts import Texts
from osmoc.plan import CheckpointVolume, PlannedFile
from osmoc.source import Span
from osmoc.spec import Checkpoint, Task
from osmoc_runtime import contract
from osmoc_runtime.values import dataclass

# A volume cannot be a file, so that a path that looks like one gets the folder above it. `v1.0` does not look
# like one.
_LOOKS_LIKE_A_FILE = re.compile(r"[^/]\.[A-Za-z][A-Za-z0-9]*$")


@dataclass(frozen=True, slots=True)
class _Place:
    """A checkpoint's normal path, the folder that must be a volume for it, and what stands before its
    objects' names.
    """

    entry: Checkpoint
    path: str
    folder: str
    prefix: str


def plan_checkpoints(
    diagnostics: Diagnostics,
    texts: Texts,
    task: Task,
    files: Sequence[PlannedFile],
    *,
    mounted: Mapping[str, Span],
) -> tuple[tuple[contract.Checkpoint, ...], tuple[CheckpointVolume, ...]]:
    """The checkpoints, and the fewest volumes that hold them all. `mounted`: other folders that are mounted,
    by path.
    """
    places = [_place(texts, entry) for entry in task.checkpoints]
    for place in places:
        _check(diagnostics, place, files, mounted)
    folders = dict.fromkeys(_volume_folder(place.folder) for place in places)
    volumes = [
        folder
        for folder in folders
        if not any(other != folder and is_within(folder, other) for other in folders)
    ]
    _warn_of_hidden(diagnostics, places, volumes)
    planned = tuple(_checkpoint(texts, place, volumes, files) for place in places)
    return planned, tuple(CheckpointVolume(folder) for folder in volumes)


def _place(texts: Texts, entry: Checkpoint) -> _Place:
    written = texts.fill(entry.path)
    contents_only = written.endswith("/*")
    path = absolute(written.removesuffix("*") if contents_only else written)
    is_file = not contents_only and _LOOKS_LIKE_A_FILE.search(path) is not None
    folder = posixpath.dirname(path) if is_file else path
    return _Place(entry, path, folder, "" if contents_only else posixpath.basename(path))


def _volume_folder(folder: str) -> str:
    return contract.OUTPUT if is_within(folder, contract.OUTPUT) else folder


def _check(
    diagnostics: Diagnostics, place: _Place, files: Sequence[PlannedFile], mounted: Mapping[str, Span]
) -> None:
    at = place.entry.path.at
    covered = None if is_within(place.folder, contract.OUTPUT) else system_folder(place.folder)
    if covered is not None:
        diagnostics.error(
            Code.CHECKPOINT_PATH_FORBIDDEN,
            f"`{place.path}` cannot be a checkpoint: a volume at `{place.folder}` would hide "
            "what the container needs to run",
            at,
            help="let the task save into a folder of its own, such as `/tmp/checkpoint`",
        )
    for folder, mount in mounted.items():
        if is_within(place.folder, folder):
            diagnostics.error(
                Code.CHECKPOINT_MEETS_MOUNT,
                f"`{place.path}` cannot be a checkpoint: `{folder}` is mounted there already",
                at,
                labels=(Label(mount, f"`{folder}` is mounted here"),),
                help="let the task save into another folder, such as `/tmp/checkpoint`",
            )
    for file in files:
        if is_within(place.folder, file.path):
            diagnostics.error(
                Code.CHECKPOINT_MEETS_FILE,
                f"`{place.path}` cannot be a checkpoint: a file of the spec is at `{file.path}`",
                at,
                labels=(Label(file.at, "the file"),),
                help="give one of them another path",
            )


def _warn_of_hidden(diagnostics: Diagnostics, places: Sequence[_Place], volumes: Sequence[str]) -> None:
    for place in places:
        looks_like_file = place.path != place.folder
        if looks_like_file and place.folder in volumes and not is_within(place.folder, "/tmp"):
            if place.folder == contract.OUTPUT or system_folder(place.folder) is not None:
                continue
            diagnostics.warning(
                Code.CHECKPOINT_HIDES_FOLDER,
                f"`{place.path}` is taken for a file: `{place.folder}` becomes a volume, "
                "and what the image has there is hidden",
                place.entry.path.at,
                help=f"save into a folder of its own, such as `{posixpath.join(place.folder, 'checkpoint')}`",
            )


def _checkpoint(
    texts: Texts, place: _Place, volumes: Sequence[str], files: Sequence[PlannedFile]
) -> contract.Checkpoint:
    volume = next((index for index, folder in enumerate(volumes) if is_within(place.folder, folder)), 0)
    entry = place.entry
    return contract.Checkpoint(
        path=place.path,
        url=texts.fill(entry.url),
        frequency=entry.frequency.total_seconds(),
        regex=texts.fill_at(entry.regex, entry.at),
        volume=volume,
        subpath=relative(place.path, volumes[volume]),
        prefix=place.prefix,
        exclude=tuple(relative(file.path, place.path) for file in files if is_within(file.path, place.path)),
        restore=entry.restore.value,
    )
