"""Every example gives exactly the manifests in `golden/`, compared as users do it: `osmoc compile --check`.

Variants stand in an example's `options.txt`, each a name, a colon and options; without it there is `plain`.
Examples of pools have pools of their own.
"""

from __future__ import annotations

import base64
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from osmoc_runtime import contract, packing
from tests.command_line import osmoc
from tests.conftest import Expected

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
GOLDEN = ROOT / "golden"
FOLDERS = {GOLDEN / "19-group" / "folder"}
"""Expected as `-o DIR` writes it."""


@dataclass(frozen=True)
class Case:
    example: str
    variant: str
    pool: str
    options: tuple[str, ...]

    @property
    def spec(self) -> str:
        return f"examples/{self.example}/spec.yaml"

    @property
    def golden(self) -> Path:
        return GOLDEN / self.example / f"{self.variant}.yaml"

    def __str__(self) -> str:
        return f"{self.example}-{self.variant}".replace("/", "-")


def cases() -> list[Case]:
    found = []
    for spec in sorted(EXAMPLES.rglob("spec.yaml")):
        example = spec.parent.relative_to(EXAMPLES).as_posix()
        options = spec.with_name("options.txt")
        pool = spec.with_name("pool.yaml") if (spec.parent / "pool.yaml").exists() else GOLDEN / "pool.yaml"
        lines = options.read_text("utf-8").splitlines() if options.exists() else ["plain:"]
        for line in lines:
            variant, _, written = line.partition(":")
            given = shlex.split(written)
            named = f":{given.pop(0)}" if example.startswith("pools/") and given else ""
            found.append(Case(example, variant, pool.relative_to(ROOT).as_posix() + named, tuple(given)))
    return found


CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_example_gives_exactly_the_expected_manifests(case: Case, expected: Expected) -> None:
    command = ["compile", case.spec, "--pool", case.pool, *case.options]
    if expected.blessing:
        expected.equals(case.golden, osmoc(command, ROOT).out)
    where = str(case.golden.relative_to(ROOT))
    done = osmoc([*command, "-o", where, "--check"], ROOT)
    assert (done.code, done.err) == (0, ""), (
        f"{done.err}\n{done.out}\nwhere the new text is right: tests/run bless"
    )


def test_a_folder_holds_exactly_the_expected_files(expected: Expected, tmp_path: Path) -> None:
    (golden,) = FOLDERS
    command = ["compile", f"examples/{golden.parent.name}/spec.yaml", "--pool", "golden/pool.yaml", "-o"]
    if expected.blessing:
        assert osmoc([*command, f"{tmp_path}/"], ROOT).code == 0
        for path in sorted(tmp_path.iterdir()):
            expected.equals(golden / path.name, path.read_text("utf-8"))
        for path in sorted(golden.iterdir()):
            if not (tmp_path / path.name).exists():
                expected.orphan(path)
    done = osmoc([*command, str(golden.relative_to(ROOT)), "--check"], ROOT)
    assert (done.code, done.err) == (0, ""), f"{done.out}\nwhere the new text is right: tests/run bless"


def test_every_expected_file_belongs_to_an_example(expected: Expected) -> None:
    wanted = {case.golden for case in CASES} | {GOLDEN / "pool.yaml"}
    for path in sorted(GOLDEN.rglob("*.yaml")):
        if path not in wanted and path.parent not in FOLDERS:
            expected.orphan(path)


def test_another_process_in_another_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    shutil.copytree(EXAMPLES, copy)
    script = (
        "import pathlib, sys\n"
        "from tests.command_line import osmoc\n"
        "for line in sys.stdin.read().splitlines():\n"
        "    name, *given = line.split('\\t')\n"
        "    done = osmoc(['compile', *given], pathlib.Path.cwd())\n"
        "    pathlib.Path(name).write_bytes(done.out.encode())\n"
    )
    wanted = {f"{case}.out": case for case in CASES}
    lines = [
        "\t".join(
            [name, str(copy / case.example / "spec.yaml"), "--pool", str(ROOT / case.pool), *case.options]
        )
        for name, case in wanted.items()
    ]
    environment = os.environ | {
        "PYTHONHASHSEED": "4711",
        "PYTHONPATH": str(ROOT),
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
    }
    subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment,
        input="\n".join(lines),
        text=True,
        check=True,
    )
    differing = [
        name for name, case in wanted.items() if (tmp_path / name).read_bytes() != case.golden.read_bytes()
    ]
    assert differing == []


def test_the_built_in_pool_brings_the_agent_along() -> None:
    done = osmoc(["compile", "examples/01-hello/spec.yaml"], ROOT)
    agent = next(
        body for body in yaml.safe_load_all(done.out) if contract.ARCHIVE_KEY in body.get("binaryData", {})
    )
    assert base64.b64decode(agent["binaryData"][contract.ARCHIVE_KEY]) == packing.agent_archive()
