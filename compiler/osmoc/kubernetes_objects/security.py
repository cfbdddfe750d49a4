"""Security contexts of the two profiles. Facts: reference k8s-mapping, section 10."""

from __future__ import annotations

from osmoc.plan import PlannedTask
from osmoc.pool import Pool

Body = dict[str, object]

# Without these a checkpoint written with mode 0600 by another user could be neither read nor restored.
_CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER"]


def pod_security(pool: Pool) -> Body:
    """The context of a task's pod."""
    context: Body = {}
    if pool.security == "restricted":
        context["runAsNonRoot"] = True
    if pool.run_as_user is not None:
        context["runAsUser"] = pool.run_as_user
    if pool.fs_group is not None:
        context["fsGroup"] = pool.fs_group
    context["seccompProfile"] = {"type": "RuntimeDefault"}
    return context


def own_container_security(pool: Pool) -> Body:
    """The context of osmo-init and osmo-ctrl: root with three capabilities, or in `restricted` the pod's user
    with none.
    """
    if pool.security == "restricted":
        return _confined()
    return {
        "runAsUser": 0,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"], "add": _CAPABILITIES},
    }


def task_container_security(task: PlannedTask, pool: Pool) -> Body | None:
    """The context of the task's container; None where the image decides."""
    if task.privileged:
        return {"privileged": True}
    return _confined() if pool.security == "restricted" else None


def coordinator_security(pool: Pool) -> tuple[Body, Body]:
    """The contexts of the coordinator's pod and container: it writes nothing but /tmp and needs no right on
    its node.
    """
    user = 65532 if pool.run_as_user is None else pool.run_as_user
    pod: Body = {"runAsNonRoot": True, "runAsUser": user, "seccompProfile": {"type": "RuntimeDefault"}}
    return pod, {**_confined(), "readOnlyRootFilesystem": True}


def _confined() -> Body:
    return {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
