"""Every expected manifest of the goldens is an object of Kubernetes, in the oldest version, the newest and
one between.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.conformance.schema_shapes import assert_schemas_take

ROOT = Path(__file__).parents[2]


def manifests() -> list[Path]:
    found = [path for folder in ("golden", "examples") for path in sorted((ROOT / folder).rglob("*.yaml"))]
    return [path for path in found if path.read_text("utf-8").startswith("apiVersion: ")]


@pytest.mark.parametrize("path", manifests(), ids=lambda path: str(path.relative_to(ROOT)))
def test_schemas_take_every_expected_manifest(path: Path) -> None:
    for body in yaml.load_all(path.read_text("utf-8"), yaml.CSafeLoader):
        if not str(body["apiVersion"]).startswith("kustomize.config.k8s.io/"):
            assert_schemas_take(body, "1.31", "1.34", "1.37")
