"""Inputs made of other inputs: lines and words taken out, doubled, moved and exchanged for odd ones."""

from __future__ import annotations

import random
import re

from osmoc.shapes import SPEC_PARTS, fields

_ODD = [
    *(
        "{{ x }}",
        "{% for i in range(3) %}",
        "{% endfor %}",
        "{{output}}",
        "{{input:0}}",
        "{{host:a}}",
        "{#",
        "#}",
    ),
    *("{% set x = 1 %}", "{{ [1]*9 }}", "{{ 'a' ~ 1 }}", "{% raw %}", "{{", "}}", "{%", "%}", "{{ loop }}"),
    *(
        "null",
        "true",
        "yes",
        "~",
        "0",
        "-1",
        "1e9",
        "1e400",
        ".inf",
        ".nan",
        "0x1f",
        "010",
        "1_0",
        "1:30",
        "2001-01-01",
    ),
    *(
        "''",
        '""',
        "[]",
        "{}",
        "- ",
        ": ",
        "? ",
        "&a ",
        "*a",
        "<<: *a",
        "!!int ",
        "!!binary ",
        "|",
        ">-",
        "---",
        "...",
    ),
    *(
        "\t",
        "\r\n",
        "\x00",
        "\x7f",
        "\u2028",
        "\ufeff",
        "é",
        "\U0001f600",
        "\ue000",
        "\ufdd0",
        "a" * 300,
        "9" * 40,
    ),
    *(
        "1-255",
        "0",
        "137",
        "3001",
        "256",
        "/",
        "/osmo",
        "/tmp/../x",
        "//",
        "..",
        "s3://b/x",
        "azure://x",
        "s3://",
    ),
    *(
        "Gi",
        "m",
        "1.5",
        "PT1H",
        "osmo-ctrl",
        "a_b",
        "A",
        "-",
        "a" * 64,
        "[a-",
        "(?P<x>",
        "{{USER_CONTAINER_NAME}}",
    ),
]
_NAMES = sorted({name for part in (*SPEC_PARTS, "pool") for name in fields(part)})
_WORD = re.compile(r"\s+|[\w./-]+|.", re.DOTALL)


def mutated(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """The input changed a little, parts of the other one taken over now and then."""
    text = data.decode("utf-8", "surrogateescape")
    for _ in range(chance.choice((1, 1, 2, 4, 12))):
        text = chance.choice(_CHANGES)(text, other.decode("utf-8", "surrogateescape"), chance)
    return text[:20_000].encode("utf-8", "surrogateescape")


def _lines(text: str, other: str, chance: random.Random) -> str:
    lines, others = text.split("\n"), other.split("\n")
    at = chance.randrange(len(lines))
    match chance.randrange(5):
        case 0:
            del lines[at : at + chance.choice((1, 1, 3))]
        case 1:
            lines[at:at] = lines[at : at + chance.choice((1, 3))]
        case 2:
            begin = chance.randrange(len(others))
            lines[at:at] = others[begin : begin + chance.choice((1, 4))]
        case 3:
            lines[at] = chance.choice((" ", "  ", "- ", "")) + lines[at]
        case _:
            lines[at] = lines[at].lstrip(" -") if chance.random() < 0.5 else lines[at][1:]
    return "\n".join(lines)


def _words(text: str, _: str, chance: random.Random) -> str:
    words = _WORD.findall(text)
    if not words:
        return chance.choice(_ODD)
    at = chance.randrange(len(words))
    match chance.randrange(4):
        case 0:
            words[at] = chance.choice(_ODD)
        case 1:
            words[at] = chance.choice(_NAMES)
        case 2:
            words.insert(at, chance.choice(_ODD))
        case _:
            other = chance.randrange(len(words))
            words[at], words[other] = words[other], words[at]
    return "".join(words)


def _characters(text: str, _: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    if chance.random() < 0.5:
        return text[:at] + chance.choice("{}[]:,-#&*!|>'\"%@`\n \t\\0a") + text[at:]
    return text[:at] + text[at + 1 :]


_CHANGES = (_lines, _lines, _words, _words, _words, _characters)
