"""Names of the workflow, its groups and tasks (reference osmo-spec 2.1)."""

from __future__ import annotations

import re
from typing import Final

from osmoc.checking.fields import Part
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics, Label
from osmoc.spec import Group, Text
from osmoc_runtime import contract

MOST: Final = 64
# A task outside a group makes the group `<task>-group`, which has to keep within MOST.
MOST_ALONE: Final = MOST - len("-group")

_NAME = re.compile(r"[a-zA-Z]([a-zA-Z0-9_-]*[a-zA-Z0-9])?")
_RULE = "a letter first, then letters, digits, `-` and `_`, and no `-` or `_` at the end"


def is_name(text: str) -> bool:
    """Whether the reference would take the text as a name, its length aside."""
    return _NAME.fullmatch(text) is not None


def name_of(part: Part, what: str, *, most: int = MOST) -> Text:
    """The part's `name`, complained about where it cannot be one."""
    name = part.string("name")
    if name is None:
        return Text("", part.at)
    if not is_name(name.value):
        part.diagnostics.error(
            Code.NAME_MALFORMED,
            f"`{name.value}` is no name for a {what}",
            name.at,
            help=_mended(name.value),
            note=_RULE,
        )
    elif len(name.value) > most:
        why = "outside a group " if most == MOST_ALONE else ""
        part.diagnostics.error(
            Code.NAME_TOO_LONG,
            f"the {what}'s name has {len(name.value)} letters, and {why}{most} are the most",
            name.at,
        )
    return name


def task_name(part: Part, *, alone: bool) -> Text:
    """The task's `name`, complained about where it cannot be one."""
    name = name_of(part, "task", most=MOST_ALONE if alone else MOST)
    if _normal(name.value) == contract.CONTROL:
        part.diagnostics.error(
            Code.NAME_RESERVED,
            f"no task can be called `{name.value}`, for `{contract.CONTROL}` is the container beside it",
            name.at,
        )
    return name


def check_unique(diagnostics: Diagnostics, groups: tuple[Group, ...]) -> None:
    """Tasks and groups share one space of names, in which case counts for nothing and `_` is `-`."""
    first: dict[str, tuple[Text, str]] = {}
    for group in groups:
        free = [_claim(diagnostics, first, task.name, "task") for task in group.tasks]
        if group.written:
            _claim(diagnostics, first, group.name, "group")
        elif all(free):
            _claim(diagnostics, first, group.name, "group of a task")


def claim_alone(name: str, taken: set[str]) -> bool:
    """Whether a task outside a group can have the name beside those in `taken`, to which it is added."""
    normal = _normal(name)
    group = f"{normal}-group"
    if normal == contract.CONTROL or normal in taken or group in taken:
        return False
    taken.update((normal, group))
    return True


def _claim(diagnostics: Diagnostics, first: dict[str, tuple[Text, str]], name: Text, what: str) -> bool:
    """Whether the name was free; of names that are none, each is."""
    if not name.value:
        return True
    seen = first.setdefault(_normal(name.value), (name, what))
    if seen[0] is not name:
        _say_taken(diagnostics, name, what, seen)
    return seen[0] is name


def _say_taken(diagnostics: Diagnostics, name: Text, what: str, seen: tuple[Text, str]) -> None:
    other, other_what = seen
    same = name.value == other.value
    diagnostics.error(
        Code.NAME_TAKEN,
        f"the name `{name.value}` is taken"
        if same
        else f"the name `{name.value}` is taken by `{other.value}`",
        name.at,
        labels=(Label(other.at, f"by this {other_what}"),),
        note="tasks and groups share their names, in which case does not count and `_` is `-`"
        if not same or what != other_what
        else "",
    )


def _normal(name: str) -> str:
    return name.lower().replace("_", "-")


def _mended(name: str) -> str:
    mended = re.sub(r"[^a-zA-Z0-9_-]+", "-", name.strip()).strip("-_")
    mended = re.sub(r"^[^a-zA-Z]+", "", mended)
    return f"write `{mended}`" if mended and is_name(mended) else ""
