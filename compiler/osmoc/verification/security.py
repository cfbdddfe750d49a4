"""The Pod Security profile `restricted`: where a namespace enforces it, a pod that breaks it is never made,
and its Job waits for ever. Rules: Pod Security Standards 1.34, reference k8s-mapping, section 10.
"""

from __future__ import annotations

from collections.abc import Iterator

from osmoc.verification.finding import Body, mapping, mappings, texts

_VOLUMES = frozenset(
    (
        *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim"),
        *("projected", "secret"),
    )
)
_SECCOMP = frozenset(("RuntimeDefault", "Localhost"))


def what_restricted_forbids(spec: Body) -> Iterator[str]:
    """What of a pod the profile forbids, in words."""
    for key, what in (
        ("hostNetwork", "the node's network"),
        ("hostPID", "the node's processes"),
        ("hostIPC", "the node's IPC"),
    ):
        if spec.get(key):
            yield what
    for volume in mappings(spec.get("volumes")):
        kinds = set(volume) - {"name"}
        if "hostPath" in kinds:
            yield f"the node's folder `{mapping(volume['hostPath']).get('path')}`"
        elif not kinds <= _VOLUMES:
            yield f"a volume of the kind `{', '.join(sorted(kinds - _VOLUMES))}`"
    pod = mapping(spec.get("securityContext"))
    for container in (*mappings(spec.get("initContainers")), *mappings(spec.get("containers"))):
        yield from _of_container(container, pod)


def _of_container(container: Body, pod: Body) -> Iterator[str]:
    own = mapping(container.get("securityContext"))
    name = container.get("name")

    def chosen(key: str) -> object:
        return own.get(key, pod.get(key))

    capabilities = mapping(own.get("capabilities"))
    seccomp = mapping(chosen("seccompProfile")).get("type")
    for broken, what in (
        (bool(own.get("privileged")), "is privileged"),
        (own.get("allowPrivilegeEscalation") is not False, "may gain privileges"),
        ("ALL" not in texts(capabilities.get("drop")), "keeps capabilities"),
        (not {"NET_BIND_SERVICE"}.issuperset(texts(capabilities.get("add"))), "adds capabilities"),
        (chosen("runAsNonRoot") is not True or chosen("runAsUser") == 0, "may run as root"),
        (seccomp not in _SECCOMP, "has no seccomp profile"),
    ):
        if broken:
            yield f"that `{name}` {what}"
    if any(port.get("hostPort") for port in mappings(container.get("ports"))):
        yield f"the node's ports, which `{name}` takes"
