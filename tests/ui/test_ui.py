"""Wrong specs and the exact words: the marks in a spec and the `.stderr` beside it must both match.

A case is `<pass>/<what-is-wrong>.yaml`. Options stand in a first line `# options: --set a=b`. A line that
something is said about ends in `# error: [OSM0501] a part of the message` or `# warning: …`; a case whose
complaints are about another file, or about the command line, has no marks.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from osmoc.diagnostics.codes import Code
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
def test_a_wrong_spec_is_answered_in_exactly_these_words(path: Path, expected: Expected) -> None:
    text = path.read_bytes().decode("utf-8", "replace")
    done = osmoc(["compile", path.name, *options(text)], path.parent)

    said = [
        (severity, code, message, place(where, path.name))
        for severity, code, message, where in HEAD.findall(done.err)
    ]
    assert said, f"nothing was said\n{done.err}"
    errors = any(severity == "error" for severity, *_ in said)
    assert (done.code, bool(done.out)) == ((1, False) if errors else (0, True)), done.err
    check_marks(text, said, done.err)
    expected.equals(path.with_suffix(".stderr"), done.err)


def options(text: str) -> list[str]:
    first = text.partition("\n")[0]
    return shlex.split(first.removeprefix("# options:")) if first.startswith("# options:") else []


def place(where: str, name: str) -> int | None:
    """The line in the spec; None for another file, and for the file as a whole."""
    found = PLACE.fullmatch(where)
    return int(found[2]) if found and found[1] == name else None


def check_marks(text: str, said: list[tuple[str, str, str, int | None]], err: str) -> None:
    """Each mark is said at its line; where there are marks, all that is said at a line is marked."""
    marks = [
        (severity, code, part.strip(), number)
        for number, line in enumerate(text.split("\n"), 1)
        for severity, code, part in MARK.findall(line)
    ]
    left = list(said)
    for severity, code, part, number in marks:
        found = next(
            (one for one in left if (*one[:2], one[3]) == (severity, code, number) and part in one[2]), None
        )
        assert found is not None, (
            f"line {number} is marked `{severity}: [{code}] {part}`, which was not said\n{err}"
        )
        left.remove(found)
    if marks:
        assert not [one for one in left if one[3] is not None], f"said, and not marked\n{err}"


def test_every_code_is_shown_by_a_case() -> None:
    shown = {
        code
        for path in HERE.glob("*/*.stderr")
        for code in re.findall(r"\[(OSM\d{4})\]", path.read_text("utf-8"))
    }
    assert {f"{code.value} {code.name}" for code in Code if code.value not in shown} == set()


def test_every_expected_text_belongs_to_a_case(expected: Expected) -> None:
    for path in sorted(HERE.glob("*/*.stderr")):
        if not path.with_suffix(".yaml").exists():
            expected.orphan(path)
