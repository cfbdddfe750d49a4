from __future__ import annotations

import json

import pytest

from osmoc_runtime import contract
from tests.unit.backend import BACK, spec

TEXTS = {
    "plain": spec("name: a"),
    "data": spec(
        "name: a\nargs: ['{{output}}']\nkpis: [{index: i, path: k}]\n"
        "inputs: [{url: 's3://b/\"é\\n'}, {dataset: {name: d}}]\n"
        "checkpoint: [{path: /c, url: 's3://b/k', frequency: 90s}]\nfiles: [{path: /c/f, contents: x}]\n"
        "exitActions: {COMPLETE: 1-3, RESTART: 9}",
        "name: b\ninputs: [{task: a}]",
    ),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_plan_is_json_as_the_standard_library_writes_it_and_is_read_back(text: str) -> None:
    found = 0
    for manifest in BACK.manifests(text).objects:
        data = manifest.body.get("data")
        if not isinstance(data, dict) or contract.PLAN_KEY not in data:
            continue
        found += 1
        written = data[contract.PLAN_KEY]
        assert written == json.dumps(json.loads(written), indent=1, ensure_ascii=False) + "\n"
        if "task" in json.loads(written):
            assert contract.dump(contract.load(contract.TaskPlan, written)) == written
        else:
            assert contract.dump(contract.load(contract.WorkflowPlan, written)) == written
    assert found
