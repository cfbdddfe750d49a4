"""Wrong specs and the exact words: the marks in a spec and the `.stderr` beside it must both match.

A case is `<pass>/<what-is-wrong>.yaml`. Options stand in a first line `# options: --set a=b`; a first line
`# beside: folder/file 1000000` makes a file of that many bytes for the case. A line that
something is said about ends in `# error: [OSM0501] a part of the message` or `# warning: …`; a case whose
complaints are about another file, or about the command line, has no marks.
"""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from osmoc.diagnostics.codes import WARNINGS, Code
from tests.command_line import osmoc
from tests.conftest import Expected

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*/*.yaml"))

MARK = re.compile(r"# (error|warning): \[(OSM\d{4})\] (.*?)(?= # (?:error|warning): \[|$)")
HEAD = re.compile(r"^(error|warning)\[(OSM\d{4})\]: (.*)\n +--> (.*)$", re.MULTILINE)
PLACE = re.compile(r"(.*):(\d+):\d+")


@pytest.fixture(autouse=True)
def _no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", CASES, ids=named)
def test_a_wrong_spec_is_answered_in_exactly_these_words(
    path: Path, expected: Expected, tmp_path: Path
) -> None:
    given = options(path)
    done = osmoc(["compile", path.name, *given], folder_of(path, tmp_path))

    said = [
        Said(severity, code, message, *place(where))
        for severity, code, message, where in HEAD.findall(done.err)
    ]
    assert said, f"nothing was said\n{done.err}"
    errors = any(one.severity == "error" for one in said)
    assert (done.code, bool(done.out)) == ((1, False) if errors else (0, True)), done.err
    beside = [
        path.parent / one.partition(":")[0] for one in given if one.endswith(".pool") or ".pool:" in one
    ]
    check_marks([path, *beside], said, done.err)
    expected.equals(path.with_suffix(".stderr"), done.err)


class Said(NamedTuple):
    severity: str
    code: str
    message: str
    file: str
    line: int


def options(path: Path) -> list[str]:
    first = path.read_bytes().partition(b"\n")[0].decode("utf-8", "replace")
    return shlex.split(first.removeprefix("# options:")) if first.startswith("# options:") else []


def folder_of(path: Path, own: Path) -> Path:
    """Where the case is called: its folder, or a copy of it with a file that is too large for git."""
    first = path.read_bytes().partition(b"\n")[0].decode("utf-8", "replace")
    if not first.startswith("# beside:"):
        return path.parent
    name, size = first.removeprefix("# beside:").split()
    shutil.copy(path, own)
    (own / name).parent.mkdir()
    (own / name).write_bytes(bytes(int(size)))
    return own


def place(where: str) -> tuple[str, int]:
    """File and line; line 0 for a file as a whole."""
    found = PLACE.fullmatch(where)
    return (found[1], int(found[2])) if found else (where, 0)


def check_marks(paths: list[Path], said: list[Said], err: str) -> None:
    """Each mark is said at its line; where a file has marks, all that is said at its lines is marked."""
    left = list(said)
    marked = set()
    for path in paths:
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").split("\n"), 1):
            for severity, code, part in MARK.findall(line):
                wanted = (severity, code, path.name, number)
                found = next(
                    (one for one in left if wanted == (*one[:2], *one[3:]) and part.strip() in one[2]), None
                )
                assert found, f"{path.name}:{number}: `{severity}: [{code}] {part}` was not said\n{err}"
                left.remove(found)
                marked.add(path.name)
    assert not [one for one in left if one.line and one.file in marked], f"said, and not marked\n{err}"


def test_every_code_is_shown_by_a_case() -> None:
    shown = {
        code
        for path in HERE.glob("*/*.stderr")
        for code in re.findall(r"\[(OSM\d{4})\]", path.read_text("utf-8"))
    }
    assert {f"{code.value} {code.name}" for code in Code if code.value not in shown} == set()


def test_every_warning_is_shown_as_one_and_no_other_code_is() -> None:
    shown = {
        code
        for path in HERE.glob("*/*.stderr")
        if "--strict" not in options(path.with_suffix(".yaml"))
        for code in re.findall(r"^warning\[(OSM\d{4})\]", path.read_text("utf-8"), re.MULTILINE)
    }
    assert shown == {code.value for code in WARNINGS}


def test_every_expected_text_belongs_to_a_case(expected: Expected) -> None:
    for path in sorted(HERE.glob("*/*.stderr")):
        if not path.with_suffix(".yaml").exists():
            expected.orphan(path)
