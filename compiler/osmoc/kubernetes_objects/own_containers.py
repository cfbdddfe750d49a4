"""osmo-init and osmo-ctrl. Most tasks of a workflow have equal ones: each kind is built once."""

from __future__ import annotations

from collections.abc import Sequence

from osmoc.kubernetes_objects import runtime
from osmoc.kubernetes_objects.files import Shard, files_mounts
from osmoc.kubernetes_objects.folders import TaskShards, folder_mounts
from osmoc.kubernetes_objects.security import own_container_security
from osmoc.kubernetes_objects.site import Site
from osmoc.plan import PlannedTask
from osmoc.shared import SharedMap
from osmoc_runtime import agent_commands, contract

Body = dict[str, object]

TREE_MOUNT = SharedMap({"name": "osmo", "mountPath": contract.TREE})
READ_ONLY_TREE_MOUNT = SharedMap({**TREE_MOUNT, "readOnly": True})
DATA_MOUNT = SharedMap({"name": "osmo-data", "mountPath": contract.DATA})
RUN_MOUNT = SharedMap({"name": "osmo-run", "mountPath": contract.RUN})


def checkpoint_name(index: int) -> str:
    """The name of a checkpoint volume."""
    return f"checkpoint-{index}"


def init_container(site: Site, task: PlannedTask, shards: TaskShards) -> Body:
    """The container that builds the tree and fetches inputs and checkpoints."""
    moves = bool(task.inputs or task.control)
    key = (contract.INIT, moves, task.checkpoint_volumes)
    if key not in site.containers:
        mounts = [
            TREE_MOUNT,
            DATA_MOUNT,
            RUN_MOUNT,
            *runtime.agent_mount(site.pool),
            runtime.plan_mount(),
            *(runtime.storage_mount(site.pool) if moves else []),
            *_checkpoint_mounts(task),
        ]
        site.containers[key] = SharedMap(_own(site, contract.INIT, agent_commands.INIT_COMMAND, mounts))
    return _with_mounts(site.containers[key], folder_mounts(shards))


def control_container(site: Site, task: PlannedTask, shards: Sequence[Shard]) -> Body:
    """The container that stores checkpoints and outputs."""
    # A file of the spec below the output folder is an empty file in the volume: only its own mount has the
    # contents.
    outputs = [mount for path, mount in files_mounts(shards) if path.startswith(contract.OUTPUT + "/")]
    key = (contract.CONTROL, task.checkpoint_volumes)
    if key not in site.containers:
        mounts = [
            READ_ONLY_TREE_MOUNT,
            DATA_MOUNT,
            RUN_MOUNT,
            *runtime.storage_mount(site.pool),
            *_checkpoint_mounts(task),
        ]
        site.containers[key] = SharedMap(_own(site, contract.CONTROL, agent_commands.CONTROL_COMMAND, mounts))
    return _with_mounts(site.containers[key], outputs)


def _with_mounts(shared: SharedMap, more: list[Body]) -> Body:
    if not more:
        return shared
    own_mounts = shared["volumeMounts"]
    assert isinstance(own_mounts, list)
    return {**shared, "volumeMounts": [*own_mounts, *more]}


def _own(site: Site, name: str, command: Sequence[str], mounts: list[Body]) -> Body:
    return {
        "name": name,
        "image": site.pool.runtime.image,
        "command": list(command),
        "env": runtime.own_environment(),
        "resources": runtime.own_resources(site.pool),
        "securityContext": own_container_security(site.pool),
        "volumeMounts": mounts,
    }


def _checkpoint_mounts(task: PlannedTask) -> list[Body]:
    """The checkpoint volumes as osmoc's own containers see them, at a neutral path."""
    mounts: list[Body] = []
    for index, volume in enumerate(task.checkpoint_volumes):
        path = f"{contract.CHECKPOINT_FOLDER}/{index}"
        if volume.path == contract.OUTPUT:
            mounts.append({"name": "osmo-data", "mountPath": path, "subPath": "output"})
        else:
            mounts.append({"name": checkpoint_name(index), "mountPath": path})
    return mounts
