"""What the coordinator may do: its ServiceAccount, and the narrowest Role with which it works."""

from __future__ import annotations

from osmoc import naming
from osmoc.kubernetes_objects.labels import workflow_labels
from osmoc.kubernetes_objects.metadata import head
from osmoc.plan import Plan
from osmoc_runtime import contract

COORDINATOR_ACCOUNT = f"{naming.WORKFLOW_ID}-coordinator"

_GROUP = "rbac.authorization.k8s.io"


def coordinator_access(plan: Plan, jobs: list[str], namespace: str | None) -> list[dict[str, object]]:
    """ServiceAccount, Role and RoleBinding; the Role names the Jobs that may be patched."""
    labels = workflow_labels(plan, "coordinator")
    account = head("ServiceAccount", COORDINATOR_ACCOUNT, labels, namespace)
    role = head("Role", COORDINATOR_ACCOUNT, labels, namespace, version=f"{_GROUP}/v1")
    role["rules"] = [
        {
            "apiGroups": [group],
            "resources": [resource],
            **({"resourceNames": jobs} if by_name else {}),
            "verbs": list(verbs),
        }
        for group, resource, verbs, by_name in contract.COORDINATOR_RULES
    ]
    binding = head("RoleBinding", COORDINATOR_ACCOUNT, labels, namespace, version=f"{_GROUP}/v1")
    binding["roleRef"] = {"apiGroup": _GROUP, "kind": "Role", "name": COORDINATOR_ACCOUNT}
    subject = {"kind": "ServiceAccount", "name": COORDINATOR_ACCOUNT}
    binding["subjects"] = [subject if namespace is None else {**subject, "namespace": namespace}]
    return [account, role, binding]
