"""The corpus as manifests: what is written is read back the same, verify finds nothing, and schemas take
every object.

The corpus lies beside the repository where it is; without it nothing is tried here.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml

from osmoc import yamlwriter
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.options import Options
from osmoc.passes.check import check
from osmoc.passes.emit import emit
from osmoc.passes.expand import expand
from osmoc.passes.lower import lower
from osmoc.passes.parse import parse
from osmoc.passes.resolve import resolve
from osmoc.passes.template import find_template
from osmoc.passes.verify import verify
from osmoc.passing import Manifests
from osmoc.pool import Pool
from osmoc.source import Source
from tests.conformance.schema_shapes import assert_schemas_take

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
POOLS = {
    "built-in": Pool(),
    "bare": Pool(cli="never", namespace="team"),
    "restricted": Pool(security="restricted", run_as_user=1000, fs_group=1000),
}


def valid_specs() -> list[dict[str, str]]:
    index = CORPUS / "INDEX.tsv"
    if not index.exists():
        return []
    with index.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file, delimiter="\t") if row["expected"] == "valid"]


def compiled(row: dict[str, str], pool: Pool) -> Manifests:
    path = CORPUS / f"{row['name']}.yaml"
    said, options = Diagnostics(), Options(set=tuple(row["set"].split()))
    template = find_template(said, Source("spec.yaml", path.read_text("utf-8")), options)
    workflow = check(said, parse(said, expand(said, template)), pool, options)
    plan = lower(said, resolve(said, workflow, path.parent, options), pool, options)
    return verify(said, emit(said, plan, pool, options))


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("row", valid_specs(), ids=lambda row: str(row["name"]))
def test_a_real_spec_becomes_objects_that_readers_and_schemas_take(row: dict[str, str], pool: str) -> None:
    manifests = compiled(row, POOLS[pool])
    written = "".join(yamlwriter.write(manifest.body for manifest in manifests.objects))
    read: list[dict[str, Any]] = list(yaml.load_all(written, yaml.CSafeLoader))
    assert read == [dict(manifest.body) for manifest in manifests.objects]
    for body in read:
        assert_schemas_take(body, "1.31", "1.37")
