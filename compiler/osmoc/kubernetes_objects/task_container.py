"""The task's own container."""

from __future__ import annotations

from collections.abc import Sequence

from osmoc import naming
from osmoc.kubernetes_objects.files import Shard, files_mounts
from osmoc.kubernetes_objects.gpus import hides_gpus
from osmoc.kubernetes_objects.group import told_mount
from osmoc.kubernetes_objects.own_containers import (
    DATA_MOUNT,
    READ_ONLY_TREE_MOUNT,
    RUN_MOUNT,
    checkpoint_name,
)
from osmoc.kubernetes_objects.security import task_container_security
from osmoc.plan import PlannedGroup, PlannedTask
from osmoc.pool import Pool
from osmoc.shared import SharedList
from osmoc.spec import EnvironmentCredential, MountedCredential
from osmoc_runtime import agent_commands, contract

Body = dict[str, object]

_GPUS = "NVIDIA_VISIBLE_DEVICES"

_WRAPPER = SharedList(agent_commands.WRAPPER_COMMAND)


def task_container(group: PlannedGroup, task: PlannedTask, pool: Pool, shards: Sequence[Shard]) -> Body:
    """The container named after the task; where the agent is, its wrapper gets command and arguments as its
    own.
    """
    container: Body = {"name": naming.container(task.name), "image": task.image}
    if task.agent:
        container["command"] = _WRAPPER
        container["args"] = [*task.command, *task.args]
    else:
        container["command"] = list(task.command)
        if task.args:
            container["args"] = list(task.args)
    environment = _environment(task, pool)
    if environment:
        container["env"] = environment
    resources = _resources(task, pool)
    if resources:
        container["resources"] = {"requests": resources, "limits": dict(resources)}
    security = task_container_security(task, pool)
    if security is not None:
        container["securityContext"] = security
    mounts = _task_mounts(group, task, shards)
    if mounts:
        container["volumeMounts"] = mounts
    return container


def _environment(task: PlannedTask, pool: Pool) -> list[Body]:
    environment = [_variable(name, value) for name, value in task.environment]
    for credential in task.credentials:
        if isinstance(credential, EnvironmentCredential):
            source = {"secretKeyRef": {"name": naming.secret(credential.secret.value), "key": credential.key}}
            environment.append({"name": credential.variable.value, "valueFrom": source})
    if hides_gpus(task, pool) and all(variable["name"] != _GPUS for variable in environment):
        environment.append(_variable(_GPUS, ""))
    return environment


def _variable(name: str, value: str) -> Body:
    # The API server keeps no empty value: `kubectl apply` would find something to change each time.
    return {"name": name, "value": value} if value else {"name": name}


def _resources(task: PlannedTask, pool: Pool) -> dict[str, str]:
    wanted = task.resources
    resources: dict[str, str] = {}
    if wanted.cpu:
        resources["cpu"] = str(wanted.cpu)
    if wanted.memory:
        resources["memory"] = wanted.memory
    if wanted.storage:
        resources["ephemeral-storage"] = wanted.storage
    if wanted.gpu:
        resources[pool.gpu_resource] = str(wanted.gpu)
    return resources


def _task_mounts(group: PlannedGroup, task: PlannedTask, shards: Sequence[Shard]) -> list[Body]:
    mounts: list[Body] = [READ_ONLY_TREE_MOUNT, DATA_MOUNT, RUN_MOUNT] if task.agent else []
    mounts += told_mount(group, task)
    mounts += (
        {"name": checkpoint_name(index), "mountPath": volume.path}
        for index, volume in enumerate(task.checkpoint_volumes)
        if volume.path != contract.OUTPUT
    )
    mounts += (
        {"name": f"host-{index}", "mountPath": mount.target} for index, mount in enumerate(task.mounts)
    )
    mounts += (
        {"name": f"credential-{index}", "mountPath": credential.path.value, "readOnly": True}
        for index, credential in enumerate(mounted_credentials(task))
    )
    mounts += (mount for _, mount in files_mounts(shards))
    return mounts


def mounted_credentials(task: PlannedTask) -> list[MountedCredential]:
    """The credentials that are files, in the order of their volumes."""
    return [credential for credential in task.credentials if isinstance(credential, MountedCredential)]
