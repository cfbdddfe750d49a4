"""The door to Jinja: a template and its variables in, pieces of output that know their places out.

Jinja knows lines at best, and not those of all that it writes. Here tokens carry offsets where Jinja keeps
line numbers, and each piece of output is a string that carries the place that wrote it, so that macros,
`{% set %}` blocks and `{% call %}` hand the places on. All offsets are those of the text given.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from time import process_time
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError, nodes
from jinja2.compiler import generate
from jinja2.environment import Template
from jinja2.lexer import TokenStream
from jinja2.parser import Parser
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import missing

from osmoc.jinja.marks import Marks
from osmoc.jinja.problems import (
    FILE,
    Kind,
    Problem,
    Running,
    UndefinedUsed,
    blamed,
    nesting_problem,
    runtime_problem,
    syntax_problem,
)
from osmoc.jinja.writing import Rendering, Written, joined, mark_output, written
from osmoc.templating import bounds

__all__ = ["Kind", "Problem", "Rendering", "render", "undefined_beside"]

_MOST_UNDEFINED = 20
_SECONDS_FOR_OTHERS = 1.0
_OTHER_FILES = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)


def render(text: str, values: Mapping[str, object], seconds: float | None = None) -> Rendering:
    """Expand the template within the bounds of `bounds`, `seconds` of processor time if they are given.

    Raises Problem for all that it does wrong.
    """
    marks = Marks(text)
    state = random.getstate()
    try:
        with bounds.enforced(seconds):
            # The same spec gives the same text, also where it asks for chance.
            random.seed(0)
            return _rendered(marks, values)
    except (bounds.Exceeded, MemoryError) as error:
        raise Problem(Kind.TOO_MUCH, str(error) or bounds.MEMORY_EXCEEDED, (0, 0)) from None
    finally:
        random.setstate(state)


def undefined_beside(text: str, values: Mapping[str, object], first: Problem) -> Iterator[Problem]:
    """The other variables without a value that the template prints; `first` is the one that stopped it.

    A stand-in for what is missing goes on as far as it is printed. What a template computes or decides with
    it, nobody knows, so that there the search ends.
    """
    missing_ones = {first.name: _Unknown()}
    began = process_time()
    while len(missing_ones) < _MOST_UNDEFINED and process_time() - began < _SECONDS_FOR_OTHERS:
        try:
            render(text, {**values, **missing_ones}, _SECONDS_FOR_OTHERS)
        except Problem as problem:
            if problem.kind is not Kind.UNDEFINED or problem.name in missing_ones:
                return
            problem.known = [name for name in problem.known if name not in missing_ones]
            missing_ones[problem.name] = _Unknown()
            yield problem
        else:
            return


class _Unknown:
    """Stands for the value of an undefined variable: it and its parts can be printed, and not be judged."""

    __slots__ = ()

    def __str__(self) -> str:
        return ""

    def __getitem__(self, _name: object) -> _Unknown:
        return self

    def __iter__(self) -> Iterator[object]:
        raise TypeError

    def __eq__(self, other: object) -> bool:
        raise TypeError

    def __hash__(self) -> int:
        raise TypeError

    def __bool__(self) -> bool:
        raise TypeError


def _rendered(marks: Marks, values: Mapping[str, object]) -> Rendering:
    rendering = Rendering()
    environment = _Environment(marks)
    tree = _parsed(environment, marks)
    environment.filters.update(mark_output(tree, marks, rendering))
    tree.set_environment(environment)
    template = _compiled(environment, tree, marks)
    pieces = None
    size = 0
    try:
        pieces = template.root_render_func(template.new_context(dict(values)))
        for piece in pieces:
            if type(piece) is not Written:
                piece = _foreign(piece, pieces, template, marks)
            rendering.parts.extend(piece._parts)
            size += len(piece)
            bounds.check_size(size)
    except Exception as error:
        raise runtime_problem(error, Running(template, tree, marks, values)) from None
    except bounds.Exceeded as error:
        at = blamed(error, template)
        raise Problem(Kind.TOO_MUCH, str(error), marks.around(at) if at is not None else (0, 0)) from None
    return rendering


def _foreign(piece: Any, pieces: Any, template: Template, marks: Marks) -> Written:
    """What a `{% call %}` of something that is no macro wrote."""
    line = pieces.gi_frame.f_lineno
    offset = max((at for at, code_line in template.debug_info if code_line <= line), default=0)
    if not isinstance(piece, str):
        raise Problem(Kind.FAILED, "this call gives no text", marks.around(offset))
    return written(str(piece), *marks.around(offset))


def _parsed(environment: SandboxedEnvironment, marks: Marks) -> nodes.Template:
    try:
        tree = Parser(environment, marks.text).parse()
    except TemplateSyntaxError as error:
        raise syntax_problem(error, marks, environment) from None
    except RecursionError:
        raise nesting_problem(marks) from None
    for node in tree.find_all(_OTHER_FILES):
        raise Problem(Kind.OTHER_FILES, "", marks.around(node.lineno), name=marks.tag_at(node.lineno))
    return tree


def _compiled(environment: SandboxedEnvironment, tree: nodes.Template, marks: Marks) -> Template:
    try:
        code = compile(generate(tree, environment, None, None) or "", FILE, "exec")
    except TemplateSyntaxError as error:
        raise syntax_problem(error, marks, environment) from None
    except (SyntaxError, RecursionError):
        raise nesting_problem(marks) from None
    return Template.from_code(environment, code, environment.make_globals(None))


class _Environment(SandboxedEnvironment):
    """The reference's: a sandbox, undefined variables are errors, no other files, nothing added."""

    intercepted_binops = frozenset(bounds.BOUNDED)

    def __init__(self, marks: Marks) -> None:
        super().__init__(undefined=_Undefined)
        self._marks = marks
        for name in bounds.BOUNDED:
            self.binop_table[name] = bounds.bounded(name, self.default_binop_table[name])

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        located = self._marks.located(self.lexer.tokeniter(source, name, filename, state))
        return TokenStream(self.lexer.wrap(located, name, filename), name, filename)

    @staticmethod
    def concat(pieces: Iterable[str]) -> str:
        """What macros and the blocks of `call` and `set` end with: one text, the places of its parts kept."""
        return joined(list(pieces))


class _Undefined(StrictUndefined):
    """An undefined variable, whose error tells which."""

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: type[Exception] = UndefinedError,
    ) -> None:
        raised: Callable[[str], Exception] = partial(UndefinedUsed, hint, obj, name, exc)
        super().__init__(hint, obj, name, raised)  # type: ignore[arg-type]
