"""Run-time tokens in a text: `{{output}}`, `{{input:0}}`, `{{host:x}}`; see `grammar/tokens.lark`."""

from __future__ import annotations

import re
from functools import lru_cache

from osmoc import grammars
from osmoc_runtime.values import dataclass

_CANDIDATE = re.compile(r"\{\{[^{}]*\}\}")


@dataclass(frozen=True, slots=True)
class Token:
    """A token at `start` to `end` of the text; `kind` is `output`, `workflow_id`, `uuid`, `input` or `host`.

    `argument`: the number or name of an `input`, the name of a `host`; else empty.
    """

    kind: str
    argument: str
    start: int
    end: int


def split(text: str) -> tuple[str | Token, ...]:
    """The text cut at its tokens, nothing left out; what only looks like a token stays text."""
    if "{{" not in text:
        return (text,) if text else ()
    parts: list[str | Token] = []
    done = 0
    for candidate in _CANDIDATE.finditer(text):
        read = _read(candidate[0])
        if read is None:
            continue
        start, end = candidate.span()
        if start > done:
            parts.append(text[done:start])
        parts.append(Token(*read, start, end))
        done = end
    if done < len(text):
        parts.append(text[done:])
    return tuple(parts)


@lru_cache(maxsize=65536)
def _read(candidate: str) -> tuple[str, str] | None:
    """Kind and argument. A parser is slow and a workflow's tokens are few: each is read once."""
    words = grammars.leaves("tokens", candidate)
    if words is None:
        return None
    return words[0], words[1] if len(words) > 1 else ""
