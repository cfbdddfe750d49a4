"""Where a task may run and what it may touch there: platform, topology, mounts, privileges, and the pool's
default resources.
"""

from __future__ import annotations

from dataclasses import replace

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.pool import Platform, Pool
from osmoc.spec import Resources, Task, Text, TopologyRequirement


def plan_resources(diagnostics: Diagnostics, task: Task, pool: Pool) -> Resources:
    """The task's resources with the pool's defaults, and without a platform or topology that the pool does
    not know.

    Zero processors are none asked for, as in the reference; zero GPUs are zero.
    """
    wanted = task.resources
    defaults = pool.defaults
    return replace(
        wanted,
        cpu=wanted.cpu or defaults.cpu,
        gpu=(defaults.gpu if wanted.gpu is None else wanted.gpu) or None,
        memory=wanted.memory or defaults.memory,
        storage=wanted.storage or defaults.storage,
        platform=_platform(diagnostics, wanted, pool),
        topology=_topology(diagnostics, wanted, pool),
    )


def platform_of(resources: Resources, pool: Pool) -> Platform | None:
    """The platform that planned resources name."""
    if pool.platforms is None or resources.platform is None:
        return None
    return pool.platforms.get(resources.platform.value)


def check_privileges(diagnostics: Diagnostics, task: Task, platform: Platform | None, pool: Pool) -> None:
    """Mounts, `privileged` and `hostNetwork` are allowed by the platform; a pool without platforms checks
    nothing, and says so. Of a platform that is not there enough was said.
    """
    if pool.platforms is None:
        _warn_of_privileges(diagnostics, task)
        return
    if task.resources.platform is not None and platform is None:
        return
    known = platform or Platform()
    named = f"platform `{task.resources.platform.value}`" if task.resources.platform else "this pool"
    if task.privileged and not known.privileged:
        diagnostics.error(
            Code.PRIVILEGED_FORBIDDEN,
            f"task `{task.name.value}` is privileged, which {named} does not allow",
            task.name.at,
            help="remove `privileged: true`, or choose another platform",
        )
    if task.host_network and not known.host_network:
        diagnostics.error(
            Code.HOST_NETWORK_FORBIDDEN,
            f"task `{task.name.value}` uses the node's network, which {named} does not allow",
            task.name.at,
            help="remove `hostNetwork: true`, or choose another platform",
        )
    _check_mounts(diagnostics, task, known, named)


def _check_mounts(diagnostics: Diagnostics, task: Task, platform: Platform, named: str) -> None:
    for mount in task.mounts:
        if mount.source in platform.mounts:
            continue
        if mount.source in platform.default_mounts:
            diagnostics.error(
                Code.MOUNT_PROVIDED,
                f"`{mount.source}` is mounted in every task of {named} already",
                mount.at,
                help="remove this entry",
            )
            continue
        allowed = ", ".join(f"`{source}`" for source in platform.mounts)
        diagnostics.error(
            Code.MOUNT_FORBIDDEN,
            f"{named} does not allow to mount `{mount.source}`",
            mount.at,
            help=f"write one of {allowed}" if allowed else "remove this entry, or choose another platform",
        )


def _warn_of_privileges(diagnostics: Diagnostics, task: Task) -> None:
    note = "the namespace must allow it by the label `pod-security.kubernetes.io/enforce: privileged`"
    if task.privileged:
        diagnostics.warning(
            Code.PRIVILEGED_UNCHECKED,
            f"task `{task.name.value}` is privileged, and no pool says whether it may be",
            task.name.at,
            note=note,
            help="name a pool with `--pool FILE`",
        )
    if task.host_network:
        diagnostics.warning(
            Code.HOST_NETWORK_UNCHECKED,
            f"task `{task.name.value}` uses the node's network, and no pool says whether it may",
            task.name.at,
            note=note,
            help="name a pool with `--pool FILE`",
        )


def _platform(diagnostics: Diagnostics, wanted: Resources, pool: Pool) -> Text | None:
    if pool.platforms is None:
        if wanted.platform is not None:
            diagnostics.warning(
                Code.PLATFORM_IGNORED,
                f"platform `{wanted.platform.value}` is ignored: no pool says what it is",
                wanted.platform.at,
                help="name a pool with `--pool FILE`",
            )
        return None
    if wanted.platform is None:
        return Text(pool.default_platform, wanted.at) if pool.default_platform else None
    name = wanted.platform.value
    if name in pool.platforms:
        return wanted.platform
    from osmoc.diagnostics.suggest import nearest

    near = nearest(name, list(pool.platforms))
    known = ", ".join(f"`{known}`" for known in pool.platforms)
    diagnostics.error(
        Code.PLATFORM_UNKNOWN,
        f"pool `{pool.name}` has no platform `{name}`",
        wanted.platform.at,
        help=f"write `platform: {near}`" if near else f"the pool has {known or 'none'}",
    )
    return None


def _topology(diagnostics: Diagnostics, wanted: Resources, pool: Pool) -> tuple[TopologyRequirement, ...]:
    if not wanted.topology:
        return ()
    if pool.topology is None:
        diagnostics.warning(
            Code.TOPOLOGY_IGNORED,
            "this topology is ignored: no pool says which label of the nodes it means",
            wanted.topology[0].key.at,
            help="name a pool with `--pool FILE`",
        )
        return ()
    for requirement in wanted.topology:
        if requirement.key.value not in pool.topology:
            known = ", ".join(f"`{key}`" for key in pool.topology)
            diagnostics.error(
                Code.TOPOLOGY_UNKNOWN,
                f"pool `{pool.name}` has no topology `{requirement.key.value}`",
                requirement.key.at,
                help=f"the pool has {known or 'none'}",
            )
    order = list(pool.topology)
    known_ones = [one for one in wanted.topology if one.key.value in pool.topology]
    return tuple(sorted(known_ones, key=lambda one: order.index(one.key.value)))
