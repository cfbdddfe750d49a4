"""parse: the expanded text, read as YAML."""

from __future__ import annotations

from osmoc import yamltext
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics, Rejected
from osmoc.document import Document, Mapping
from osmoc.passing import Expanded


def parse(diagnostics: Diagnostics, expanded: Expanded) -> Document:
    """The document, every part with its place in the template. Raises Rejected where the text is no YAML.

    Scalars are those of YAML 1.1, as in the reference: `yes` is true, `010` is eight, `1:30` is ninety.
    """
    root = yamltext.load_mapped(diagnostics, expanded.text, expanded.origins)
    if not isinstance(root, Mapping):
        # `workflow:x` is a text to YAML.
        diagnostics.error(
            Code.YAML_SYNTAX,
            "a blank is missing behind `workflow:`",
            root.at,
            help="write `workflow:`, and what belongs to it indented below",
        )
        raise Rejected(diagnostics.said)
    return Document(root)
