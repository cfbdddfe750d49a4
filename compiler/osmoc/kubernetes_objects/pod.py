"""The pod of a task: the task's container first, osmo-ctrl beside it, osmo-init before it."""

from __future__ import annotations

from collections.abc import Sequence

from osmoc import naming
from osmoc.kubernetes_objects import runtime
from osmoc.kubernetes_objects.files import Shard, files_mounts, files_volumes
from osmoc.kubernetes_objects.labels import task_labels
from osmoc.kubernetes_objects.placement import affinity, exclude_nodes, patched, topology_labels
from osmoc.kubernetes_objects.plans import grace
from osmoc.kubernetes_objects.security import own_container_security, pod_security, task_container_security
from osmoc.plan import Plan, PlannedGroup, PlannedTask
from osmoc.pool import Platform, Pool
from osmoc.spec import EnvironmentCredential, MountedCredential
from osmoc_runtime import agent_commands, contract

Body = dict[str, object]

_TREE_MOUNT: Body = {"name": "osmo", "mountPath": contract.TREE}
_READ_ONLY_TREE_MOUNT: Body = {**_TREE_MOUNT, "readOnly": True}
_DATA_MOUNT: Body = {"name": "osmo-data", "mountPath": contract.DATA}
_RUN_MOUNT: Body = {"name": "osmo-run", "mountPath": contract.RUN}


def pod_template(
    plan: Plan, group: PlannedGroup, task: PlannedTask, pool: Pool, shards: Sequence[Shard]
) -> Body:
    """The template of a task's pods, with the pool's and the platform's patches laid over it."""
    platform = _platform(task, pool)
    labels = {**plan.labels, **task_labels(plan, group, task), **topology_labels(task)}
    template: Body = {
        "metadata": {"labels": labels},
        "spec": _pod_spec(group, task, pool, platform, shards),
    }
    container = naming.container(task.name)
    for patch in (pool.pod_template, platform.pod_template):
        if patch:
            template = patched(template, patch, container)
    nodes = [node.value for node in task.resources.nodes_excluded]
    if nodes:
        spec = template["spec"]
        assert isinstance(spec, dict)
        template["spec"] = _with_affinity(spec, exclude_nodes(spec.get("affinity"), nodes))
    return template


def _platform(task: PlannedTask, pool: Pool) -> Platform:
    if pool.platforms is None or task.resources.platform is None:
        return _NO_PLATFORM
    return pool.platforms[task.resources.platform.value]


_NO_PLATFORM = Platform()


def _with_affinity(spec: Body, wanted: Body) -> Body:
    """The pod with that affinity, where people write it: before the containers."""
    if "affinity" in spec:
        return {key: wanted if key == "affinity" else item for key, item in spec.items()}
    placed: Body = {}
    for key, item in spec.items():
        if (
            key in ("tolerations", "runtimeClassName", "automountServiceAccountToken")
            and "affinity" not in placed
        ):
            placed["affinity"] = wanted
        placed[key] = item
    placed.setdefault("affinity", wanted)
    return placed


def _pod_spec(
    group: PlannedGroup, task: PlannedTask, pool: Pool, platform: Platform, shards: Sequence[Shard]
) -> Body:
    spec: Body = {"restartPolicy": "Never"}
    if task.control:
        spec["terminationGracePeriodSeconds"] = grace(task, pool)
    if group.hosted:
        spec["hostname"] = naming.hostname(task.name)
        spec["subdomain"] = naming.placeholder("service", group.name)
    if group.upstream:
        spec["schedulingGates"] = [{"name": contract.GATE}]
    spec |= _scheduling(group, task, pool, platform)
    spec["automountServiceAccountToken"] = False
    spec["enableServiceLinks"] = False
    if task.host_network:
        spec["hostNetwork"] = True
        spec["dnsPolicy"] = "ClusterFirstWithHostNet"
    if pool.image_pull_secrets:
        spec["imagePullSecrets"] = [{"name": name} for name in pool.image_pull_secrets]
    spec["securityContext"] = pod_security(pool)
    if task.agent:
        spec["initContainers"] = [_init_container(task, pool)]
    containers = [_task_container(task, pool, shards)]
    if task.control:
        containers.append(_control_container(task, pool, shards))
    spec["containers"] = containers
    volumes = _volumes(task, pool, shards)
    if volumes:
        spec["volumes"] = volumes
    return spec


def _scheduling(group: PlannedGroup, task: PlannedTask, pool: Pool, platform: Platform) -> Body:
    spec: Body = {}
    if platform.node_selector:
        spec["nodeSelector"] = dict(platform.node_selector)
    topology = affinity(group, task, pool)
    if topology is not None:
        spec["affinity"] = topology
    if platform.tolerations:
        spec["tolerations"] = [dict(toleration) for toleration in platform.tolerations]
    if platform.runtime_class is not None:
        spec["runtimeClassName"] = platform.runtime_class
    if pool.priority_class is not None:
        spec["priorityClassName"] = pool.priority_class
    if pool.service_account is not None:
        spec["serviceAccountName"] = pool.service_account
    return spec


def _task_container(task: PlannedTask, pool: Pool, shards: Sequence[Shard]) -> Body:
    container: Body = {"name": naming.container(task.name), "image": task.image}
    if task.agent:
        container["command"] = list(agent_commands.WRAPPER_COMMAND)
        container["args"] = [*task.command, *task.args]
    else:
        container["command"] = list(task.command)
        if task.args:
            container["args"] = list(task.args)
    environment = _environment(task)
    if environment:
        container["env"] = environment
    resources = _resources(task, pool)
    if resources:
        container["resources"] = {"requests": resources, "limits": dict(resources)}
    security = task_container_security(task, pool)
    if security is not None:
        container["securityContext"] = security
    mounts = _task_mounts(task, shards)
    if mounts:
        container["volumeMounts"] = mounts
    return container


def _environment(task: PlannedTask) -> list[Body]:
    environment: list[Body] = [{"name": name, "value": value} for name, value in task.environment]
    for credential in task.credentials:
        if isinstance(credential, EnvironmentCredential):
            source = {"secretKeyRef": {"name": credential.secret.value, "key": credential.key}}
            environment.append({"name": credential.variable.value, "valueFrom": source})
    return environment


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


def _task_mounts(task: PlannedTask, shards: Sequence[Shard]) -> list[Body]:
    mounts: list[Body] = [_READ_ONLY_TREE_MOUNT, _DATA_MOUNT, _RUN_MOUNT] if task.agent else []
    mounts += (
        {"name": _checkpoint_name(index), "mountPath": volume.path}
        for index, volume in enumerate(task.checkpoint_volumes)
        if volume.path != contract.OUTPUT
    )
    mounts += (
        {"name": f"host-{index}", "mountPath": mount.target} for index, mount in enumerate(task.mounts)
    )
    mounts += (
        {"name": f"credential-{index}", "mountPath": credential.path.value, "readOnly": True}
        for index, credential in enumerate(_mounted(task))
    )
    mounts += (mount for _, mount in files_mounts(shards))
    return mounts


def _mounted(task: PlannedTask) -> list[MountedCredential]:
    return [credential for credential in task.credentials if isinstance(credential, MountedCredential)]


def _checkpoint_name(index: int) -> str:
    return f"checkpoint-{index}"


def _checkpoint_mounts(task: PlannedTask) -> list[Body]:
    """The checkpoint volumes as osmoc's own containers see them, at a neutral path."""
    mounts: list[Body] = []
    for index, volume in enumerate(task.checkpoint_volumes):
        path = f"{contract.CHECKPOINT_FOLDER}/{index}"
        if volume.path == contract.OUTPUT:
            mounts.append({"name": "osmo-data", "mountPath": path, "subPath": "output"})
        else:
            mounts.append({"name": _checkpoint_name(index), "mountPath": path})
    return mounts


def _init_container(task: PlannedTask, pool: Pool) -> Body:
    moves = bool(task.inputs or task.checkpoints or task.outputs)
    return {
        "name": contract.INIT,
        "image": pool.runtime.image,
        "command": list(agent_commands.INIT_COMMAND),
        "env": runtime.own_environment(),
        "resources": runtime.own_resources(pool),
        "securityContext": own_container_security(pool),
        "volumeMounts": [
            _TREE_MOUNT,
            _DATA_MOUNT,
            _RUN_MOUNT,
            *runtime.agent_mount(pool),
            runtime.plan_mount(),
            *(runtime.storage_mount(pool) if moves else []),
            *_checkpoint_mounts(task),
        ],
    }


def _control_container(task: PlannedTask, pool: Pool, shards: Sequence[Shard]) -> Body:
    # A file of the spec below the output folder is an empty file in the volume: only its own mount has the
    # contents.
    outputs = [mount for path, mount in files_mounts(shards) if path.startswith(contract.OUTPUT + "/")]
    return {
        "name": contract.CONTROL,
        "image": pool.runtime.image,
        "command": list(agent_commands.CONTROL_COMMAND),
        "env": runtime.own_environment(),
        "resources": runtime.own_resources(pool),
        "securityContext": own_container_security(pool),
        "volumeMounts": [
            _READ_ONLY_TREE_MOUNT,
            _DATA_MOUNT,
            _RUN_MOUNT,
            *runtime.storage_mount(pool),
            *_checkpoint_mounts(task),
            *outputs,
        ],
    }


def _volumes(task: PlannedTask, pool: Pool, shards: Sequence[Shard]) -> list[Body]:
    volumes: list[Body] = []
    if task.agent:
        volumes += ({"name": name, "emptyDir": {}} for name in ("osmo", "osmo-data", "osmo-run"))
        volumes += runtime.agent_volume(pool)
        volumes.append(runtime.plan_volume(naming.placeholder("job", task.name)))
        if task.inputs or task.control:
            volumes += runtime.storage_volume(pool)
    volumes += (
        {"name": _checkpoint_name(index), "emptyDir": {}}
        for index, volume in enumerate(task.checkpoint_volumes)
        if volume.path != contract.OUTPUT
    )
    volumes += (
        {"name": f"host-{index}", "hostPath": {"path": mount.source}}
        for index, mount in enumerate(task.mounts)
    )
    volumes += (
        {"name": f"credential-{index}", "secret": {"secretName": credential.secret.value}}
        for index, credential in enumerate(_mounted(task))
    )
    return [*volumes, *files_volumes(task.name, shards)]
