"""`--bless`, where tests that compare with a file write it; and the last word on what was left out."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="write expected files anew where they differ")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--bless") and os.environ.get("CI"):
        raise pytest.UsageError("--bless is for people: it is refused where CI is set")
    config.pluginmanager.register(LeftOut(), "left-out")


NOTHING_BESIDE = "got empty parameter set"
"""Why pytest skips tests of specs that lie beside a checkout of ours, and beside nobody else's."""


class LeftOut:
    """Counts what was skipped, says it behind pytest's own last line, and fails where all was required."""

    def __init__(self) -> None:
        self.reasons: Counter[str] = Counter()
        self.nothing_beside = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and isinstance(report.longrepr, tuple):
            reason = report.longrepr[2].removeprefix("Skipped: ").removeprefix("LEFT OUT: ")
            if reason.startswith(NOTHING_BESIDE):
                self.nothing_beside += 1
            else:
                self.reasons[reason] += 1

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.reasons and os.environ.get("OSMOC_REQUIRE_ALL") == "1":
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_unconfigure(self) -> None:
        if self.nothing_beside:
            print(f"{self.nothing_beside} tests had nothing to try: no corpus lies beside this checkout")
        for reason, count in self.reasons.items():
            print(f"LEFT OUT: {count} test{'' if count == 1 else 's'}: {reason}")
        if not self.reasons:
            print("LEFT OUT: nothing")


class Expected:
    """Files that tests compare with. Where blessing: writes what differs, removes orphans, and says so."""

    def __init__(self, blessing: bool, config: pytest.Config) -> None:
        self.blessing = blessing
        self._config = config

    def equals(self, path: Path, text: str) -> None:
        """Fail where the file holds another text or is missing."""
        there = path.read_bytes().decode() if path.exists() else None
        if there == text:
            return
        if self.blessing:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            self._say(f"blessed {path.relative_to(ROOT)}")
            return
        name = path.relative_to(ROOT)
        assert there is not None, f"{name} is missing; look at what it would be, then: tests/run bless"
        assert text == there, f"{name} differs; where the new text is right: tests/run bless"

    def orphan(self, path: Path) -> None:
        """Fail because nothing expects this file."""
        if not self.blessing:
            pytest.fail(f"nothing expects {path.relative_to(ROOT)}; remove it by: tests/run bless")
        path.unlink()
        self._say(f"removed {path.relative_to(ROOT)}")

    def _say(self, line: str) -> None:
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        assert terminal is not None
        terminal.ensure_newline()
        terminal.write_line(line)


@pytest.fixture(scope="session")
def expected(request: pytest.FixtureRequest) -> Expected:
    return Expected(request.config.getoption("--bless"), request.config)
