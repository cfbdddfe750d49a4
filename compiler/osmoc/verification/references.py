"""What objects say of each other: mounted ConfigMaps, the Service of a subdomain, the account of a pod."""

from __future__ import annotations

from collections.abc import Iterator, Set

from osmoc.diagnostics.codes import Code
from osmoc.verification.finding import Body, Finding, mapping, mappings

Names = frozenset[tuple[str, str]]


def pod_reference_findings(spec: Body, written: Names, elsewhere: Set[str]) -> Iterator[Finding]:
    """The pod's ConfigMaps and its Service. `written`: kind and name of all objects. `elsewhere`:
    ConfigMaps that are in the namespace already.
    """
    for volume in mappings(spec.get("volumes")):
        source = mapping(volume.get("configMap"))
        name = source.get("name")
        if name is None or source.get("optional") is True or name in elsewhere:
            continue
        if ("ConfigMap", name) not in written:
            yield Finding(Code.REFERENCE_BROKEN, f"a pod mounts the ConfigMap `{name}`, which is not written")
    subdomain = spec.get("subdomain")
    if subdomain is not None and ("Service", subdomain) not in written:
        yield Finding(
            Code.REFERENCE_BROKEN, f"a pod has the subdomain `{subdomain}`, and no Service is called so"
        )


def binding_findings(body: Body, written: Names) -> Iterator[Finding]:
    """A RoleBinding's role and accounts."""
    role = mapping(body.get("roleRef"))
    for kind, name in [
        (role.get("kind"), role.get("name")),
        *((subject.get("kind"), subject.get("name")) for subject in mappings(body.get("subjects"))),
    ]:
        if (kind, name) not in written:
            yield Finding(
                Code.REFERENCE_BROKEN, f"a RoleBinding names the {kind} `{name}`, which is not written"
            )
