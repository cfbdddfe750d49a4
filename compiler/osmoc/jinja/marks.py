"""Where the tags and expressions of a template stand."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from jinja2 import TemplateSyntaxError

_BLOCKS = frozenset(("for", "if", "macro", "call", "filter", "block", "with", "autoescape", "set"))


class LexicalError(TemplateSyntaxError):
    """Jinja's lexer's; `lineno` is an offset, as everywhere here."""


class Marks:
    """The tags and expressions of `text`, by offsets; known once the text was read through `located`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._tags: list[tuple[str, int]] = []
        self._with_value: set[int] = set()

    def around(self, offset: int) -> tuple[int, int]:
        """The tag or expression, with its braces, that `offset` lies in; else the word or sign there."""
        index = bisect_right(self._starts, offset) - 1
        if 0 <= index < len(self._ends) and offset < self._ends[index]:
            return self._starts[index], self._ends[index]
        return self.word(offset)

    def word(self, offset: int) -> tuple[int, int]:
        """The word or the sign at `offset`."""
        found = re.compile(r"\w+|[^\w\s]|$").search(self.text, offset)
        return found.span() if found else (offset, offset)

    def tag_at(self, offset: int) -> str:
        """The name of the tag that `offset` lies in, or nothing."""
        start = self.around(offset)[0]
        return next((name for name, at in self._tags if at == start), "")

    def last_start(self) -> int:
        """Where the last tag, expression or comment that was read begins."""
        return self._starts[-1] if self._starts else 0

    def located(self, tokens: Iterable[tuple[int, str, str]]) -> Iterator[tuple[int, str, str]]:
        """The same tokens with offsets for line numbers."""
        position = 0
        first_of_tag = False
        try:
            for _, kind, written in tokens:
                # Only blanks that `{%-` takes away stand between two tokens.
                start = self.text.find(written, position) if written else position
                position = start + len(written)
                if kind.endswith("_begin"):
                    self._starts.append(start)
                    first_of_tag = kind == "block_begin"
                    if kind == "raw_begin":
                        self._ends.append(start + len(written.rstrip()))
                elif kind == "raw_end":
                    self._starts.append(start)
                    self._ends.append(start + len(written.rstrip()))
                elif kind.endswith("_end"):
                    self._ends.append(start + len(written.rstrip()))
                elif first_of_tag and kind == "name":
                    self._tags.append((written, self._starts[-1]))
                    first_of_tag = False
                elif kind == "operator" and written == "=" and self._tags:
                    self._with_value.add(len(self._tags) - 1)
                yield start, kind, written
        except TemplateSyntaxError as error:
            message = error.message or ""
            at = re.search(r" at (\d+)$", message)
            raise LexicalError(message, int(at[1]) if at else position) from None

    def unclosed(self) -> tuple[str, tuple[int, int]] | None:
        """The innermost block that no tag ends, and its tag."""
        stack: list[tuple[str, int]] = []
        for index, (name, start) in enumerate(self._tags):
            if name in _BLOCKS and not (name == "set" and index in self._with_value):
                stack.append((name, start))
            elif name.startswith("end") and stack and stack[-1][0] == name[3:]:
                stack.pop()
        return (stack[-1][0], self.around(stack[-1][1])) if stack else None
