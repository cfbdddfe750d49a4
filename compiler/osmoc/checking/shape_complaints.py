"""Wrong shapes in words: unknown and missing fields, wrong types (reference osmo-spec 1.2)."""

from __future__ import annotations

import re
from typing import Any, Final

from osmoc import document, schemas
from osmoc.checking.shape import Codes, kind_of
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.diagnostics.suggest import nearest
from osmoc.document import Entry, Node, Scalar, Sequence
from osmoc.schemas import Kind, Problem
from osmoc.shapes import SPEC_PARTS
from osmoc.source import Span
from osmoc_runtime.values import dataclass

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

_SECRET: Final = re.compile(
    r"access.?key|secret.?key|session.?token|password|passwd|token|private.?key", re.IGNORECASE
)

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


def complain(diagnostics: Diagnostics, part: str, mapping: document.Mapping, what: str, codes: Codes) -> None:
    """Say what Cerberus finds wrong, each at its place."""
    problems = schemas.problems(part, mapping)
    misspelt = {(*problem.path[:-1], meant) for problem in problems if (meant := _meant(problem)) is not None}
    for problem in problems:
        # A field that was written under another name is not missing as well.
        if problem.kind is not Kind.MISSING_FIELD or problem.path not in misspelt:
            _Complaint(diagnostics, part, mapping, what, codes).say(problem)


def _meant(problem: Problem) -> str | None:
    """The field that an unknown one was meant to be, where that can be told."""
    if problem.kind is not Kind.UNKNOWN_FIELD:
        return None
    name = str(problem.path[-1])
    known = _MEANT.get(name)
    return known if known in problem.fields else nearest(name, problem.fields)


@dataclass(frozen=True, slots=True)
class _Complaint:
    """Puts the problems of one judged mapping into words."""

    diagnostics: Diagnostics
    part: str
    top: document.Mapping
    what: str
    codes: Codes

    def say(self, problem: Problem) -> None:
        match problem.kind:
            case Kind.UNKNOWN_FIELD:
                self._unknown(problem)
            case Kind.MISSING_FIELD:
                self._say(
                    self.codes.missing,
                    f"{self._owner(problem)} has no `{problem.path[-1]}`, which it needs",
                    _node(self.top, problem.path[:-1]).at,
                )
            case Kind.TOO_FEW:
                message = f"`{problem.path[-1]}` of {self.what} is empty, and at least one is needed"
                self._say(self.codes.too_few, message, _node(self.top, problem.path).at)
            case Kind.WRONG_KEY:
                key = _entry(_node(self.top, problem.path[:-1]), problem.path[-1]).key
                message = f"the key `{key.value}` is {kind_of(key)} here, and text is needed"
                self._say(self.codes.wrong_type, message, key.at, f'write `"{key.value}"`')
            case Kind.WRONG_TYPE:
                self._wrong_type(problem)

    def _unknown(self, problem: Problem) -> None:
        name = str(problem.path[-1])
        at = _entry(_node(self.top, problem.path[:-1]), problem.path[-1]).key.at
        if self.codes.secret is not None and _SECRET.search(name):
            self._say(
                self.codes.secret,
                f"no pool file holds a secret, and `{name}` looks like one",
                at,
                "put it into the Secret of the pods' namespace that `storage.secret` names",
            )
            return
        message = f"{self._owner(problem)} has no field `{name}`"
        self._say(self.codes.unknown, message, at, suggestion(self.part, problem))

    def _wrong_type(self, problem: Problem) -> None:
        node = _node(self.top, problem.path)
        wanted = " or ".join(dict.fromkeys(_WORDS[name] for name in problem.wanted))
        message = f"{_named(self.top, problem.path)} is {kind_of(node)} here, and {wanted} is needed"
        self._say(self.codes.wrong_type, message, node.at, _mended(problem, node))

    def _owner(self, problem: Problem) -> str:
        """What has the field: the judged mapping itself, or a mapping in it."""
        inside = problem.path[:-1]
        return f"{_named(self.top, inside)} of {self.what}" if inside else self.what

    def _say(self, code: Code, message: str, at: Span, advice: str = "") -> None:
        self.diagnostics.error(code, message, at, help=advice)


def suggestion(part: str, problem: Problem) -> str:
    """What the unknown field may have been meant to be, or where it belongs."""
    name = str(problem.path[-1])
    meant = _meant(problem)
    if meant is not None:
        return f"write `{meant}`" if _MEANT.get(name) == meant else f"did you mean `{meant}`?"
    places = schemas.places_of(name)
    if places and part in SPEC_PARTS:
        return f"`{name}` is a field of {' and of '.join(places)}"
    return ""


def _mended(problem: Problem, node: Node) -> str:
    name = problem.path[-1]
    match node:
        case Scalar(None):
            if isinstance(name, int):
                return "write what it is, or take it out"
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


def _named(top: document.Mapping, path: tuple[Any, ...]) -> str:
    """The place in words: `image`, or entry 2 of `args`."""
    if isinstance(_node(top, path[:-1]), Sequence):
        return f"entry {path[-1] + 1} of `{path[-2]}`"
    return f"`{path[-1]}`"


def _node(top: document.Mapping, path: tuple[Any, ...]) -> Node:
    node: Node = top
    for step in path:
        node = node.items[step] if isinstance(node, Sequence) else _entry(node, step).value
    return node


def _entry(node: Node, name: object) -> Entry:
    assert isinstance(node, document.Mapping)
    return next(entry for entry in node.entries if document.key_of(entry.key) == name)
