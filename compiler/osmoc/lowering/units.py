"""Units: what runs again together. A group is one; groups whose tasks name each other's hosts are one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush

from osmoc.plan import PlannedGroup, Unit


def make_units(groups: Sequence[PlannedGroup], ties: Mapping[str, set[str]]) -> tuple[Unit, ...]:
    """The groups as units, in topological order and otherwise in the order given.

    `ties`: for each group the other groups whose hosts it names. Tied groups are one unit, and so is all that
    lies on a way from a unit back to itself: a hash must not depend on itself.
    """
    index = {group.name: number for number, group in enumerate(groups)}
    if not any(ties.values()):
        return tuple(
            Unit((group,), tuple(sorted(index[name] for name in group.upstream))) for group in groups
        )
    edges: list[set[int]] = [{index[name] for name in group.upstream} for group in groups]
    for name, others in ties.items():
        for other in others:
            edges[index[name]].add(index[other])
            edges[index[other]].add(index[name])
    return _ordered(groups, edges, _components(edges))


def _components(edges: Sequence[set[int]]) -> list[int]:
    """The number of the strongly connected component of each node (Tarjan, without recursion)."""
    count = len(edges)
    number = [-1] * count
    low = [0] * count
    component = [-1] * count
    stack: list[int] = []
    clock = 0
    for root in range(count):
        if number[root] >= 0:
            continue
        work: list[tuple[int, list[int]]] = [(root, sorted(edges[root]))]
        number[root] = low[root] = clock
        clock += 1
        stack.append(root)
        while work:
            node, rest = work[-1]
            if rest:
                after = rest.pop()
                if number[after] < 0:
                    number[after] = low[after] = clock
                    clock += 1
                    stack.append(after)
                    work.append((after, sorted(edges[after])))
                elif component[after] < 0:
                    low[node] = min(low[node], number[after])
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[node])
            if low[node] == number[node]:
                while component[node] < 0:
                    component[stack.pop()] = node
    return component


def _ordered(
    groups: Sequence[PlannedGroup], edges: Sequence[set[int]], component: Sequence[int]
) -> tuple[Unit, ...]:
    members: dict[int, list[int]] = {}
    for node, root in enumerate(component):
        members.setdefault(root, []).append(node)
    upstream = {
        root: {component[after] for node in nodes for after in edges[node]} - {root}
        for root, nodes in members.items()
    }
    downstream: dict[int, list[int]] = {root: [] for root in members}
    for root, others in upstream.items():
        for other in others:
            downstream[other].append(root)
    waiting = {root: len(others) for root, others in upstream.items()}
    ready = [(nodes[0], root) for root, nodes in members.items() if not waiting[root]]
    heapify(ready)
    position: dict[int, int] = {}
    units: list[Unit] = []
    while ready:
        _, root = heappop(ready)
        position[root] = len(units)
        units.append(
            Unit(
                tuple(groups[node] for node in members[root]),
                tuple(sorted(position[other] for other in upstream[root])),
            )
        )
        for after in downstream[root]:
            waiting[after] -= 1
            if not waiting[after]:
                heappush(ready, (members[after][0], after))
    return tuple(units)
