"""The entries of `resources`, and which of them a task uses (reference osmo-spec 2.10, 7.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from osmoc import document
from osmoc.checking.fields import Part
from osmoc.checking.pool_fields import DNS_SUBDOMAIN
from osmoc.checking.quantities import quantity
from osmoc.checking.shape import check_shape
from osmoc.checking.unfit import Unfit
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics, Label
from osmoc.document import Entry
from osmoc.pool import Pool
from osmoc.spec import Resources, Text, TopologyRequirement

DEFAULT = "default"


def all_resources(workflow: Part, pool: Pool) -> dict[str, Resources]:
    """Every entry by name; a workflow with no `resources` has one that asks for nothing."""
    if "resources" not in workflow:
        return {DEFAULT: Resources(DEFAULT, None, None, None, None, None, (), (), workflow.at)}
    return {
        entry.key.value: _entry(workflow.diagnostics, entry.key.value, entry.value, pool)
        for entry in workflow.entries("resources")
        if isinstance(entry.key.value, str) and isinstance(entry.value, document.Mapping)
    }


def resources_of(task: Part, entries: Mapping[str, Resources], section: Entry | None) -> Resources | None:
    """The entry that the task names, or `default`; None where there is none, which was complained about.

    `section` is the workflow's `resources`, None where it has none.
    """
    named = task.text("resource")
    name = DEFAULT if named is None else named.value
    if name in entries:
        return entries[name]
    if section is not None and not _wrongly_shaped(section, name):
        _say_unknown(task, named, entries, section)
    elif section is None:
        _say_no_section(task, named)
    return None


def check_topology(diagnostics: Diagnostics, used: Iterable[Resources], pool: Pool) -> None:
    """All tasks that ask for a topology name the same keys, over the whole workflow."""
    if pool.topology is None:
        return
    first: Resources | None = None
    for one in used:
        if not one.topology:
            continue
        if first is None:
            first = one
        elif _keys(one) != _keys(first):
            diagnostics.error(
                Code.TOPOLOGY_DIFFERS,
                f"`{one.name}` has the topology keys {_listed(one)}, and `{first.name}` has {_listed(first)}",
                one.topology[0].key.at,
                labels=(Label(first.topology[0].key.at, "the other keys"),),
                note="all tasks with a topology name the same keys",
            )


def _entry(diagnostics: Diagnostics, name: str, mapping: document.Mapping, pool: Pool) -> Resources:
    check_shape(diagnostics, "resources", mapping, f"resource `{name}`")
    part = Part(diagnostics, mapping)
    return Resources(
        name=name,
        cpu=part.whole_number("cpu"),
        gpu=part.whole_number("gpu"),
        memory=_quantity(part, "memory"),
        storage=_quantity(part, "storage"),
        platform=_platform(part, name, pool),
        nodes_excluded=_nodes(part),
        topology=_topology(part),
        at=part.at,
    )


def _quantity(part: Part, name: str) -> str | None:
    text = part.text(name)
    if text is None:
        return None
    try:
        return quantity(text.value)
    except Unfit as why:
        part.unfit(Code.NOT_A_QUANTITY, text, why, what=f"{name}")
        return None


def _platform(part: Part, name: str, pool: Pool) -> Text | None:
    platform = part.text("platform")
    if platform is not None and not platform.value:
        platform = None
    if platform is None and pool.platforms is not None and pool.default_platform is None:
        part.diagnostics.error(
            Code.PLATFORM_MISSING,
            f"resource `{name}` names no platform, and the pool `{pool.name}` has no default one",
            part.at,
            help=f"write `platform: {next(iter(pool.platforms), 'NAME')}`",
        )
    return platform


def _nodes(part: Part) -> tuple[Text, ...]:
    nodes = part.texts("nodesExcluded")
    for node in nodes:
        if not DNS_SUBDOMAIN.fullmatch(node.value):
            part.diagnostics.error(
                Code.NODE_NAME,
                f"`{node.value}` is no name of a node",
                node.at,
                note="a node's name is of small letters, digits, `-` and `.`: see `kubectl get nodes`",
            )
    return nodes


def _topology(part: Part) -> tuple[TopologyRequirement, ...]:
    found = []
    for item in part.parts("topology"):
        key, group = item.string("key"), item.string("group")
        kind = item.choice("requirementType", ("required", "preferred"), "required")
        if key is not None:
            found.append(
                TopologyRequirement(key, DEFAULT if group is None else group.value, kind == "required")
            )
    return tuple(found)


def _say_unknown(task: Part, named: Text | None, entries: Mapping[str, Resources], section: Entry) -> None:
    from osmoc.diagnostics.suggest import did_you_mean

    if named is None:
        task.diagnostics.error(
            Code.RESOURCE_UNKNOWN,
            "the task names no resource, and `resources` has no `default`",
            task.key_at("name"),
            help=f"write `resource: {next(iter(entries))}`, or add `default` to `resources`"
            if entries
            else "add `default: {}` to `resources`",
            labels=(Label(section.key.at, "no `default` here"),),
        )
        return
    task.diagnostics.error(
        Code.RESOURCE_UNKNOWN,
        f"the workflow has no resource `{named.value}`",
        named.at,
        help=did_you_mean(named.value, tuple(entries)),
        note=f"it has {', '.join(entries) or 'none'}",
    )


def _say_no_section(task: Part, named: Text | None) -> None:
    if named is not None:
        task.diagnostics.error(
            Code.RESOURCE_UNKNOWN,
            f"the workflow has no resource `{named.value}`",
            named.at,
            help=f"add `resources: {{{named.value}: {{cpu: 1}}}}` to the workflow, or leave `resource` out",
        )


def _wrongly_shaped(section: Entry, name: str) -> bool:
    """Whether the entry is there, but no mapping; or the whole section is none."""
    if not isinstance(section.value, document.Mapping):
        return True
    return any(entry.key.value == name for entry in section.value.entries)


def _keys(resources: Resources) -> list[str]:
    return sorted(one.key.value for one in resources.topology)


def _listed(resources: Resources) -> str:
    return ", ".join(f"`{key}`" for key in _keys(resources))
