"""Objects into the cluster: all of them, in order, after a trial of every one that changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from osmoc_runtime import contract
from osmoc_runtime.cluster import CONFIG_MAPS, JOBS, SECRETS, Cluster, Json, Resource
from osmoc_runtime.errors import ClusterError, Forbidden, HalfApplied, NotFound, WorldError

ROLE_BINDINGS = Resource("RoleBinding", "rbac.authorization.k8s.io/v1", "rolebindings")
RESOURCES = {
    resource.kind: resource
    for resource in (
        JOBS,
        CONFIG_MAPS,
        SECRETS,
        ROLE_BINDINGS,
        Resource("Role", "rbac.authorization.k8s.io/v1", "roles"),
        Resource("Service", "v1", "services"),
        Resource("ServiceAccount", "v1", "serviceaccounts"),
    )
}
"""Every kind that the compiler writes."""


def apply(cluster: Cluster, namespace: str, bodies: Sequence[Json]) -> None:
    """Apply the objects in their order, by server-side apply.

    A dry run of all comes first, so that nothing is applied where the cluster would refuse one of them.
    Raises ClusterError then, and HalfApplied where an object is refused all the same.
    """
    for body in bodies:
        # A binding's dry run looks for its Role, which the dry run of the Role did not make.
        if body["kind"] != ROLE_BINDINGS.kind:
            _apply_one(cluster, namespace, body, dry_run=True)
    for done, body in enumerate(bodies):
        try:
            _apply_one(cluster, namespace, body, dry_run=False)
        except ClusterError as error:
            raise HalfApplied(
                f"{error.message}; {done} of {len(bodies)} objects were applied before that",
                error.help or "apply again: what is there already stays as it is",
            ) from error


def _apply_one(cluster: Cluster, namespace: str, body: Json, *, dry_run: bool) -> None:
    what = f"{body['kind']} `{body['metadata']['name']}`"
    try:
        cluster.apply(RESOURCES[body["kind"]], namespace, body, dry_run=dry_run)
    except NotFound as error:
        raise NotFound(
            f"the namespace `{namespace}` does not exist", f"make it: kubectl create namespace {namespace}"
        ) from error
    except Forbidden as error:
        raise Forbidden(f"{what} may not be made in `{namespace}`: {error.message}", error.help) from error
    except ClusterError as error:
        raise type(error)(f"{what}: {error.message}", error.help) from error


def require_storage(cluster: Cluster, namespace: str, bodies: Sequence[Json], secret: str | None) -> None:
    """Raise WorldError where tasks keep data in the workflow's storage and the Secret does not say where.

    A Secret that may not be looked at is taken to be right: the pods will say it.
    """
    if secret is None or not any(_needs_place(plan) for plan in _task_plans(bodies)):
        return
    create = f"kubectl create secret generic {secret} -n {namespace} --from-literal=url=s3://BUCKET/FOLDER …"
    try:
        found = cluster.get(SECRETS, namespace, secret)
    except Forbidden:
        return
    except NotFound as error:
        if f'"{secret}"' not in error.message:
            raise NotFound(
                f"the namespace `{namespace}` does not exist",
                f"make it: kubectl create namespace {namespace}",
            ) from error
        raise WorldError(
            f"tasks keep data, and the Secret `{secret}` that says where is not in the namespace "
            f"`{namespace}`",
            f"make it: {create}",
        ) from error
    if "url" not in (found.get("data") or {}):
        raise WorldError(f"the Secret `{secret}` has no key `url`, and tasks keep data", f"add it: {create}")


def _task_plans(bodies: Sequence[Json]) -> Iterator[contract.TaskPlan]:
    for body in bodies:
        text = body.get("data", {}).get(contract.PLAN_KEY) if body["kind"] == CONFIG_MAPS.kind else None
        component = body["metadata"].get("labels", {}).get(contract.COMPONENT_LABEL)
        if text is not None and component != "coordinator":
            yield contract.load(contract.TaskPlan, text)


def _needs_place(plan: contract.TaskPlan) -> bool:
    own = (
        contract.TaskInput,
        contract.DatasetInput,
        contract.DatasetVersionInput,
        contract.TaskOutput,
        contract.DatasetOutput,
        contract.KpiOutput,
    )
    return not plan.storage.url and any(isinstance(move, own) for move in (*plan.inputs, *plan.outputs))
