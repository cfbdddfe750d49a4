"""Pods: containers, variables, volumes and mounts, resources. Rules: reference k8s-mapping, sections 4
to 6.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import lru_cache

from osmoc.diagnostics.codes import Code
from osmoc.shared import SharedMap
from osmoc.verification.finding import Body, Finding, mapping, mappings, texts
from osmoc.verification.names import (
    annotation_findings,
    is_label,
    is_qualified,
    is_subdomain,
    label_findings,
    pod_size_findings,
    size_of,
)

_QUANTITY = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?")
# What the newest versions take; whether the pool's does was checked with the spec.
_VARIABLE = re.compile(r"[ -<>-~]+")
# What the API server stores with each beside its texts. It keeps the name or the path twice, for it notes
# whose every variable and every mount is. Measured on 1.34 with server-side apply.
_VARIABLE_SIZE = 75
_MOUNT_SIZE = 115
_OVERCOMMITTED = frozenset(("cpu", "memory", "ephemeral-storage"))


@lru_cache(maxsize=65536)
def is_quantity(text: str) -> bool:
    """Whether it is a Kubernetes quantity that is not negative."""
    return _QUANTITY.fullmatch(text) is not None


Clean = set[tuple[int, frozenset[str]]]
"""Shared containers that were found right, by identity, in pods with these volumes."""


def pod_findings(template: Body, clean: Clean) -> Iterator[Finding]:
    """A pod template. `clean` grows: ten thousand pods have the same osmo-init, which is looked at once."""
    metadata = mapping(template.get("metadata"))
    yield from label_findings(metadata.get("labels"))
    yield from annotation_findings("the pod", metadata.get("annotations"))
    spec = mapping(template.get("spec"))
    for key in ("hostname", "subdomain"):
        if key in spec and not is_label(str(spec[key])):
            yield Finding(Code.NAME_REFUSED, f"`{spec[key]}` is no {key} of a pod")
    yield from label_findings(spec.get("nodeSelector"))
    volumes = [str(volume.get("name")) for volume in mappings(spec.get("volumes"))]
    yield from _unique("volume", volumes)
    containers = [*mappings(spec.get("initContainers")), *mappings(spec.get("containers"))]
    yield from _unique("container", [str(container.get("name")) for container in containers])
    yield from _secret_findings(spec)
    known = frozenset(volumes)
    text_size = mount_size = 0
    for container in containers:
        # Those of ours have no long texts.
        if (id(container), known) in clean:
            continue
        text_size += _text_size(container)
        mount_size += _mount_size(container)
        found = [*_container_findings(container, known)]
        yield from found
        if not found and isinstance(container, SharedMap):
            clean.add((id(container), known))
    yield from _affinity_findings(spec)
    yield from pod_size_findings(text_size, mount_size)


def _unique(what: str, names: list[str]) -> Iterator[Finding]:
    seen = set()
    for name in names:
        if not is_label(name):
            yield Finding(Code.NAME_REFUSED, f"`{name}` is no name of a {what}")
        if name in seen:
            yield Finding(Code.NAME_TWICE, f"two {what}s of a pod are called `{name}`")
        seen.add(name)


def _secret_findings(spec: Body) -> Iterator[Finding]:
    for volume in mappings(spec.get("volumes")):
        if "secret" in volume:
            yield from _secret_name_findings(mapping(volume["secret"]).get("secretName"))


def _secret_name_findings(name: object) -> Iterator[Finding]:
    if name is not None and not is_subdomain(str(name)):
        yield Finding(Code.NAME_REFUSED, f"`{name}` is no name that a Secret can have")


def _container_findings(container: Body, volumes: frozenset[str]) -> Iterator[Finding]:
    yield from _variable_findings(container)
    yield from _mount_findings(container, volumes)
    yield from _resource_findings(container)


def _text_size(container: Body) -> int:
    size = sum(map(size_of, (*texts(container.get("command")), *texts(container.get("args")))))
    return size + sum(
        _VARIABLE_SIZE + 2 * size_of(str(variable.get("name"))) + size_of(str(variable.get("value", "")))
        for variable in mappings(container.get("env"))
    )


def _mount_size(container: Body) -> int:
    return sum(
        _MOUNT_SIZE + 2 * size_of(str(mount.get("mountPath"))) + size_of(str(mount.get("subPath", "")))
        for mount in mappings(container.get("volumeMounts"))
    )


def _variable_findings(container: Body) -> Iterator[Finding]:
    seen = set()
    for variable in mappings(container.get("env")):
        name = str(variable.get("name"))
        if not _is_variable(name):
            yield Finding(Code.VARIABLE_REFUSED, f"`{name}` is no name of an environment variable")
        if name in seen:
            yield Finding(
                Code.VARIABLE_REFUSED,
                f"the environment variable `{name}` is set twice",
                "name it once, under `environment:` or under `credentials:`",
            )
        seen.add(name)
        if "valueFrom" in variable:
            source = mapping(mapping(variable["valueFrom"]).get("secretKeyRef"))
            yield from _secret_name_findings(source.get("name"))


@lru_cache(maxsize=65536)
def _is_variable(name: str) -> bool:
    return _VARIABLE.fullmatch(name) is not None


def _mount_findings(container: Body, volumes: frozenset[str]) -> Iterator[Finding]:
    seen: set[str] = set()
    for mount in mappings(container.get("volumeMounts")):
        if mount.get("name") not in volumes:
            yield Finding(
                Code.REFERENCE_BROKEN,
                f"a container mounts `{mount.get('name')}`, which is no volume of the pod",
            )
        path = _normal(str(mount.get("mountPath")))
        if not path.startswith("/") or ":" in path:
            yield Finding(
                Code.MOUNTS_MEET,
                f"nothing can be mounted at `{path}`",
                "write a path from the root, without `:`",
            )
        if path in seen:
            yield Finding(
                Code.MOUNTS_MEET,
                f"two things are mounted at `{path}` in container `{container.get('name')}`",
                "give one of them another path",
            )
        seen.add(path)


_normal = lru_cache(maxsize=65536)(posixpath.normpath)


def _resource_findings(container: Body) -> Iterator[Finding]:
    resources = mapping(container.get("resources"))
    requests, limits = mapping(resources.get("requests")), mapping(resources.get("limits"))
    for name, quantity in (*requests.items(), *limits.items()):
        if not is_quantity(str(quantity)):
            yield Finding(Code.QUANTITY_REFUSED, f"`{quantity}` is no quantity of `{name}`")
        if name not in _OVERCOMMITTED and not name.startswith("hugepages-"):
            if "/" not in name or not is_qualified(name):
                yield Finding(Code.QUANTITY_REFUSED, f"`{name}` is no resource")
            elif requests.get(name, limits.get(name)) != limits.get(name):
                yield Finding(Code.QUANTITY_REFUSED, f"as much of `{name}` must be requested as is the limit")


def _affinity_findings(spec: Body) -> Iterator[Finding]:
    node_affinity = mapping(mapping(spec.get("affinity")).get("nodeAffinity"))
    required = mapping(node_affinity.get("requiredDuringSchedulingIgnoredDuringExecution"))
    for term in mappings(required.get("nodeSelectorTerms")):
        for requirement in mappings(term.get("matchFields")):
            if len(texts(requirement.get("values"))) != 1:
                yield Finding(Code.REFERENCE_BROKEN, "a requirement on a field of a node has one value")
