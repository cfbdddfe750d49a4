from __future__ import annotations

import json

import pytest

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostic, Diagnostics, Label
from osmoc.diagnostics.machine import github, json_lines, sarif
from osmoc.source import Source

SOURCE = Source("specs/train.yaml", "workflow:\n  name: a\n  nmae: {{ b }}\n")


@pytest.fixture
def said() -> tuple[Diagnostic, ...]:
    diagnostics = Diagnostics()
    at = SOURCE.span(22, 26)
    first = Label(SOURCE.span(12, 16), "the right one")
    diagnostics.error(
        Code.UNKNOWN_FIELD, "100% wrong: `nmae`, really", at, help="line\nbreak", labels=(first,)
    )
    diagnostics.warning(Code.FIELD_IGNORED, "`b` is ignored", SOURCE.span(28, 35, "two"), note="it is")
    return diagnostics.said


def test_a_line_of_json_tells_all_there_is(said: tuple[Diagnostic, ...]) -> None:
    error, warning = map(json.loads, json_lines(said).splitlines())

    assert error == {
        "severity": "error",
        "code": "OSM0501",
        "message": "100% wrong: `nmae`, really",
        "file": "specs/train.yaml",
        "line": 3,
        "column": 3,
        "endLine": 3,
        "endColumn": 7,
        "help": "line\nbreak",
        "labels": [
            {
                "message": "the right one",
                "file": "specs/train.yaml",
                "line": 2,
                "column": 3,
                "endLine": 2,
                "endColumn": 7,
            }
        ],
    }
    assert (warning["severity"], warning["became"], warning["note"]) == ("warning", "two", "it is")


def test_github_s_own_signs_are_escaped(said: tuple[Diagnostic, ...]) -> None:
    first, second = github(said).splitlines()

    assert first == (
        "::error file=specs/train.yaml,line=3,endLine=3,col=3,endColumn=7,title=OSM0501::"
        "100%25 wrong: `nmae`, really%0Aline%0Abreak"
    )
    assert second.startswith("::warning file=")


def test_a_file_s_name_cannot_end_a_property() -> None:
    diagnostics = Diagnostics()
    diagnostics.error(Code.UNKNOWN_FIELD, "x", Source("a,b:c.yaml", "x").start())

    assert "file=a%2Cb%3Ac.yaml,line=1" in github(diagnostics.said)


def explained() -> dict[str, tuple[str, str]]:
    return {code.value: (f"title of {code.value}", f"about {code.value}") for code in Code}


def test_sarif_names_each_rule_once_and_points_at_the_place(said: tuple[Diagnostic, ...]) -> None:
    log = json.loads(sarif((*said, said[0]), explained()))

    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert run["tool"]["driver"]["rules"][0] == {
        "id": rules[0],
        "shortDescription": {"text": f"title of {rules[0]}"},
        "fullDescription": {"text": f"about {rules[0]}"},
    }
    assert log["version"] == "2.1.0"
    assert len(rules) == 2 and len(run["results"]) == 3
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "specs/train.yaml"
    assert place["region"] == {"startLine": 3, "startColumn": 3, "endLine": 3, "endColumn": 7}


def test_where_nothing_is_said_nothing_is_written() -> None:
    assert json_lines(()) == github(()) == ""


def test_a_log_without_results_is_a_log() -> None:
    assert json.loads(sarif((), {}))["runs"][0]["results"] == []
