"""Complaints for programs: JSON lines, annotations of GitHub Actions, and SARIF 2.1.0 for code scanning."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from osmoc.diagnostics.diagnostic import Diagnostic, Severity
from osmoc.source import Span

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def json_lines(diagnostics: Sequence[Diagnostic]) -> str:
    """One object a line. Lines and columns count from one; the end is behind the last character."""
    return "".join(json.dumps(_plain(one), ensure_ascii=False) + "\n" for one in diagnostics)


def github(diagnostics: Sequence[Diagnostic]) -> str:
    """Workflow commands, which GitHub shows at the line (docs.github.com, "Workflow commands")."""
    return "".join(_annotation(one) + "\n" for one in diagnostics)


def sarif(diagnostics: Sequence[Diagnostic], described: Mapping[str, tuple[str, str]]) -> str:
    """One log with one run, also where nothing was said (OASIS, SARIF 2.1.0). `described`: each code in a few
    words, and in a few sentences.
    """
    rules = sorted({one.code.value for one in diagnostics})
    driver = {"name": "osmoc", "rules": [_rule(rule, *described[rule]) for rule in rules]}
    run = {"tool": {"driver": driver}, "results": [_result(one, rules) for one in diagnostics]}
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(code: str, title: str, about: str) -> dict[str, object]:
    return {"id": code, "shortDescription": {"text": title}, "fullDescription": {"text": about}}


def _plain(one: Diagnostic) -> dict[str, object]:
    told: dict[str, object] = {
        "severity": one.severity.value,
        "code": one.code.value,
        "message": one.message,
        **_place(one.at),
    }
    optional = {
        "became": one.at.became,
        "note": one.note,
        "help": one.help,
        "labels": [{"message": label.text, **_place(label.at)} for label in one.labels],
    }
    return told | {name: value for name, value in optional.items() if value}


def _place(at: Span) -> dict[str, object]:
    line, column = at.source.place(at.start)
    end_line, end_column = at.source.place(at.end)
    return {
        "file": at.source.name,
        "line": line,
        "column": column,
        "endLine": end_line,
        "endColumn": end_column,
    }


def _annotation(one: Diagnostic) -> str:
    place = _place(one.at)
    properties = {
        "file": place["file"],
        "line": place["line"],
        "endLine": place["endLine"],
        "col": place["column"],
        "endColumn": place["endColumn"],
        "title": one.code.value,
    }
    listed = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in properties.items())
    text = "\n".join(part for part in (one.message, one.note, one.help) if part)
    return f"::{one.severity.value} {listed}::{_escaped(text)}"


def _escaped(text: str, further: str = "") -> str:
    """A value of a workflow command: the percent sign first, since the others become one."""
    for sign in f"%\r\n{further}":
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text


def _result(one: Diagnostic, rules: Sequence[str]) -> dict[str, object]:
    text = one.message + (f" ({one.help})" if one.help else "")
    return {
        "ruleId": one.code.value,
        "ruleIndex": rules.index(one.code.value),
        "level": "error" if one.severity is Severity.ERROR else "warning",
        "message": {"text": text},
        "locations": [_location(one.at)],
        "relatedLocations": [
            {**_location(label.at), "message": {"text": label.text}} for label in one.labels
        ],
    }


def _location(at: Span) -> dict[str, object]:
    place = _place(at)
    region = {
        "startLine": place["line"],
        "startColumn": place["column"],
        "endLine": place["endLine"],
        "endColumn": place["endColumn"],
    }
    uri = PurePath(at.source.name).as_posix()
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}
