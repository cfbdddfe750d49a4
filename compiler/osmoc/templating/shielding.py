"""Run-time tokens, hidden from Jinja: the pod fills them, and to Jinja they would be undefined variables.

A token's characters are replaced one for one by private-use characters, so that no offset moves, and that a
token comes through filters, macros and string literals as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics, Rejected
from osmoc.source import Source

# Blanks behind an argument are part of it to the reference, and are dropped when the token is filled.
_TOKEN = re.compile(r"\{\{([ ]*)(uuid|workflow_id|output|(?:input|host):[^}]+)([ ]*)\}\}")
_RAW = re.compile(r"\{%[-+]?\s*raw\s*[-+]?%\}.*?\{%[-+]?\s*endraw\s*[-+]?%\}", re.DOTALL)
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_BINDING_TAG = re.compile(r"\{%[-+]?\s*(set|for|with|macro|call)\b(.*?)%\}", re.DOTALL)
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_WINDOW = 128


def shield(
    diagnostics: Diagnostics, source: Source, text: str, variables: Collection[str]
) -> tuple[str, dict[int, str]]:
    """The text with its tokens hidden, and the tokens by their offsets.

    `variables`: names that have values, so that `{{ output }}` is such a variable and no token.
    """
    if "{{" not in text:
        return text, {}
    raw = _spans(_RAW, text) if "raw" in text else []
    comments = _spans(_COMMENT, text) if "{#" in text else []
    base = _free_window(diagnostics, source)
    bound = _bound_names(text)
    shielded: dict[int, str] = {}
    pieces: list[str] = []
    done = 0
    for match in _TOKEN.finditer(text):
        start = match.start()
        in_raw = _within(start, raw)
        word = match[2]
        spaced = bool(match[1] or (match[3] and ":" not in word))
        if spaced and not in_raw and (word in variables or word in bound):
            continue
        if not in_raw and not _within(start, comments):
            _remark(diagnostics, source, match, spaced=spaced)
        shielded[start] = match[0]
        pieces.append(text[done:start])
        pieces.append(
            "".join([chr(base + ord(c)) if ord(c) < _WINDOW and c != "\n" else c for c in match[0]])
        )
        done = match.end()
    pieces.append(text[done:])
    diagnostics.stop_if_any()
    return "".join(pieces), shielded


def unshield(text: str, shielded: Mapping[int, str]) -> Callable[[str], str]:
    """The function that brings the tokens back into what became of `text`."""
    back: dict[int, str] = {}
    for start, token in shielded.items():
        for hidden, character in zip(text[start : start + len(token)], token, strict=True):
            if hidden != character:
                back[ord(hidden)] = character
    if not back:
        return str
    hidden_run = re.compile(f"[{chr(min(back))}-{chr(max(back))}]+")
    return lambda result: hidden_run.sub(lambda run: run[0].translate(back), result)


def _remark(diagnostics: Diagnostics, source: Source, match: re.Match[str], *, spaced: bool) -> None:
    start, end = match.span()
    word = match[2].rstrip(" ")
    if source.text[start - 1 : start] == "{":
        diagnostics.error(
            Code.TOKEN_IN_BRACES,
            f"a brace stands right before `{match[0]}`, and Jinja reads three braces as a mapping",
            source.span(start - 1, end),
            help=f"put a blank between them: `{{ {{{{{word}}}}}`",
        )
    elif any(sign in word for sign in "{\"'"):
        diagnostics.warning(
            Code.TOKEN_WITH_TEMPLATE,
            f"`{match[0]}` stays as it is: a run-time token ends at the first brace, hidden from Jinja",
            source.span(start, end),
            help="join it from parts: `{{ '{{' ~ 'host:worker-' ~ i ~ '}}' }}`",
        )
    elif spaced:
        diagnostics.warning(
            Code.TOKEN_SPACED,
            f"`{match[0]}` is the run-time token here, and an undefined variable to OSMO itself",
            source.span(start, end),
            help=f"write `{{{{{word}}}}}`",
        )


def _bound_names(text: str) -> set[str]:
    """Names that tags of the template itself may set."""
    names: set[str] = set()
    for tag, rest in _BINDING_TAG.findall(text):
        binding = {"for": r"\bin\b", "set": "="}.get(tag)
        names.update(re.findall(r"\w+", re.split(binding, rest, maxsplit=1)[0] if binding else rest))
    return names


def _free_window(diagnostics: Diagnostics, source: Source) -> int:
    """The first of 128 private characters that the source has none of."""
    taken = {ord(character) // _WINDOW for character in _PRIVATE.findall(source.text)}
    for first, last in ((0xE000, 0xF900), (0xF0000, 0x10FF80)):
        for base in range(first, last, _WINDOW):
            if base // _WINDOW not in taken:
                return base
    diagnostics.error(
        Code.FILE_NOT_TEXT, "the text uses private-use characters from every range there is", source.start()
    )
    raise Rejected(diagnostics.said)


def _spans(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    return [match.span() for match in pattern.finditer(text)]


def _within(offset: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= offset < end for start, end in spans)
