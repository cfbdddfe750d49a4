"""On which nodes a pod may run: excluded nodes, topology within a group, and the pool's pod templates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from osmoc import naming
from osmoc.kubernetes_objects.labels import PREFIX, selector
from osmoc.plan import PlannedGroup, PlannedTask
from osmoc.pool import Json, Platform, Pool

Body = dict[str, object]

_USER_CONTAINER = re.compile(r"\{\{ *USER_CONTAINER_NAME *\}\}")
"""By this name a pod template speaks of the task's own container, whatever it is called."""

_PATH_BUDGET = naming.LABEL_BUDGET - len("-12345678")
_PATH_HEAD = 40

_LIST_KEYS = {"volumeMounts": "mountPath", "volumeDevices": "devicePath", "ports": "containerPort"}


def topology_labels(group: PlannedGroup, task: PlannedTask) -> dict[str, str]:
    """Labels that tell which tasks of a group must be close to each other, one for each level.

    They bear the unit's digest: what is left of an earlier generation of the group binds nobody to its nodes.
    """
    labels: dict[str, str] = {}
    path: list[str] = []
    for requirement in task.resources.topology:
        path.append(requirement.group)
        unit = naming.placeholder("unit", group.name)
        labels[_topology_label(requirement.key.value)] = f"{_path_label(path)}-{unit}"
    return labels


def _topology_label(key: str) -> str:
    return f"{PREFIX}topology-{naming.cut(naming.slug(key), 50, original=key)}"


def _path_label(path: Sequence[str]) -> str:
    """The path's names with `-` between, as in the reference, and a digest where that could be another path's
    too (osmo-spec, section 7.6: the reference fails there).
    """
    joined = "-".join(path)
    label = naming.slug(joined)
    certain = label == joined and (len(path) == 1 or joined.count("-") == len(path) - 1)
    if label and certain and len(label) <= _PATH_BUDGET:
        return label
    return f"{label[:_PATH_HEAD]}-{naming.digest(*path)}".lstrip("-")


def affinity(group: PlannedGroup, task: PlannedTask, pool: Pool) -> Body | None:
    """Pods of a group with equal topology labels go to nodes with an equal label; None where nothing is asked
    for.
    """
    if not task.resources.topology or pool.topology is None:
        return None
    labels = topology_labels(group, task)
    required: list[Body] = []
    preferred: list[Body] = []
    for requirement in task.resources.topology:
        label = _topology_label(requirement.key.value)
        term: Body = {
            "labelSelector": {"matchLabels": {**selector(group), label: labels[label]}},
            "topologyKey": pool.topology[requirement.key.value],
        }
        if requirement.required:
            required.append(term)
        else:
            preferred.append({"weight": 100, "podAffinityTerm": term})
    pod_affinity: Body = {}
    if required:
        pod_affinity["requiredDuringSchedulingIgnoredDuringExecution"] = required
    if preferred:
        pod_affinity["preferredDuringSchedulingIgnoredDuringExecution"] = preferred
    return {"podAffinity": pod_affinity}


def exclude_nodes(affinity: Mapping[str, object] | None, nodes: Sequence[str]) -> Body:
    """The affinity with the nodes excluded, by host name and by node name, in every term: terms are
    alternatives.
    """
    whole: Body = dict(affinity or {})
    node_affinity: Body = _mapping(whole.get("nodeAffinity"))
    key = "requiredDuringSchedulingIgnoredDuringExecution"
    selector_terms = _mapping(node_affinity.get(key))
    terms = selector_terms.get("nodeSelectorTerms") or [{}]
    assert isinstance(terms, list)
    selector_terms["nodeSelectorTerms"] = [_without(_mapping(term), nodes) for term in terms]
    # `required…` stands first, as people write it.
    whole["nodeAffinity"] = {
        key: selector_terms,
        **{name: item for name, item in node_affinity.items() if name != key},
    }
    return whole


def _without(term: Body, nodes: Sequence[str]) -> Body:
    expressions = term.get("matchExpressions") or []
    fields = term.get("matchFields") or []
    assert isinstance(expressions, list)
    assert isinstance(fields, list)
    # The label of a longer name is cut by whoever set it.
    hosts = [node for node in nodes if len(node) <= naming.LABEL_BUDGET]
    by_label = [{"key": "kubernetes.io/hostname", "operator": "NotIn", "values": hosts}] if hosts else []
    # A requirement on a field takes one value (reference k8s-mapping, section 5).
    by_name = [{"key": "metadata.name", "operator": "NotIn", "values": [node]} for node in nodes]
    excluded: Body = {"matchFields": [*fields, *by_name]}
    return {"matchExpressions": [*expressions, *by_label], **excluded} if expressions or hosts else excluded


def _mapping(value: object) -> Body:
    return dict(value) if isinstance(value, Mapping) else {}


def platform_of(task: PlannedTask, pool: Pool) -> Platform:
    """The platform that the task's pods run on; one that asks for nothing where there is none."""
    if pool.platforms is None or task.resources.platform is None:
        return _NO_PLATFORM
    return pool.platforms[task.resources.platform.value]


_NO_PLATFORM = Platform()


def patches(task: PlannedTask, pool: Pool) -> tuple[Json, ...]:
    """What is laid over the task's pod template, in this order."""
    return (pool.pod_template, platform_of(task, pool).pod_template)


def patched(template: Body, patch: Mapping[str, object], container: str) -> Body:
    """The pod template with a patch of the pool's laid over it: mappings merge, lists merge by name, all else
    is replaced.
    """
    merged = _merge("", template, _named(patch, container))
    assert isinstance(merged, dict)
    return merged


def _named(value: object, container: str) -> object:
    match value:
        case str():
            return _USER_CONTAINER.sub(container, value)
        case Mapping():
            return {key: _named(item, container) for key, item in value.items()}
        case list() | tuple():
            return [_named(item, container) for item in value]
        case _:
            return value


def _merge(key: str, base: object, patch: object) -> object:
    if isinstance(base, dict) and isinstance(patch, dict):
        return {
            **{
                name: _merge(name, item, patch[name]) if name in patch else item
                for name, item in base.items()
            },
            **{name: item for name, item in patch.items() if name not in base},
        }
    if isinstance(base, list) and isinstance(patch, list):
        return _merge_lists(key, base, patch)
    return patch


def _merge_lists(key: str, base: list[object], patch: list[object]) -> list[object]:
    by = _LIST_KEYS.get(key, "name")
    merged = list(base)
    for item in patch:
        at = next((index for index, old in enumerate(merged) if _is_same(old, item, by)), None)
        if at is None:
            merged.append(item)
        else:
            merged[at] = _merge("", merged[at], item)
    return merged


def _is_same(old: object, new: object, by: str) -> bool:
    return isinstance(old, dict) and isinstance(new, dict) and by in old and old[by] == new.get(by)
