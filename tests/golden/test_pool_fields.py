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

# What these allow is used by the example's spec, which is refused without them.
ONLY_ALLOW = {"platforms.*.mounts", "platforms.*.privileged", "platforms.*.hostNetwork"}
# It decides what is warned of, and no example is warned.
ONLY_JUDGES = {"kubernetesVersion"}
# Not to be left out, or built in like this: another value must show instead.
OTHERWISE: dict[str, Any] = {
    "defaultPlatform": "a100",
    "gpuResource": "amd.com/gpu",
    "defaults.gpu": 2,
    "queue.name": "others",
    "runAsUser": 1234,
    "fsGroup": 1234,
}


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


def compiled(example: Path, pool: Any, folder: Path) -> str | None:
    """The manifests; None where the spec or the pool is refused."""
    (folder / "pool.yaml").write_text(yaml.safe_dump(pool, sort_keys=False), "utf-8")
    done = osmoc(["compile", str(example / "spec.yaml"), "--pool", "pool.yaml"], folder)
    return done.out if done.code == 0 else None


def changed(path: str, pool: Any) -> Any:
    """The pool without the field, or with another value where it cannot be without."""
    other = copy.deepcopy(pool)
    for mapping, key in list(found(other, path.split("."))):
        if path in OTHERWISE:
            mapping[key] = OTHERWISE[path]
        else:
            del mapping[key]
    return other


@pytest.mark.parametrize("path", ALL)
def test_a_field_stands_in_an_example_and_shows(path: str, tmp_path: Path) -> None:
    places = [(example, pool) for example, pool in examples().items() if list(found(pool, path.split(".")))]
    assert places, f"no example of a pool has `{path}`"
    befores = [compiled(example, pool, tmp_path) for example, pool in places]
    afters = [compiled(example, changed(path, pool), tmp_path) for example, pool in places]
    assert None not in befores
    if path in ONLY_ALLOW:
        assert None in afters, f"nothing needs `{path}`"
    elif path in ONLY_JUDGES:
        assert afters == befores
    else:
        assert None not in afters, f"`{path}` must show: give it another value in OTHERWISE"
        assert afters != befores, f"`{path}` changes nothing"


def test_the_exceptions_are_fields() -> None:
    assert ONLY_ALLOW | ONLY_JUDGES | OTHERWISE.keys() <= set(ALL)
