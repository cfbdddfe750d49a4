"""GPUs are seen by those that ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from osmoc.kubernetes_objects.placement import patches
from osmoc.plan import PlannedTask
from osmoc.pool import Json, Pool

_NVIDIA = "nvidia.com/"


def hides_gpus(task: PlannedTask, pool: Pool) -> bool:
    """Whether the task's container must be told that no GPU is its own.

    Images for CUDA ask for all GPUs of their node, and NVIDIA's runtime gives them where nothing speaks
    against it (reference osmo-spec, section 7.8). One that a pod template asks for stays to be seen.
    """
    if task.resources.gpu or not pool.gpu_resource.startswith(_NVIDIA):
        return False
    return not any(_asks_for_one(patch) for patch in patches(task, pool))


def _asks_for_one(patch: Json) -> bool:
    spec = patch.get("spec")
    containers = spec.get("containers") if isinstance(spec, Mapping) else None
    return isinstance(containers, Sequence) and any(
        _has_gpu(container.get("resources")) for container in containers if isinstance(container, Mapping)
    )


def _has_gpu(resources: object) -> bool:
    if not isinstance(resources, Mapping):
        return False
    return "claims" in resources or any(
        str(name).startswith(_NVIDIA) for name in resources.get("limits") or ()
    )
