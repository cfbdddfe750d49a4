"""Plan → Manifests: units are built with placeholders, hashed, and given their names."""

from __future__ import annotations

from dataclasses import field
from hashlib import sha256

from osmoc import identity, naming
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.kubernetes_objects.access import coordinator_access
from osmoc.kubernetes_objects.coordinator import COORDINATOR, COORDINATOR_JOB, coordinator_job
from osmoc.kubernetes_objects.files import (
    LARGEST_APPLIED,
    LARGEST_CONFIG_MAP,
    LARGEST_STORED,
    SERVER_SIDE,
    files_config_map,
    fill_contents,
    shard_name,
)
from osmoc.kubernetes_objects.folders import TaskShards, task_shards
from osmoc.kubernetes_objects.group import service
from osmoc.kubernetes_objects.job import task_job
from osmoc.kubernetes_objects.labels import Provenance, workflow_labels
from osmoc.kubernetes_objects.plans import task_plan_config_map, workflow_plan_config_map
from osmoc.kubernetes_objects.runtime import agent_config_map
from osmoc.kubernetes_objects.site import Site
from osmoc.options import Options
from osmoc.passing import Manifest, Manifests
from osmoc.plan import LocalUpload, Plan, PlannedGroup, PlannedTask, Unit
from osmoc.pool import Pool
from osmoc.shared import SharedMap
from osmoc.source import Span
from osmoc_runtime.values import dataclass

Body = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A group's objects with placeholders for names, and the same as text, for the hash.

    `shards`: each task's files. `plans`: None for a task in whose pod the agent is not.
    """

    group: PlannedGroup
    shards: tuple[TaskShards, ...]
    jobs: list[Body]
    plans: list[Body | None]
    services: list[Body]
    text: str


@dataclass(frozen=True, slots=True)
class _Press:
    """What has been written so far. `names`: the insides of placeholders, and the names for them. `digests`:
    of units.
    """

    diagnostics: Diagnostics
    site: Site
    provenance: Provenance
    names: dict[str, str]
    digests: list[str] = field(default_factory=list)
    files: dict[str, Manifest] = field(default_factory=dict)
    plans: list[Manifest] = field(default_factory=list)
    services: list[Manifest] = field(default_factory=list)
    jobs: list[Manifest] = field(default_factory=list)


def emit(diagnostics: Diagnostics, plan: Plan, pool: Pool, options: Options) -> Manifests:
    """Give back all objects in the order in which they are applied: access, ConfigMaps, Services, Jobs, the
    coordinator's Job. Warns where plain `kubectl apply` would not take one of them.
    """
    site = Site(plan, pool, options.namespace or pool.namespace)
    press = _Press(diagnostics, site, Provenance(plan, options), {"id": plan.workflow_id})
    for unit in plan.units:
        _write_unit(press, unit)
    access, coordinator_plan, coordinator = _coordinator(press) if plan.coordinated else ([], [], [])
    return Manifests(
        plan.workflow_id,
        (
            *access,
            *_agent(press),
            *press.files.values(),
            *press.plans,
            *coordinator_plan,
            *press.services,
            *press.jobs,
            *coordinator,
        ),
        _uploads(press),
        pool.security,
    )


def _uploads(press: _Press) -> tuple[LocalUpload, ...]:
    """Each folder once, however many tasks take it."""
    found: dict[tuple[str, str], LocalUpload] = {}
    for group in press.site.plan.groups:
        for task in group.tasks:
            for upload in task.uploads:
                name = naming.fill(upload.name, press.names)
                found[name, upload.folder.version] = LocalUpload(name, upload.folder)
    return tuple(found.values())


def hashed_texts(plan: Plan, pool: Pool, options: Options) -> tuple[str, ...]:
    """For each group what its unit's digest is taken over, of upstream units' digests apart."""
    site = Site(plan, pool, options.namespace or pool.namespace)
    return tuple(_draft(site, group).text for group in plan.groups)


def _write_unit(press: _Press, unit: Unit) -> None:
    drafts = [_draft(press.site, group) for group in unit.groups]
    upstream = [press.digests[index] for index in unit.upstream]
    digest = identity.unit_digest([draft.text for draft in drafts], upstream)
    press.digests.append(digest)
    _name_unit(press, unit, digest)
    for draft in drafts:
        _write_group(press, draft)


def _draft(site: Site, group: PlannedGroup) -> _Draft:
    made = tuple(map(task_shards, group.tasks))
    jobs = [task_job(site, group, task, own) for task, own in zip(group.tasks, made, strict=True)]
    plans = [
        task_plan_config_map(site, group, task, own) if task.agent else None
        for task, own in zip(group.tasks, made, strict=True)
    ]
    services = [service(site.plan, group, site.namespace)] if group.hosted else []
    contents = [sha256(raw).hexdigest() for own in made for shard in own.all for raw in shard.contents]
    return _Draft(
        group,
        made,
        jobs,
        plans,
        services,
        identity.written([[_for_hash(job) for job in jobs], plans, services, contents]),
    )


def _for_hash(job: Body) -> Body:
    """The Job with a word for each container that other pods have as well: it need not be hashed for each of
    them.
    """
    spec, template, pod = (
        _inner(job, "spec"),
        _inner(job, "spec", "template"),
        _inner(job, "spec", "template", "spec"),
    )
    short = {
        key: [one.fingerprint if isinstance(one, SharedMap) else one for one in part]
        for key in ("initContainers", "containers")
        if isinstance(part := pod.get(key), list)
    }
    return {**job, "spec": {**spec, "template": {**template, "spec": {**pod, **short}}}}


def _inner(body: Body, *keys: str) -> Body:
    found: object = body
    for key in keys:
        assert isinstance(found, dict)
        found = found[key]
    assert isinstance(found, dict)
    return found


def _write_group(press: _Press, draft: _Draft) -> None:
    tasks = draft.group.tasks
    for task, own in zip(tasks, draft.shards, strict=True):
        _name_files(press, task, own)
    for task, job, config_map in zip(tasks, draft.jobs, draft.plans, strict=True):
        made = [_with_provenance(press, job, task)]
        press.jobs.extend(made)
        if config_map is not None:
            made.append(_manifest(press, config_map, task.at))
            press.plans.extend(made[1:])
        if len(draft.text) > LARGEST_APPLIED:
            _mark_large(press, made, f"task `{task.name}` has so much of commands, variables or fellows that")
    press.services.extend(_manifest(press, body, draft.group.at) for body in draft.services)


def _name_unit(press: _Press, unit: Unit, digest: str) -> None:
    names, workflow_id = press.names, press.site.plan.workflow_id
    for group in unit.groups:
        names[f"unit:{group.name}"] = digest
        host_service = naming.service(workflow_id, group.name, digest)
        if group.hosted:
            names[f"service:{group.name}"] = host_service
        for task in group.tasks:
            names[f"job:{task.name}"] = naming.job(workflow_id, task.name, digest)
            names[f"location:{task.name}"] = naming.location(workflow_id, task.name, digest)
            if group.hosted:
                names[f"host:{task.name}"] = f"{naming.hostname(task.name)}.{host_service}"


def _name_files(press: _Press, task: PlannedTask, own: TaskShards) -> None:
    """ConfigMaps of files are named by their contents as the pod sees them, so that equal ones are one."""
    for index, shard in enumerate(own.all):
        contents = shard.contents
        if index < len(own.files):
            # Folders hold no names of ours.
            contents = tuple(fill_contents(raw, press.names) for raw in contents)
        name = naming.files(press.site.plan.workflow_id, naming.digest(*contents))
        press.names[shard_name(task.name, index)[1:-1]] = name
        if name not in press.files:
            labels = identity.fill(workflow_labels(press.site.plan, "task"), press.names)
            body = files_config_map(name, contents, labels, press.site.namespace)
            press.files[name] = Manifest(body, shard.files[0].at)


def _with_provenance(press: _Press, job: Body, task: PlannedTask) -> Manifest:
    made = _manifest(press, job, task.at)
    metadata = made.body["metadata"]
    assert isinstance(metadata, dict)
    metadata["annotations"] = press.provenance.annotations(task.at)
    return made


def _agent(press: _Press) -> list[Manifest]:
    plan = press.site.plan
    needed = plan.coordinated or any(task.agent for group in plan.groups for task in group.tasks)
    if not needed or press.site.pool.runtime.agent != "embedded":
        return []
    return [_manifest(press, agent_config_map(plan, press.site.namespace), plan.at)]


def _coordinator(press: _Press) -> tuple[list[Manifest], list[Manifest], list[Manifest]]:
    """Access, plan and Job of the coordinator; a changed plan makes a new Job."""
    site = press.site
    plan, at = site.plan, site.plan.at
    config_map = workflow_plan_config_map(site, COORDINATOR_JOB, workflow_labels(plan, COORDINATOR))
    job = coordinator_job(plan, site.pool, site.namespace)
    # The digests of all units stand for what the placeholders in the plan will become.
    digest = identity.unit_digest([identity.written([config_map, job])], press.digests)
    press.names[f"{COORDINATOR}:job"] = naming.job(plan.workflow_id, COORDINATOR, digest)
    access: list[Body] = []
    if site.pool.coordinator_service_account is None:
        access = coordinator_access(plan, [manifest.name for manifest in press.jobs], site.namespace)
    made = [_manifest(press, body, at) for body in (*access, config_map, job)]
    _mark_large(press, made, "the coordinator must know so many tasks that")
    return made[:-2], made[-2:-1], made[-1:]


def _mark_large(press: _Press, manifests: list[Manifest], why: str) -> None:
    """Say which objects plain `kubectl apply` does not take, to the user and to Argo CD.

    What Kubernetes does not take at all is for `verify` to refuse.
    """
    taken = {"ConfigMap": LARGEST_CONFIG_MAP}
    large = [
        manifest
        for manifest in manifests
        if LARGEST_APPLIED < len(identity.written(manifest.body)) <= taken.get(manifest.kind, LARGEST_STORED)
    ]
    for manifest in large:
        metadata = manifest.body["metadata"]
        assert isinstance(metadata, dict)
        metadata["annotations"] = {**metadata.get("annotations", {}), **SERVER_SIDE}
    if large:
        press.diagnostics.warning(
            Code.NEEDS_SERVER_SIDE,
            f"{why} plain `kubectl apply` does not take its objects",
            large[0].origin,
            note="`kubectl apply` keeps a copy of each object in an annotation of at most 256 KiB",
            help="apply with `kubectl apply --server-side`, or with `osmoc run`",
        )


def _manifest(press: _Press, body: Body, at: Span) -> Manifest:
    return Manifest(identity.fill(body, press.names), at)
