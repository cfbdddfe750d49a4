"""A spec's workflow section, through the back of the compiler: what the tests of resolve, lower, emit and
verify begin with.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from osmoc import yamltext
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostic, Diagnostics, Rejected
from osmoc.document import Document, Mapping
from osmoc.options import Options
from osmoc.passes.check import check
from osmoc.passes.emit import emit
from osmoc.passes.lower import lower
from osmoc.passes.resolve import resolve
from osmoc.passing import Manifests, Resolved
from osmoc.plan import Plan, PlannedTask
from osmoc.pool import Pool
from osmoc.source import Source
from osmoc.spec import Workflow

NOWHERE = Path(__file__).parent
NO_PLATFORMS = Pool()
NO_OPTIONS = Options()


@dataclass(frozen=True)
class Back:
    """How to compile: the pool, the command line and the spec's folder."""

    pool: Pool = NO_PLATFORMS
    options: Options = NO_OPTIONS
    folder: Path = NOWHERE

    def workflow(self, text: str, diagnostics: Diagnostics | None = None) -> Workflow:
        said = diagnostics or Diagnostics()
        root = yamltext.load_marked(Source("some/folder/spec.yaml", text), said)
        assert isinstance(root, Mapping)
        return check(said, Document(root), self.pool, self.options)

    def resolved(self, text: str, diagnostics: Diagnostics | None = None) -> Resolved:
        said = diagnostics or Diagnostics()
        return resolve(said, self.workflow(text, said), self.folder, self.options)

    def plan(self, text: str, diagnostics: Diagnostics | None = None) -> Plan:
        said = diagnostics or Diagnostics()
        return lower(said, self.resolved(text, said), self.pool, self.options)

    def manifests(self, text: str, diagnostics: Diagnostics | None = None) -> Manifests:
        said = diagnostics or Diagnostics()
        return emit(said, self.plan(text, said), self.pool, self.options)

    def complaints(self, text: str) -> tuple[Diagnostic, ...]:
        """All that resolve and lower say, warnings too."""
        diagnostics = Diagnostics()
        try:
            self.plan(text, diagnostics)
        except Rejected as rejected:
            return rejected.diagnostics
        return diagnostics.said

    def codes(self, text: str) -> list[Code]:
        """The codes of what they say."""
        return [said.code for said in self.complaints(text)]


BACK = Back()
"""No pool, no options, and a folder without files."""


def spec(*tasks: str, head: str = "") -> str:
    """A workflow `w` of tasks, each given by its fields but for image and command."""
    lines = ["workflow:", "  name: w", *(f"  {line}" for line in head.splitlines()), "  tasks:"]
    for task in tasks:
        fields = ["image: ubuntu", "command: [sh]", *task.splitlines()]
        lines += [f"  {'- ' if number == 0 else '  '}{field}" for number, field in enumerate(fields)]
    return "\n".join(lines) + "\n"


def only(plan: Plan) -> PlannedTask:
    """The one task of a plan."""
    (group,) = plan.groups
    (task,) = group.tasks
    return task
