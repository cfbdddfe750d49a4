"""Specs of any size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SMALLEST = ROOT / "examples" / "01-hello" / "spec.yaml"

_LOOP = """\
workflow:
  name: many
  resources:
    default: {{cpu: 1, memory: 64Mi, storage: 64Mi}}
  tasks:
  {{% for i in range({tasks}) %}}
  - name: task-{{{{ i }}}}
    image: docker.io/library/busybox:1.36
    command: [sh, -c]
    args: ["echo task {{{{ i }}}}{more}"]
    environment: {{INDEX: "{{{{ i }}}}"}}
    exitActions: {{RESCHEDULE: 1-255}}
  {{% endfor %}}
"""


@dataclass(frozen=True)
class Workload:
    """A template whose loop writes many tasks. `more`: what each says besides. `pool`: the pool file."""

    name: str
    more: str
    pool: str

    def spec(self, tasks: int, folder: Path) -> Path:
        """The spec of that many tasks, in a file of the folder."""
        path = folder / f"{self.name.replace(' ', '-')}-{tasks}.yaml"
        path.write_text(_LOOP.format(tasks=tasks, more=self.more), "utf-8")
        return path

    def options(self, folder: Path) -> tuple[str, ...]:
        """What `osmoc compile` is told besides the spec."""
        if not self.pool:
            return ()
        path = folder / f"{self.name.replace(' ', '-')}.pool"
        path.write_text(self.pool, "utf-8")
        return ("--pool", str(path))


PLAIN = Workload("plain Jobs", "", "cli: never\n")
WITH_DATA = Workload("Jobs with output", ", saved in {{output}}", "")
WORKLOADS = (PLAIN, WITH_DATA)
