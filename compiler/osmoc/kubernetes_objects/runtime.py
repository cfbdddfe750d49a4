"""osmoc's own containers: how the agent gets into a pod, what it is started with, and what it may use."""

from __future__ import annotations

import base64

from osmoc import naming
from osmoc.kubernetes_objects.labels import workflow_labels
from osmoc.kubernetes_objects.metadata import head
from osmoc.plan import Plan
from osmoc.pool import Pool
from osmoc_runtime import contract

Body = dict[str, object]

AGENT_VOLUME = "osmoc-agent"
PLAN_VOLUME = "osmoc-plan"
STORAGE_VOLUME = "osmoc-storage"


def agent_config_map(plan: Plan, namespace: str | None) -> Body:
    """The agent's archive. Not immutable: a new release of osmoc changes this object and no other."""
    from osmoc_runtime import packing

    body = head("ConfigMap", _workflow_agent(), workflow_labels(plan, "runtime"), namespace)
    body["binaryData"] = {contract.ARCHIVE_KEY: base64.b64encode(packing.agent_archive()).decode("ascii")}
    return body


def installed_config_map(namespace: str | None) -> Body:
    """The agent's archive for all workflows of a namespace whose pool says `runtime.agent: installed`."""
    from osmoc_runtime import packing

    labels = {"app.kubernetes.io/managed-by": "osmoc", "app.kubernetes.io/component": "runtime"}
    body = head("ConfigMap", naming.agent("osmoc", contract.CONTRACT), labels, namespace)
    body["binaryData"] = {contract.ARCHIVE_KEY: base64.b64encode(packing.agent_archive()).decode("ascii")}
    return body


def _workflow_agent() -> str:
    return naming.agent(naming.WORKFLOW_ID, contract.CONTRACT)


def agent_volume(pool: Pool) -> list[Body]:
    """The volume with the agent's archive; none where the image holds the agent."""
    if pool.runtime.agent == "image":
        return []
    installed = pool.runtime.agent == "installed"
    name = naming.agent("osmoc", contract.CONTRACT) if installed else _workflow_agent()
    return [{"name": AGENT_VOLUME, "configMap": {"name": name}}]


def agent_mount(pool: Pool) -> list[Body]:
    """The mount of that volume."""
    if pool.runtime.agent == "image":
        return []
    return [{"name": AGENT_VOLUME, "mountPath": contract.ARCHIVE_FOLDER, "readOnly": True}]


def plan_volume(config_map: str) -> Body:
    """The volume with a plan."""
    return {"name": PLAN_VOLUME, "configMap": {"name": config_map}}


def plan_mount() -> Body:
    """The mount of that volume."""
    return {"name": PLAN_VOLUME, "mountPath": contract.PLAN_FOLDER, "readOnly": True}


def storage_volume(pool: Pool) -> list[Body]:
    """The Secret of the object storage. It may be missing: the agent says so in a sentence, where kubelet
    would wait for ever.
    """
    if pool.storage.secret is None:
        return []
    return [{"name": STORAGE_VOLUME, "secret": {"secretName": pool.storage.secret, "optional": True}}]


def storage_mount(pool: Pool) -> list[Body]:
    """The mount of that volume."""
    if pool.storage.secret is None:
        return []
    return [{"name": STORAGE_VOLUME, "mountPath": contract.STORAGE_FOLDER, "readOnly": True}]


def own_environment() -> list[Body]:
    """What the agent must know of its pod, by the downward API."""
    fields = (
        (contract.JOB_UID, "metadata.labels['batch.kubernetes.io/controller-uid']"),
        (contract.POD_UID, "metadata.uid"),
        (contract.POD_NAME, "metadata.name"),
        (contract.NAMESPACE, "metadata.namespace"),
        (contract.NODE_NAME, "spec.nodeName"),
    )
    return [{"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in fields]


def own_resources(pool: Pool) -> Body:
    """Requests and limits of osmoc's own containers."""
    return {"requests": dict(pool.runtime.resources.requests), "limits": dict(pool.runtime.resources.limits)}
