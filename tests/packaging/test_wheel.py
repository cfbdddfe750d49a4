"""What is built holds every module and every grammar, and works where it is installed."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a source distribution, as an index would offer it."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)],
        check=True,
        capture_output=True,
        text=True,
        timeout=280,
    )
    (found,) = out.glob("*.whl")
    return found


def in_git(*folders: str) -> set[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *folders],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return {Path(name) for name in listed.splitlines() if (ROOT / name).exists()}


def test_it_holds_every_module_and_every_grammar(wheel: Path) -> None:
    wanted = {
        *(path.relative_to("compiler") for path in in_git("compiler/osmoc")),
        *(path.relative_to("runtime") for path in in_git("runtime/osmoc_runtime")),
        *(Path("osmoc") / path for path in in_git("grammar")),
    }
    names = zipfile.ZipFile(wheel).namelist()
    held = {Path(name) for name in names if ".dist-info/" not in name}
    assert {path.suffix for path in wanted} >= {".py", ".typed", ".lark", ".yaml"}
    assert held == wanted
    assert any(name.endswith("dist-info/licenses/LICENSE") for name in names)


def test_what_is_installed_compiles_the_same(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    spec = str(ROOT / "examples" / "18-serial" / "spec.yaml")
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "import osmoc; assert osmoc.__file__.startswith(sys.path[0])\n"
        f"from osmoc.cli import main; sys.exit(main(['compile', {spec!r}]))\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    installed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, env=environment, timeout=120
    )
    here = subprocess.run([sys.executable, "-m", "osmoc", "compile", spec], capture_output=True, timeout=120)
    assert installed.returncode == 0, installed.stderr.decode()
    assert installed.stdout == here.stdout
