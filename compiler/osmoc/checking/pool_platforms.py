"""Platforms and topology of a pool file (design, section 4)."""

from __future__ import annotations

from collections.abc import Mapping

from osmoc.checking.fields import Part, as_text, key_text
from osmoc.checking.labels import check_label_key, check_label_value
from osmoc.checking.pod_patches import pod_patch, tolerations
from osmoc.checking.pool_fields import DNS_SUBDOMAIN, PATH, matching, say, strings
from osmoc.checking.unfit import Unfit
from osmoc.diagnostics.suggest import did_you_mean
from osmoc.pool import Platform
from osmoc.spec import Text


def platforms(part: Part) -> dict[str, Platform] | None:
    """The platforms by name, or None where the pool names none, so that none is checked."""
    section = part.part("platforms")
    if section is None:
        return None
    found = {}
    for entry in section.mapping.entries:
        platform = section.part(str(entry.key.value))
        if platform is not None:
            found[str(entry.key.value)] = _platform(platform)
    return found


def _platform(part: Part) -> Platform:
    return Platform(
        node_selector=_selector(part),
        tolerations=tolerations(part),
        runtime_class=matching(part, "runtimeClass", DNS_SUBDOMAIN),
        mounts=strings(part, "mounts", PATH),
        default_mounts=strings(part, "defaultMounts", PATH),
        privileged=part.flag("privileged", default=False),
        host_network=part.flag("hostNetwork", default=False),
        pod_template=pod_patch(part, "podTemplate"),
    )


def _selector(part: Part) -> dict[str, str]:
    found = {}
    for entry in part.entries("nodeSelector"):
        key, value = key_text(entry.key), as_text(entry.value)
        if value is None:
            continue
        try:
            check_label_key(key.value)
            if value.value:
                check_label_value(value.value)
        except Unfit as why:
            say(part, Text(f"{key.value}: {value.value}", key.at), why)
        found[key.value] = value.value
    return found


def topology(part: Part) -> dict[str, str] | None:
    """Topology keys to node labels in the order written, coarse to fine; None where the pool names none."""
    section = part.part("topology")
    if section is None:
        return None
    found = {}
    for entry in section.mapping.entries:
        label = as_text(entry.value)
        if label is None:
            continue
        try:
            check_label_key(label.value)
        except Unfit as why:
            say(part, label, why)
        found[str(entry.key.value)] = label.value
    return found


def default_platform(part: Part, known: Mapping[str, Platform] | None) -> str | None:
    """The platform of resources that name none; one of those known."""
    name = part.string("defaultPlatform")
    if name is None:
        return None
    if known is None or name.value not in known:
        say(part, name, Unfit("is none of the pool's platforms", did_you_mean(name.value, known or ())))
        return None
    return name.value
