"""The schemas accept what osmoc accepts, and refuse what an editor should underline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from osmoc.json_schema import of_pool, of_spec
from tests.command_line import osmoc

ROOT = Path(__file__).parents[2]
SPECS = sorted(ROOT.glob("examples/*/spec.yaml"))


def problems(schema: dict[str, Any], value: Any) -> list[str]:
    return [error.json_path for error in Draft202012Validator(schema).iter_errors(value)]


@pytest.mark.parametrize("schema", [of_spec(), of_pool()], ids=["workflow", "pool"])
def test_a_schema_is_one(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.parent.name)
def test_what_every_example_writes_is_accepted(spec: Path) -> None:
    rendered = osmoc(["render", "spec.yaml"], spec.parent).out

    assert problems(of_spec(), yaml.safe_load(rendered)) == []


TASK = {"name": "a", "image": "b", "command": ["c"]}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"comand": ["c"]}, "$.workflow.tasks[0]"),
        ({"command": "c"}, "$.workflow.tasks[0].command"),
        ({"command": []}, "$.workflow.tasks[0].command"),
        ({"checkpoint": [{"path": "/a", "url": "s3://b"}]}, "$.workflow.tasks[0].checkpoint[0]"),
        (
            {"checkpoint": [{"path": "/a", "url": "s3://b", "frequency": "1h", "restore": "x"}]},
            "$.workflow.tasks[0].checkpoint[0].restore",
        ),
        ({"inputs": [{"dataset": {"name": 5}}]}, "$.workflow.tasks[0].inputs[0].dataset.name"),
    ],
)
def test_what_is_wrong_is_found_at_its_place(change: dict[str, Any], where: str) -> None:
    assert problems(of_spec(), {"workflow": {"name": "w", "tasks": [TASK | change]}}) == [where]


def test_groups_hold_tasks() -> None:
    group = {"name": "g", "tasks": [TASK | {"lead": "maybe", "nmae": 1}]}

    assert problems(of_spec(), {"workflow": {"name": "w", "groups": [group]}}) == [
        "$.workflow.groups[0].tasks[0]"
    ]


@pytest.mark.parametrize(
    ("pool", "right"),
    [
        (None, True),
        ({"cli": "never", "maxRetries": 3}, True),
        ({"pools": {"lab": {"cli": "never"}, "field": None}}, True),
        ({"cli": "sometimes"}, False),
        ({"pools": {"lab": {"clli": "never"}}}, False),
    ],
)
def test_a_pool_file_holds_one_pool_or_several(pool: Any, right: bool) -> None:
    assert (problems(of_pool(), pool) == []) is right
