"""Local folders of datasets in ConfigMaps, out of which osmo-init puts them together again.

A folder's ConfigMaps depend on the folder alone, the list of its files included: tasks that take the same one
share them. A file that is too large for one is cut into pieces, so that plain `kubectl apply` takes them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

from osmoc.kubernetes_objects.files import PIECE, ROOM, Shard, shards, written_size
from osmoc.plan import PlannedFile, PlannedFolder, PlannedTask
from osmoc.source import Span
from osmoc_runtime import contract
from osmoc_runtime.values import dataclass


@dataclass(frozen=True, slots=True)
class FolderShards:
    """The ConfigMaps of input number `index`; `listed`: the pieces of the list of its files."""

    index: int
    shards: tuple[Shard, ...]
    listed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskShards:
    """The ConfigMaps of a task: of its `files`, then of the `folders` that it takes as inputs."""

    files: tuple[Shard, ...]
    folders: tuple[FolderShards, ...]

    @property
    def all(self) -> tuple[Shard, ...]:
        """In the order of their volumes."""
        return (*self.files, *(shard for folder in self.folders for shard in folder.shards))


def task_shards(task: PlannedTask) -> TaskShards:
    """The ConfigMaps that hold the task's files."""
    return TaskShards(shards(task.files), tuple(map(_folder_shards, task.folders)))


def folder_inputs(made: TaskShards) -> tuple[contract.FolderInput, ...]:
    """What the agent must know of the task's folders."""
    return tuple(contract.FolderInput(folder.index, folder.listed) for folder in made.folders)


def folder_mounts(made: TaskShards) -> list[dict[str, object]]:
    """Where osmo-init finds the folders."""
    paths = (
        f"{contract.LOCAL_FOLDER}/{folder.index}/{number}"
        for folder in made.folders
        for number in range(len(folder.shards))
    )
    return [
        {"name": f"files-{volume}", "mountPath": path, "readOnly": True}
        for volume, path in enumerate(paths, len(made.files))
    ]


def _folder_shards(folder: PlannedFolder) -> FolderShards:
    made, listed = _cut(folder.files, folder.at)
    return FolderShards(folder.index, made, listed)


@lru_cache(maxsize=64)
def _cut(files: tuple[PlannedFile, ...], at: Span) -> tuple[tuple[Shard, ...], tuple[str, ...]]:
    """The ConfigMaps of the files and of their list, and the pieces of the list."""
    pieces = [_pieces(file) for file in files]
    flat = [piece for of_file in pieces for piece in of_file]
    places = iter(_places(shards(flat)))
    listed = contract.FolderList(
        contract.CONTRACT,
        tuple(
            contract.FolderFile(file.path, tuple(islice(places, len(own))), file.executable)
            for file, own in zip(files, pieces, strict=True)
        ),
    )
    own = _pieces(PlannedFile("", contract.dump(listed).encode(), executable=False, at=at))
    # What comes last moves nothing that came before.
    made = shards([*flat, *own])
    return made, tuple(_places(made)[len(flat) :])


def _places(made: Sequence[Shard]) -> list[str]:
    return [f"{number}/{key}" for number, shard in enumerate(made) for key in shard.keys]


def _pieces(file: PlannedFile) -> list[PlannedFile]:
    contents = file.contents
    step = len(contents) if written_size(contents) <= ROOM else PIECE
    return [
        PlannedFile(file.path, contents[start : start + step], executable=False, at=file.at)
        for start in range(0, len(contents) or 1, step or 1)
    ]
