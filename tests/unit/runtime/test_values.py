"""The quick `dataclass` does what the standard library's does."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import field
from typing import Any

import pytest

from osmoc_runtime import values


@dataclasses.dataclass(frozen=True, slots=True)
class Standard:
    """The yardstick."""

    name: str
    size: int = 1
    parts: list[str] = field(default_factory=list)


@values.dataclass(frozen=True, slots=True)
class Quick:
    """The same, made quickly."""

    name: str
    size: int = 1
    parts: list[str] = field(default_factory=list)


@values.dataclass(frozen=True, slots=True)
class Larger(Quick):
    more: tuple[int, ...] = ()

    def __hash__(self) -> int:
        return 7


@values.dataclass(frozen=True, slots=True)
class Single:
    part: object


@values.dataclass(frozen=True, slots=True)
class Nothing:
    pass


@pytest.mark.parametrize("given", [("a",), ("a", 2), ("a", 2, ["x"])])
def test_it_is_shown_and_compared_as_the_standard_library_does_it(given: tuple[Any, ...]) -> None:
    assert repr(Quick(*given)) == repr(Standard(*given)).replace("Standard", "Quick")
    assert dataclasses.asdict(Quick(*given)) == dataclasses.asdict(Standard(*given))
    assert Quick(*given) == Quick(*given)
    assert Quick(*given) != Quick("b")
    other: object = Standard(*given)
    assert Quick(*given) != other


def test_defaults_are_made_anew() -> None:
    assert Quick("a").parts is not Quick("a").parts


def test_nothing_in_it_can_change_and_nothing_be_added() -> None:
    quick: Any = Quick("a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        quick.name = "b"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del quick.name
    assert not hasattr(quick, "__dict__")


def test_equal_ones_have_equal_hashes() -> None:
    assert hash(Single(("a", 1))) == hash(Single(("a", 1)))
    assert Single((1, 1)) != Single(1)
    assert Nothing() == Nothing()
    assert len({Nothing(), Nothing(), Single(1), Single(1), Single(2)}) == 3


def test_own_methods_and_inherited_fields_stay() -> None:
    larger = Larger("a", 2, ["x"], (3,))
    assert (larger.name, larger.more, hash(larger)) == ("a", (3,), 7)
    match larger:
        case Larger(name, size):
            assert (name, size) == ("a", 2)


def test_it_is_replaced_copied_and_pickled() -> None:
    quick = Quick("a", parts=["x"])
    assert dataclasses.replace(quick, size=5) == Quick("a", 5, ["x"])
    assert copy.deepcopy(quick) == quick
    assert pickle.loads(pickle.dumps(Nothing())) == Nothing()


def test_a_missing_value_is_an_error() -> None:
    make: Any = Quick
    with pytest.raises(TypeError, match="name"):
        make()
