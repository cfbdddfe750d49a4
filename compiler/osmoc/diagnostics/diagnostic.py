"""A complaint about the user's text, and the collector that every pass is given."""

from __future__ import annotations

from enum import Enum

from osmoc.diagnostics.codes import Code
from osmoc.source import Span
from osmoc_runtime.values import dataclass


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that explains the first."""

    at: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One complaint: lower case, no final stop, backticks round the user's text; `help` can be typed."""

    severity: Severity
    code: Code
    message: str
    at: Span
    labels: tuple[Label, ...] = ()
    note: str = ""
    help: str = ""


class Rejected(Exception):
    """The user's text cannot be compiled; the diagnostics say why."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(f"{len(diagnostics)} complaints")
        self.diagnostics = diagnostics


class Diagnostics:
    """Collects what passes complain about. Equal complaints are kept once."""

    def __init__(self, *, strict: bool = False) -> None:
        self._said: dict[Diagnostic, None] = {}
        self._strict = strict
        self._wrong = False
        # By file, line and code: the comment, until it silenced something.
        self._ignored: dict[tuple[str, int, Code], Span] = {}
        self._idle: dict[tuple[str, int, Code], Span] = {}

    def ignore(self, code: Code, at: Span, line: int, *, must_help: bool = True) -> None:
        """Say no warnings of that code at that line, since the comment `at` asks for it. `must_help`: it is
        idle until it silences one.
        """
        place = (at.source.name, line, code)
        self._ignored[place] = at
        if must_help:
            self._idle[place] = at

    @property
    def idle_ignores(self) -> tuple[tuple[Code, Span], ...]:
        """The comments that have silenced nothing so far."""
        return tuple((code, at) for (_, _, code), at in self._idle.items())

    def error(
        self,
        code: Code,
        message: str,
        at: Span,
        *,
        help: str = "",  # noqa: A002
        note: str = "",
        labels: tuple[Label, ...] = (),
    ) -> None:
        self._wrong = True
        self._said[Diagnostic(Severity.ERROR, code, message, at, labels, note, help)] = None

    def warning(
        self,
        code: Code,
        message: str,
        at: Span,
        *,
        help: str = "",  # noqa: A002
        note: str = "",
        labels: tuple[Label, ...] = (),
    ) -> None:
        """A complaint that stops nothing, unless the user asked for strictness; none where a comment silences
        it.
        """
        if self._ignored:
            place = (at.source.name, at.line, code)
            if place in self._ignored:
                self._idle.pop(place, None)
                return
        severity = Severity.ERROR if self._strict else Severity.WARNING
        self._said[Diagnostic(severity, code, message, at, labels, note, help)] = None

    @property
    def wrong(self) -> bool:
        """Whether an error was said. A warning is none here, however strict the user is."""
        return self._wrong

    def stop_if_any(self) -> None:
        """Raise Rejected where an error was said."""
        if self._wrong:
            raise Rejected(self.said)

    def stop_if_strict(self) -> None:
        """Raise Rejected where a warning was said and warnings are errors: when all of them were said."""
        if self._strict and self._said:
            raise Rejected(self.said)

    @property
    def said(self) -> tuple[Diagnostic, ...]:
        """Everything said so far, by file, place and code, and else in the order in which it was said."""
        return tuple(
            sorted(
                self._said,
                key=lambda one: (one.at.source.name, one.at.start, one.at.end, one.code.value),
            )
        )
