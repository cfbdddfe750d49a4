"""The pod of a task: the task's container first, osmo-ctrl beside it, osmo-init before it."""

from __future__ import annotations

from osmoc import naming
from osmoc.kubernetes_objects import runtime
from osmoc.kubernetes_objects.files import files_volumes
from osmoc.kubernetes_objects.folders import TaskShards
from osmoc.kubernetes_objects.group import told_volume
from osmoc.kubernetes_objects.labels import task_labels
from osmoc.kubernetes_objects.own_containers import checkpoint_name, control_container, init_container
from osmoc.kubernetes_objects.placement import (
    affinity,
    exclude_nodes,
    patched,
    patches,
    platform_of,
    topology_labels,
)
from osmoc.kubernetes_objects.plans import grace
from osmoc.kubernetes_objects.queues import queueing
from osmoc.kubernetes_objects.security import pod_security
from osmoc.kubernetes_objects.site import Site
from osmoc.kubernetes_objects.task_container import mounted_credentials, task_container
from osmoc.plan import PlannedGroup, PlannedTask
from osmoc.pool import Pool
from osmoc.shared import SharedMap
from osmoc_runtime import contract

Body = dict[str, object]


def pod_template(site: Site, group: PlannedGroup, task: PlannedTask, shards: TaskShards) -> Body:
    """The template of a task's pods, with the pool's and the platform's patches laid over it."""
    pool = site.pool
    queue = queueing(pool.queue)
    labels = {**site.plan.labels, **task_labels(site.plan, group, task), **topology_labels(group, task)}
    metadata: Body = {"labels": {**labels, **queue.pod_labels}}
    if queue.pod_annotations:
        metadata["annotations"] = dict(queue.pod_annotations)
    template: Body = {"metadata": metadata, "spec": _pod_spec(site, group, task, shards)}
    container = naming.container(task.name)
    for patch in patches(task, pool):
        if patch:
            template = patched(template, patch, container)
    nodes = [node.value for node in task.resources.nodes_excluded]
    if nodes:
        spec = template["spec"]
        assert isinstance(spec, dict)
        template["spec"] = _with_affinity(spec, exclude_nodes(spec.get("affinity"), nodes))
    return template


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


def _pod_spec(site: Site, group: PlannedGroup, task: PlannedTask, shards: TaskShards) -> Body:
    pool = site.pool
    spec: Body = {"restartPolicy": "Never"}
    if task.control:
        spec["terminationGracePeriodSeconds"] = grace(task, pool)
    if group.hosted:
        spec["hostname"] = naming.hostname(task.name)
        spec["subdomain"] = naming.placeholder("service", group.name)
    if group.upstream:
        spec["schedulingGates"] = [{"name": contract.GATE}]
    spec |= _scheduling(group, task, pool)
    spec["automountServiceAccountToken"] = False
    spec["enableServiceLinks"] = False
    if task.host_network:
        spec["hostNetwork"] = True
        spec["dnsPolicy"] = "ClusterFirstWithHostNet"
    if pool.image_pull_secrets:
        spec["imagePullSecrets"] = [{"name": name} for name in pool.image_pull_secrets]
    spec["securityContext"] = pod_security(pool)
    if task.agent:
        spec["initContainers"] = [init_container(site, task, shards)]
    containers = [task_container(group, task, pool, shards.files)]
    if task.control:
        containers.append(control_container(site, task, shards.files))
    spec["containers"] = containers
    volumes = _volumes(group, task, pool, shards)
    if volumes:
        spec["volumes"] = volumes
    return spec


def _scheduling(group: PlannedGroup, task: PlannedTask, pool: Pool) -> Body:
    spec: Body = {}
    scheduler = queueing(pool.queue).scheduler
    if scheduler is not None:
        spec["schedulerName"] = scheduler
    platform = platform_of(task, pool)
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


_AGENT_VOLUMES = [SharedMap({"name": name, "emptyDir": {}}) for name in ("osmo", "osmo-data", "osmo-run")]


def _volumes(group: PlannedGroup, task: PlannedTask, pool: Pool, shards: TaskShards) -> list[Body]:
    volumes: list[Body] = []
    if task.agent:
        volumes += _AGENT_VOLUMES
        volumes += runtime.agent_volume(pool)
        volumes.append(runtime.plan_volume(naming.placeholder("job", task.name)))
        if task.inputs or task.control:
            volumes += runtime.storage_volume(pool)
    volumes += told_volume(group, task)
    volumes += (
        {"name": checkpoint_name(index), "emptyDir": {}}
        for index, volume in enumerate(task.checkpoint_volumes)
        if volume.path != contract.OUTPUT
    )
    volumes += (
        {"name": f"host-{index}", "hostPath": {"path": mount.source}}
        for index, mount in enumerate(task.mounts)
    )
    volumes += (
        {"name": f"credential-{index}", "secret": {"secretName": naming.secret(credential.secret.value)}}
        for index, credential in enumerate(mounted_credentials(task))
    )
    return [*volumes, *files_volumes(task.name, shards.all)]
