"""The complaints about shapes: unknown and missing fields, wrong types (reference osmo-spec 1.2)."""

from __future__ import annotations

from typing import Any, Final

from osmoc import document, schemas
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.document import Entry, Node, Scalar, Sequence
from osmoc.schemas import Kind, Problem

_WORDS: Final = {
    "string": "text",
    "text": "text",
    "scalar": "text or a number",
    "boolean": "`true` or `false`",
    "flag": "`true` or `false`",
    "integer": "a whole number",
    "whole_number": "a whole number",
    "duration": "a duration",
    "list": "a list",
    "dict": "a mapping",
}

_MEANT: Final = {
    "env": "environment",
    "envs": "environment",
    "entrypoint": "command",
    "cmd": "command",
    "mounts": "volumeMounts",
    "volumes": "volumeMounts",
    "host_network": "hostNetwork",
    "depends_on": "inputs",
    "dependsOn": "inputs",
    "dependencies": "inputs",
    "checkpoints": "checkpoint",
    "secrets": "credentials",
    "retries": "exitActions",
    "retry": "exitActions",
    "disk": "storage",
    "ephemeral-storage": "storage",
    "cpus": "cpu",
    "gpus": "gpu",
    "mem": "memory",
    "content": "contents",
    "source": "localpath",
    "interval": "frequency",
}
"""Fields of other languages and of older releases, and what this one calls them."""


def check_shape(diagnostics: Diagnostics, part: str, mapping: document.Mapping, what: str) -> None:
    """Complain about everything that is wrong with the shape; `what` names the mapping in a sentence."""
    for problem in schemas.problems(part, mapping):
        _say(diagnostics, part, problem, mapping, what)


def _say(diagnostics: Diagnostics, part: str, problem: Problem, top: document.Mapping, what: str) -> None:
    match problem.kind:
        case Kind.UNKNOWN_FIELD:
            entry = _entry(_node(top, problem.path[:-1]), problem.path[-1])
            owner = _owner(problem.path[:-1], what)
            diagnostics.error(
                Code.UNKNOWN_FIELD,
                f"{owner} has no field `{problem.path[-1]}`",
                entry.key.at,
                help=suggestion(part, problem),
            )
        case Kind.MISSING_FIELD:
            place = _node(top, problem.path[:-1]).at
            owner = _owner(problem.path[:-1], what)
            diagnostics.error(
                Code.MISSING_FIELD, f"{owner} has no `{problem.path[-1]}`, which it needs", place
            )
        case Kind.TOO_FEW:
            name = problem.path[-1]
            diagnostics.error(
                Code.TOO_FEW,
                f"`{name}` of {what} is empty, and at least one is needed",
                _node(top, problem.path).at,
            )
        case Kind.WRONG_KEY:
            entry = _entry(_node(top, problem.path[:-1]), problem.path[-1])
            diagnostics.error(
                Code.WRONG_TYPE,
                f"the key `{entry.key.value}` is {kind_of(entry.key)} here, and text is needed",
                entry.key.at,
                help=f'write `"{entry.key.value}"`',
            )
        case Kind.WRONG_TYPE:
            _say_wrong_type(diagnostics, problem, top)


def _say_wrong_type(diagnostics: Diagnostics, problem: Problem, top: document.Mapping) -> None:
    node = _node(top, problem.path)
    wanted = " or ".join(dict.fromkeys(_WORDS[name] for name in problem.wanted))
    diagnostics.error(
        Code.WRONG_TYPE,
        f"{_named(problem.path)} is {kind_of(node)} here, and {wanted} is needed",
        node.at,
        help=_mended(problem, node),
    )


def suggestion(part: str, problem: Problem) -> str:
    """What the unknown field may have been meant to be, or where it belongs."""
    from osmoc.diagnostics.suggest import did_you_mean

    name = str(problem.path[-1])
    if _MEANT.get(name) in problem.fields:
        return f"write `{_MEANT[name]}`"
    close = did_you_mean(name, problem.fields)
    if close:
        return close
    places = schemas.places_of(name)
    if places and part in schemas.SPEC_PARTS:
        return f"`{name}` is a field of {' and of '.join(places)}"
    return ""


def kind_of(node: Node) -> str:
    """What the node is, in words."""
    match node:
        case document.Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case Scalar(None):
            return "empty"
        case Scalar(bool() as value):
            return f"`{str(value).lower()}`"
        case Scalar(str()):
            return "text"
        case Scalar(int() | float()):
            return "a number"
        case Scalar():
            return "a date"


def _mended(problem: Problem, node: Node) -> str:
    name = problem.path[-1]
    match node:
        case Scalar(None):
            if isinstance(name, int):
                return ""
            return f"give `{name}` a value" if problem.required else f"give `{name}` a value, or leave it out"
        case Scalar(str() as value) if problem.wanted == ("list",):
            return (
                f"write `{name}: [{value}]`"
                if value.isidentifier()
                else f"write `{name}:` and `- {value}` below it"
            )
        case Scalar(value) if value is not None and {"string", "text"} & set(problem.wanted):
            return (
                "put it in quotes"
                if isinstance(node.value, bool | int | float) or not isinstance(node.value, str)
                else ""
            )
        case _:
            return ""


def _named(path: tuple[Any, ...]) -> str:
    """The place in words: `image`, or entry 2 of `args`."""
    name = path[-1]
    if isinstance(name, int):
        return f"entry {name + 1} of `{path[-2]}`" if len(path) > 1 else f"entry {name + 1}"
    return f"`{name}`"


def _owner(path: tuple[Any, ...], what: str) -> str:
    """What has the field: the judged mapping itself, or a mapping in it."""
    return f"{_named(path)} of {what}" if path else what


def _node(top: document.Mapping, path: tuple[Any, ...]) -> Node:
    node: Node = top
    for step in path:
        node = node.items[step] if isinstance(node, Sequence) else _entry(node, step).value
    return node


def _entry(node: Node, name: object) -> Entry:
    assert isinstance(node, document.Mapping)
    return next(entry for entry in node.entries if entry.key.value == name)
