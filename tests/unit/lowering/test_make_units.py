from __future__ import annotations

from itertools import pairwise

from osmoc.lowering.units import make_units
from osmoc.plan import PlannedGroup
from osmoc.source import Source

AT = Source("spec.yaml", "").start()


def units(upstream: dict[str, str], ties: dict[str, str]) -> list[tuple[str, tuple[int, ...]]]:
    """Groups and what each waits for, one letter each, as units: their groups, and the units that they depend
    on.
    """
    groups = [
        PlannedGroup(name, False, True, True, (), tuple(others), False, None, None, AT)
        for name, others in upstream.items()
    ]
    made = make_units(groups, {name: set(others) for name, others in ties.items()})
    return [("".join(group.name for group in unit.groups), unit.upstream) for unit in made]


def test_without_ties_every_group_is_a_unit_in_its_place() -> None:
    assert units({"a": "", "b": "a", "c": "", "d": "bc"}, {}) == [
        ("a", ()),
        ("b", (0,)),
        ("c", ()),
        ("d", (1, 2)),
    ]


def test_a_tie_joins_whichever_end_it_is_written_at() -> None:
    for ties in ({"a": "c"}, {"c": "a"}, {"a": "c", "c": "a"}):
        assert units({"a": "", "b": "", "c": ""}, ties) == [("ac", ()), ("b", ())]


def test_ties_join_through_others() -> None:
    assert units({"a": "", "b": "", "c": "", "d": "c"}, {"a": "b", "b": "c"}) == [("abc", ()), ("d", (0,))]


def test_a_unit_that_would_wait_for_itself_takes_in_what_is_between() -> None:
    assert units({"a": "", "b": "a", "c": "b", "d": "c"}, {"a": "c"}) == [("abc", ()), ("d", (0,))]


def test_units_stay_in_topological_order_when_a_tie_moves_a_group_forward() -> None:
    assert units({"a": "", "b": "", "c": "b", "d": "a"}, {"a": "c"}) == [("b", ()), ("ac", (0,)), ("d", (1,))]


def test_many_groups_tied_in_a_chain_need_no_recursion() -> None:
    names = [f"g{number}" for number in range(3000)]
    groups = [PlannedGroup(name, False, True, True, (), (), False, None, None, AT) for name in names]
    ties = {name: {later} for name, later in pairwise(names)}
    (unit,) = make_units(groups, ties)
    assert len(unit.groups) == 3000
