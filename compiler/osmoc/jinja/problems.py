"""What is wrong with a template, and the place in it that is to blame."""

from __future__ import annotations

import re
import traceback
from collections.abc import Collection, Iterator, Mapping
from enum import Enum, auto
from typing import Any

from jinja2 import Environment, TemplateRuntimeError, TemplateSyntaxError, nodes
from jinja2.environment import Template
from jinja2.exceptions import SecurityError
from jinja2.utils import missing

from osmoc.jinja.marks import Marks
from osmoc.templating import bounds
from osmoc_runtime.values import dataclass

FILE = "<workflow template>"
"""The name of the Python code that Jinja makes, as tracebacks show it."""


class Kind(Enum):
    SYNTAX = auto()
    UNCLOSED = auto()
    UNDEFINED = auto()
    NO_ATTRIBUTE = auto()
    REFUSED = auto()
    FAILED = auto()
    TOO_MUCH = auto()
    OTHER_FILES = auto()


class Problem(Exception):
    """Why a template gives no text, at `place` of it.

    `name`: the variable, attribute, filter or tag at fault. `known`: the names that could have
    stood there. `message`: Jinja's or Python's words, or ours.
    """

    def __init__(
        self, kind: Kind, message: str, place: tuple[int, int], *, name: str = "", known: Collection[str] = ()
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.start, self.end = place
        self.name = name
        self.known = known


class UndefinedUsed(Exception):
    """An undefined variable or attribute was used; `why` is Jinja's exception for it."""

    def __init__(self, hint: str | None, owner: Any, name: Any, why: type[Exception], message: str) -> None:
        super().__init__(message)
        self.hint = hint
        self.owner = owner
        self.name = name
        self.why = why


def syntax_problem(error: TemplateSyntaxError, marks: Marks, environment: Environment) -> Problem:
    """A mistake that Jinja's lexer, parser or compiler saw; `lineno` of the error is an offset."""
    message = error.message or ""
    offset = min(error.lineno, len(marks.text))
    if message.startswith("Missing end of"):
        # The lexer names what it wants, not where it opened.
        start = marks.last_start()
        return Problem(
            Kind.UNCLOSED, message, (start, start + 2), name="#" if "comment" in message else "raw"
        )
    if message.startswith("unexpected end of template"):
        # An expression or a tag is open, not a block.
        start = marks.last_start()
        return Problem(Kind.UNCLOSED, message, (start, start + 2), name=marks.text[start : start + 2])
    if message.startswith("Unexpected end of template"):
        unclosed = marks.unclosed()
        if unclosed is not None:
            return Problem(Kind.UNCLOSED, message, unclosed[1], name=unclosed[0])
        return Problem(Kind.SYNTAX, message, marks.around(marks.last_start()))
    missing_part = re.match(r"No (filter|test) named '(.*?)'", message)
    if missing_part:
        known = environment.filters if missing_part[1] == "filter" else environment.tests
        place = marks.word(_after(marks.text, offset, missing_part[2]))
        return Problem(
            Kind.SYNTAX, message, place, name=missing_part[2], known=[k for k in known if k.isidentifier()]
        )
    unknown_tag = re.match(r"Encountered unknown tag '(.*?)'", message)
    if unknown_tag:
        return Problem(Kind.SYNTAX, message, marks.word(offset), name=unknown_tag[1])
    return Problem(Kind.SYNTAX, message, marks.word(offset))


def nesting_problem(marks: Marks) -> Problem:
    """Python refuses the code that Jinja made."""
    return Problem(Kind.TOO_MUCH, "the template's blocks or expressions are nested too deep", marks.word(0))


@dataclass(frozen=True, slots=True)
class Running:
    """A template that runs: as code, as the tree that the code was made of, and with its variables."""

    template: Template
    tree: nodes.Template
    marks: Marks
    values: Mapping[str, object]


def runtime_problem(error: Exception, running: Running) -> Exception:
    """The problem that an exception stands for; the exception itself where no template ran."""
    if isinstance(error, Problem):
        return error
    offset = blamed(error, running.template)
    if offset is None:
        return error
    place = running.marks.around(offset)
    if isinstance(error, UndefinedUsed):
        return _undefined(error, running, place)
    if isinstance(error, SecurityError):
        return Problem(Kind.REFUSED, str(error), place)
    if isinstance(error, RecursionError):
        return Problem(Kind.TOO_MUCH, "macros call each other without an end", place)
    if isinstance(error, MemoryError):
        return Problem(Kind.TOO_MUCH, bounds.MEMORY_EXCEEDED, place)
    if isinstance(error, TemplateRuntimeError):
        found = re.match(r"No (?:filter|test) named '(.*?)'", str(error))
        kind = Kind.SYNTAX if found else Kind.FAILED
        return Problem(kind, str(error), place, name=found[1] if found else "")
    return Problem(Kind.FAILED, str(error), place, name=type(error).__name__)


def blamed(error: BaseException, template: Template) -> int | None:
    """The offset of what ran in the template when the exception came; None where nothing of it did."""
    line = None
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == FILE:
            line = number
    if line is None:
        return None
    offset = 0
    for at, code_line in template.debug_info:
        if code_line > line:
            break
        offset = at
    return offset


def _undefined(error: UndefinedUsed, running: Running, place: tuple[int, int]) -> Problem:
    name = error.name if isinstance(error.name, str) else ""
    if issubclass(error.why, SecurityError):
        return Problem(Kind.REFUSED, str(error), _attribute(running, place, name), name=name)
    if error.hint is not None:
        return Problem(Kind.FAILED, error.hint, place, name=name)
    if error.owner is not missing:
        known = (
            [key for key in error.owner if isinstance(key, str)] if isinstance(error.owner, Mapping) else []
        )
        at = _attribute(running, place, name)
        return Problem(Kind.NO_ATTRIBUTE, str(error), at, name=str(error.name), known=known)
    names = running.tree.find_all(nodes.Name)
    use = _nearest([node.lineno for node in names if node.name == name and node.ctx == "load"], place)
    at = place if use is None else (use, use + len(name))
    known = [*running.values, *_set_names(running.tree)]
    return Problem(Kind.UNDEFINED, str(error), at, name=name, known=known)


def _attribute(running: Running, place: tuple[int, int], name: str) -> tuple[int, int]:
    """Where `.name` or `['name']` stands."""
    uses = [node.lineno for node in running.tree.find_all(nodes.Getattr) if node.attr == name]
    uses += [
        node.lineno
        for node in running.tree.find_all(nodes.Getitem)
        if isinstance(node.arg, nodes.Const) and node.arg.value == name
    ]
    use = _nearest(uses, place)
    if use is None or not name:
        return place
    start = _after(running.marks.text, use, name)
    return start, start + len(name)


def _nearest(offsets: list[int], place: tuple[int, int]) -> int | None:
    """The first offset within the place; else the first behind it, else the last before it."""
    behind = [offset for offset in offsets if offset >= place[0]]
    return min(behind) if behind else max(offsets, default=None)


def _after(text: str, offset: int, word: str) -> int:
    found = text.find(word, offset)
    return offset if found < 0 else found


def _set_names(tree: nodes.Template) -> Iterator[str]:
    for name in tree.find_all(nodes.Name):
        if name.ctx != "load":
            yield name.name
    for macro in tree.find_all(nodes.Macro):
        yield macro.name
