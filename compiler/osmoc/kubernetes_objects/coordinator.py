"""The coordinator's Job: it opens gates, ends what waits in vain, and keeps the limits of groups (design,
section 8).
"""

from __future__ import annotations

from osmoc import naming
from osmoc.kubernetes_objects import runtime
from osmoc.kubernetes_objects.access import COORDINATOR_ACCOUNT
from osmoc.kubernetes_objects.failure_policy import on_disruption, on_exit_codes
from osmoc.kubernetes_objects.labels import workflow_labels
from osmoc.kubernetes_objects.metadata import head
from osmoc.kubernetes_objects.security import coordinator_security
from osmoc.plan import Plan
from osmoc.pool import Pool
from osmoc_runtime import agent_commands, contract

Body = dict[str, object]

COORDINATOR = "coordinator"
COORDINATOR_JOB = naming.placeholder(COORDINATOR, "job")
"""The placeholder of its name; a task may be called `coordinator` as well."""
_NO_LIMIT = 2147483647


def coordinator_job(plan: Plan, pool: Pool, namespace: str | None) -> Body:
    """A Job that is tried again until the workflow's fate is known, whatever happens to its pods."""
    labels = workflow_labels(plan, COORDINATOR)
    body = head("Job", COORDINATOR_JOB, labels, namespace, version="batch/v1")
    fates = sorted((contract.WORKFLOW_FAILED, contract.COORDINATOR_PERMANENT))
    body["spec"] = {
        "backoffLimit": _NO_LIMIT,
        "podFailurePolicy": {
            "rules": [on_disruption("Ignore"), on_exit_codes("FailJob", COORDINATOR, "In", fates)]
        },
        "template": {"metadata": {"labels": labels}, "spec": _pod_spec(pool)},
    }
    return body


def _pod_spec(pool: Pool) -> Body:
    pod_context, container_context = coordinator_security(pool)
    spec: Body = {
        "restartPolicy": "Never",
        "serviceAccountName": pool.coordinator_service_account or COORDINATOR_ACCOUNT,
        "enableServiceLinks": False,
    }
    if pool.priority_class is not None:
        spec["priorityClassName"] = pool.priority_class
    if pool.image_pull_secrets:
        spec["imagePullSecrets"] = [{"name": name} for name in pool.image_pull_secrets]
    spec["securityContext"] = pod_context
    spec["containers"] = [
        {
            "name": COORDINATOR,
            "image": pool.runtime.image,
            "command": list(agent_commands.COORDINATOR_COMMAND),
            "resources": runtime.own_resources(pool),
            "securityContext": container_context,
            "volumeMounts": [
                *runtime.agent_mount(pool),
                runtime.plan_mount(),
                {"name": "tmp", "mountPath": "/tmp"},
            ],
        }
    ]
    spec["volumes"] = [
        *runtime.agent_volume(pool),
        runtime.plan_volume(COORDINATOR_JOB),
        {"name": "tmp", "emptyDir": {}},
    ]
    return spec
