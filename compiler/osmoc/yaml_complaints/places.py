"""A problem with a YAML text, the places round it, and what is said about it."""

from __future__ import annotations

import re
from bisect import bisect_right

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Label
from osmoc.passing import SourceMap
from osmoc.source import Span
from osmoc_runtime.values import dataclass

_COMMENT = re.compile(r"(?:^|\s+)#")


class Malformed(Exception):
    """A parser's problem at an offset of the text, and the context that it saw it in."""

    def __init__(
        self, problem: str, at: int | None, context: str = "", context_at: int | None = None
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.at = at if at is not None else context_at or 0
        self.context = context
        self.context_at = context_at


@dataclass(frozen=True, slots=True)
class Said:
    code: Code
    message: str
    at: Span
    help: str = ""
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Finds places and the text around them."""

    text: str
    origins: SourceMap

    def span(self, start: int, end: int) -> Span:
        return self.origins.span(start, end)

    def point(self, at: int) -> Span:
        """The character at `at`; where a template expression wrote it, what that wrote on this line."""
        at = min(at, len(self.text))
        starts = self.origins.starts
        if not starts:
            return self.origins.span(at, at)
        piece = max(bisect_right(starts, at) - 1, 0)
        if self.origins.verbatim[piece]:
            return self.origins.span(at, min(at + 1, self.line_end(at)))
        end = starts[piece + 1] if piece + 1 < len(starts) else len(self.text)
        start = max(starts[piece], self.line_start(at))
        return self.origins.span(start, max(min(end, self.line_end(at)), start))

    def rest(self, at: int) -> Span:
        """From `at` to the end of its line, without blanks and a comment at the end."""
        return self.origins.span(at, self.value_end(at))

    def value_end(self, at: int) -> int:
        """Where the text that begins at `at` ends on its line."""
        text = self.text[at : self.line_end(at)]
        comment = _COMMENT.search(text)
        return at + len((text[: comment.start()] if comment else text).rstrip())

    def quoted(self, start: int, end: int) -> str:
        """What the template has there, in quotes."""
        span = self.origins.span(start, end)
        text = span.source.text[span.start : span.end]
        return f"'{text}'" if '"' in text and "'" not in text else f'"{text}"'

    def line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end

    def line(self, at: int) -> str:
        return self.text[self.line_start(at) : self.line_end(at)]

    def character(self, at: int) -> str:
        return self.text[at : at + 1]
