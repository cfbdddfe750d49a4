"""A spec's text through the front of the compiler: where the tests of template, expand and parse begin."""

from __future__ import annotations

from dataclasses import dataclass

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostic, Diagnostics, Rejected, Severity
from osmoc.document import Node, Scalar, Sequence, plain
from osmoc.options import Options
from osmoc.passes.expand import expand
from osmoc.passes.parse import parse
from osmoc.passes.template import find_template
from osmoc.passing import Expanded, Template
from osmoc.source import Source


@dataclass(frozen=True)
class Front:
    """How far a text came, and what was said on the way."""

    said: tuple[Diagnostic, ...]
    template: Template | None = None
    expanded: Expanded | None = None
    root: Node | None = None

    @property
    def value(self) -> object:
        """The workflow section's content; everything must have been accepted."""
        assert self.root is not None, self.said
        whole = plain(self.root)
        assert isinstance(whole, dict)
        return whole["workflow"]

    @property
    def text(self) -> str:
        assert self.expanded is not None, self.said
        return self.expanded.text

    @property
    def only(self) -> Diagnostic:
        """The one thing that was said."""
        assert len(self.said) == 1, self.said
        return self.said[0]

    @property
    def error(self) -> Diagnostic:
        """The one error that was said."""
        errors = [one for one in self.said if one.severity is Severity.ERROR]
        assert len(errors) == 1, self.said
        return errors[0]

    def codes(self) -> list[Code]:
        return [one.code for one in self.said]


def through(text: str, options: Options | None = None) -> Front:
    """Template, expand and parse, as far as they go."""
    diagnostics = Diagnostics()
    template = expanded = root = None
    try:
        template = find_template(diagnostics, Source("spec.yaml", text), options or Options())
        expanded = expand(diagnostics, template)
        root = parse(diagnostics, expanded).root
    except Rejected as rejected:
        assert rejected.diagnostics == diagnostics.said
    return Front(diagnostics.said, template, expanded, root)


def field(value: str, values: str = "", options: Options | None = None) -> Front:
    """The same for a workflow whose only field `x` is written so; `values` are lines of default-values."""
    defaults = "default-values:\n" + "".join(f"  {line}\n" for line in values.split("\n")) if values else ""
    return through(f"workflow:\n  x: {value}\n{defaults}", options)


def shown(diagnostic: Diagnostic) -> str:
    """The text that a message points at."""
    return diagnostic.at.source.text[diagnostic.at.start : diagnostic.at.end]


def scalars(node: Node | None) -> list[Scalar]:
    """Every key and value of a document, in order."""
    match node:
        case None:
            return []
        case Scalar():
            return [node]
        case Sequence(items):
            return [scalar for item in items for scalar in scalars(item)]
        case _:
            return [scalar for entry in node.entries for scalar in (entry.key, *scalars(entry.value))]
