"""template: the sections of the file, the variables, and the workflow's text made ready for Jinja."""

from __future__ import annotations

from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.options import Options
from osmoc.passing import Template
from osmoc.source import Source
from osmoc.templating.sections import blanked, check_version, find_sections, preamble
from osmoc.templating.shielding import shield


def find_template(diagnostics: Diagnostics, source: Source, options: Options) -> Template:
    """The workflow section with its run-time tokens hidden, and the values of its variables.

    Raises Rejected for unknown, repeated or missing sections, for default values that are no mapping, and for
    malformed `--set`s.
    """
    if "osmoc:" in source.text:
        from osmoc.templating.ignores import find_ignores

        find_ignores(diagnostics, source)
    sections = find_sections(diagnostics, source)
    workflow = sections["workflow"]
    if "version" in sections:
        check_version(diagnostics, source, sections["version"])
    values: dict[str, object] = {}
    if "default-values" in sections:
        from osmoc.templating.values import default_values

        values.update(default_values(diagnostics, source, sections["default-values"]))
    if options.set or options.set_string or options.set_json:
        from osmoc.templating.values import set_values

        values.update(set_values(diagnostics, options))
    first = min(section.start for section in sections.values())
    text = (
        preamble(diagnostics, source, first)
        + blanked(source.text[first : workflow.start])
        + source.text[workflow.start : workflow.end]
    )
    shielded_text, shielded = shield(diagnostics, source, text, values)
    return Template(source, shielded_text, values, shielded)
