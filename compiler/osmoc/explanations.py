"""What each code of a message means, with a wrong and a right example: `grammar/explanations/`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, Literal

from osmoc import yamltext
from osmoc.diagnostics.codes import WARNINGS, Code
from osmoc.diagnostics.suggest import did_you_mean
from osmoc.grammars import grammar_folder
from osmoc_runtime.values import dataclass

WIDTH: Final = 100

_SAYS: Final = {
    "01": "reading files",
    "02": "sections and run-time tokens",
    "03": "the template",
    "04": "YAML",
    "05": "fields and values",
    "06": "what the spec names",
    "07": "what it means in the pool",
    "08": "the pool file",
    "09": "what Kubernetes would refuse",
}
_WHERE: Final = {"task": ", in a task", "spec": "", "pool": ", in a pool file", "command": ""}
_CODE: Final = re.compile(r"(?:OSM-?)?([0-9]{4})", re.IGNORECASE)

Kind = Literal["task", "spec", "pool", "command"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`wrong` and `right` are of that `kind`: the fields of a task, a spec, a pool file or a command line.

    `pool`: the pool file of both examples; `files`: what lies beside them, None for a link to itself.
    """

    title: str
    about: str
    kind: Kind
    wrong: str
    right: str
    pool: str
    files: Mapping[str, str | bytes | None]


@cache
def explanations() -> Mapping[str, Explanation]:
    """All codes in order."""
    found: dict[str, Explanation] = {}
    for path in sorted((grammar_folder() / "explanations").glob("[0-9]*.yaml")):
        for code, given in yamltext.load_plain(path.read_text("utf-8")).items():
            found[code] = Explanation(
                title=given["title"],
                about=given["about"].strip(),
                kind=given.get("kind", "task"),
                wrong=given["wrong"],
                right=given["right"],
                pool=given.get("pool", ""),
                files=given.get("files", {}),
            )
    return found


@cache
def retired() -> Mapping[str, str]:
    """Codes that are no longer said, and why."""
    text = (grammar_folder() / "explanations" / "retired.yaml").read_text("utf-8")
    found: dict[str, str] = yamltext.load_plain(text)
    return found


def nearest_code(text: str) -> str:
    """A help for what is like a code and is none; empty where it is like none."""
    digits = "".join(sign for sign in text if sign.isdigit())
    return did_you_mean(f"OSM{digits}", explanations()) if digits else ""


def code_named(text: str) -> str | None:
    """The code that the user means by `OSM0515`, `osm0515` or `0515`; None where it is none of a message."""
    match = _CODE.fullmatch(text)
    code = f"OSM{match[1]}" if match else ""
    return code if code in explanations() or code in retired() else None


def page(code: str) -> str:
    """All about a code, as text."""
    if code in retired():
        return f"{code}: no longer said\n\n{_wrapped(retired()[code])}\n"
    return "\n".join(_page(code, explanations()[code])) + "\n"


def _page(code: str, given: Explanation) -> Iterator[str]:
    yield f"{code}: {given.title}"
    yield ""
    yield _wrapped(given.about)
    if code in {one.value for one in WARNINGS}:
        yield ""
        yield _wrapped(
            f"A warning. With a reason it is silenced: `# osmoc: ignore {code} …`, at its line or above."
        )
    if given.pool:
        yield from _example("with this pool file", given.pool)
    yield from _example(f"wrong{_WHERE[given.kind]}", given.wrong)
    yield from _example(f"right{_WHERE[given.kind]}", given.right)


def _example(heading: str, text: str) -> Iterator[str]:
    yield f"\n{heading}:\n"
    yield textwrap.indent(text.rstrip("\n"), "    ")


def contents() -> str:
    """Every code with its title, by what it is about."""
    lines: list[str] = []
    known = explanations()
    for code in sorted(one.value for one in Code):
        about = _SAYS[code[3:5]]
        if about not in lines:
            lines += ["", about] if lines else [about]
        lines.append(f"  {code}  {known[code].title}")
    return "\n".join(lines) + "\n"


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH)
