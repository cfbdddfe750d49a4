"""Specs of any size."""

from __future__ import annotations

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
    args: ["echo task {{{{ i }}}}, saved in {{{{output}}}}"]
    environment: {{INDEX: "{{{{ i }}}}"}}
    exitActions: {{RESCHEDULE: 1-255}}
  {{% endfor %}}
"""


def loop(tasks: int, folder: Path) -> Path:
    """A template whose loop writes that many tasks."""
    path = folder / f"loop-{tasks}.yaml"
    path.write_text(_LOOP.format(tasks=tasks), "utf-8")
    return path
