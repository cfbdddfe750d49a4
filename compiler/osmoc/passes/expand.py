"""expand: the template's text, and for each piece of it the place that wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osmoc import collector
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics, Rejected
from osmoc.passing import Expanded, SourceMap, Template
from osmoc.source import Span
from osmoc.templating.shielding import unshield

if TYPE_CHECKING:
    from osmoc.jinja import Rendering


def expand(diagnostics: Diagnostics, template: Template) -> Expanded:
    """Run Jinja as the reference does: in a sandbox, an undefined variable being an error.

    Run-time tokens come through. Raises Rejected where the template is wrong, or takes more time or memory
    than a template may.
    """
    text = template.text
    if not any(opening in text for opening in ("{{", "{%", "{#")):
        return _unchanged(template)
    # Jinja is imported only for those who use it: that takes as long as the rest of a small compilation.
    from osmoc import jinja

    with collector.paused():
        try:
            rendering = jinja.render(text, template.values)
        except jinja.Problem as problem:
            from osmoc.templating.complaints import complain

            complain(diagnostics, problem, template)
            if problem.kind is jinja.Kind.UNDEFINED:
                for other in jinja.undefined_beside(text, template.values, problem):
                    complain(diagnostics, other, template)
            raise Rejected(diagnostics.said) from None
        for start, end, printed in rendering.objects:
            diagnostics.warning(
                Code.TEMPLATE_PRINTS_OBJECT,
                "this prints a Python object",
                template.source.span(start, end, printed),
                help="add `| list` or `| join(' ')` behind a filter that gives many values",
            )
        return _mapped(template, rendering)


def _unchanged(template: Template) -> Expanded:
    # Jinja, too, drops one line end at the end of a template.
    text = unshield(template.text, template.shielded)(template.text.removesuffix("\n"))
    whole = template.source.span(0, len(text))
    return Expanded(text, SourceMap(template.source, (0,), (whole,), (True,), text))


def _mapped(template: Template, rendering: Rendering) -> Expanded:
    starts: list[int] = []
    origins: list[Span] = []
    verbatim: list[bool] = []
    spans: dict[tuple[int, int], Span] = {}
    position = 0
    source = template.source
    for text, start, end, copied in rendering.parts:
        if not text:
            continue
        span = spans.get((start, end))
        if span is None:
            span = spans[start, end] = source.span(start, end)
        starts.append(position)
        origins.append(span)
        verbatim.append(copied)
        position += len(text)
    whole = unshield(template.text, template.shielded)("".join([part[0] for part in rendering.parts]))
    return Expanded(whole, SourceMap(source, tuple(starts), tuple(origins), tuple(verbatim), whole))
