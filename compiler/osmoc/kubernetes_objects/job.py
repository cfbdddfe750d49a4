"""The Job of a task."""

from __future__ import annotations

from osmoc import naming
from osmoc.kubernetes_objects.failure_policy import task_policy
from osmoc.kubernetes_objects.folders import TaskShards
from osmoc.kubernetes_objects.labels import task_labels
from osmoc.kubernetes_objects.metadata import head
from osmoc.kubernetes_objects.pod import pod_template
from osmoc.kubernetes_objects.queues import queueing
from osmoc.kubernetes_objects.site import Site
from osmoc.plan import PlannedGroup, PlannedTask


def task_job(site: Site, group: PlannedGroup, task: PlannedTask, shards: TaskShards) -> dict[str, object]:
    """A Job that runs the task once to its end. Completions and parallelism are one by default, and a time
    limit of the whole Job is the coordinator's means to end it (design, section 8): none of them is written.
    """
    name = naming.placeholder("job", task.name)
    labels = {**task_labels(site.plan, group, task), **queueing(site.pool.queue).job_labels}
    body = head("Job", name, labels, site.namespace, version="batch/v1")
    body["spec"] = {
        "backoffLimit": task.exit.retries,
        "podFailurePolicy": task_policy(task),
        "template": pod_template(site, group, task, shards),
    }
    return body
