"""Every field of a pool file stands in an example of one, and shows in the manifests of that example."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from osmoc.shapes import fields
from tests.command_line import osmoc

POOLS = Path(__file__).parents[2] / "examples" / "pools"

# It changes what is warned of, and no example is warned.
ONLY_JUDGES = "kubernetesVersion"
# Left out, the built-in value is the same as the example's.
AS_BUILT_IN = {"gpuResource", "defaults.gpu"}


def paths(rules: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """The fields of the schema, `*` for a name that the user chooses."""
    for name, rule in rules.items():
        path = f"{before}{name}"
        inner = rule.get("schema")
        values = rule.get("valuesrules", {})
        if isinstance(inner, dict) and rule["type"] == "dict":
            yield from paths(inner, f"{path}.")
        elif isinstance(values.get("schema"), dict):
            yield from paths(values["schema"], f"{path}.*.")
        else:
            yield path


ALL = list(paths(fields("pool")))


def found(body: Any, steps: list[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """The mappings and keys where a path of the schema stands in a pool."""
    first, *rest = steps
    for key in list(body) if first == "*" else [first]:
        if isinstance(body, dict) and key in body:
            if rest:
                yield from found(body[key], rest)
            else:
                yield body, key


def examples() -> dict[Path, Any]:
    return {
        path.parent: yaml.safe_load(path.read_text("utf-8")) for path in sorted(POOLS.glob("*/pool.yaml"))
    }


def compiled(spec: Path, pool: Any, folder: Path) -> str:
    (folder / "pool.yaml").write_text(yaml.safe_dump(pool), "utf-8")
    done = osmoc(["compile", str(spec / "spec.yaml"), "--pool", "pool.yaml"], folder)
    return done.out if done.code == 0 else done.err


@pytest.mark.parametrize("path", ALL)
def test_a_field_stands_in_an_example_and_shows(path: str, tmp_path: Path) -> None:
    places = [(example, pool) for example, pool in examples().items() if list(found(pool, path.split(".")))]
    assert places, f"no example of a pool has `{path}`"
    if path in AS_BUILT_IN:
        return
    changed = False
    for example, pool in places:
        without = copy.deepcopy(pool)
        for mapping, key in list(found(without, path.split("."))):
            del mapping[key]
        changed |= compiled(example, pool, tmp_path) != compiled(example, without, tmp_path)
    # What only allows shows as a complaint: each example's specs use what was allowed.
    assert changed or path == ONLY_JUDGES, f"`{path}` changes nothing"
