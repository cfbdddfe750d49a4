"""The driver stops after errors, knows whose fault an exception is, and shows results."""

from __future__ import annotations

import pytest

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics, Rejected, Severity
from osmoc.driver import Driver, PassFailed
from osmoc.passes.read import read
from osmoc.source import Source

SOURCE = Source("spec.yaml", "workflow: {}\n")


def length(diagnostics: Diagnostics, text: str) -> int:
    """A pass."""
    if not text:
        diagnostics.error(Code.FILE_MISSING, "nothing there", SOURCE.start())
    if text == "almost":
        diagnostics.warning(Code.FILE_MISSING, "not much there", SOURCE.start())
    return len(text)


def broken(diagnostics: Diagnostics, text: str) -> int:
    """A pass with a mistake of ours."""
    return int(text)


def test_a_pass_gives_its_result() -> None:
    assert Driver(Diagnostics())(length, "four") == 4


def test_a_pass_that_reported_an_error_is_the_last() -> None:
    with pytest.raises(Rejected) as rejected:
        Driver(Diagnostics())(length, "")
    assert [said.code for said in rejected.value.diagnostics] == [Code.FILE_MISSING]


def test_a_warning_stops_nothing() -> None:
    run = Driver(Diagnostics())
    assert run(length, "almost") == 6
    assert len(run.diagnostics.said) == 1


def test_a_warning_stops_at_the_end_where_the_user_is_strict() -> None:
    run = Driver(Diagnostics(strict=True))
    assert run(length, "almost") == 6
    with pytest.raises(Rejected) as rejected:
        run.diagnostics.stop_if_strict()
    assert [said.severity for said in rejected.value.diagnostics] == [Severity.ERROR]


def test_a_pass_that_leaves_something_is_not_the_last() -> None:
    run = Driver(Diagnostics(), lambda *_: pytest.fail("what is left of a wrong spec was shown"))
    assert run.going_on(length, "") == 0
    with pytest.raises(Rejected):
        run(length, "four")


def test_an_exception_is_a_bug_and_names_its_pass() -> None:
    with pytest.raises(PassFailed) as failed:
        Driver(Diagnostics())(broken, "no number")
    assert failed.value.name == __name__.rpartition(".")[2]
    assert isinstance(failed.value.__cause__, ValueError)


def test_who_watches_sees_each_pass_by_the_name_of_its_file(tmp_path: object) -> None:
    seen: list[tuple[str, object]] = []
    run = Driver(Diagnostics(), lambda name, result, seconds: seen.append((name, result)))
    run(length, "four")
    with pytest.raises(Rejected):
        run(length, "")
    assert seen == [(__name__.rpartition(".")[2], 4)]
    assert read.__module__.endswith(".read")
