"""Whatever the workflow and whatever is edited: the edited task and all that is downstream of it get new
names, nothing else does.
"""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from osmoc import naming
from osmoc.passing import Manifests
from osmoc_runtime import contract
from tests.unit.backend import BACK, spec

Graph = dict[int, set[int]]

GRAPHS = st.integers(2, 6).flatmap(
    lambda size: st.fixed_dictionaries(
        {
            task: st.sets(st.integers(0, task - 1), max_size=3) if task else st.just(set())
            for task in range(size)
        }
    )
)


def text(graph: Graph, edited: int | None, order: list[int]) -> str:
    tasks = []
    for task in order:
        inputs = ", ".join(f"{{task: t{other}}}" for other in sorted(graph[task]))
        tasks.append(
            f"name: t{task}\ninputs: [{inputs}]\nargs: ['{'edited' if task == edited else 'as it was'}']"
        )
    return spec(*tasks)


def jobs(manifests: Manifests) -> dict[str, str]:
    made = {}
    for manifest in manifests.objects:
        metadata = manifest.body["metadata"]
        assert isinstance(metadata, Mapping)
        if manifest.kind == "Job" and contract.TASK_LABEL in metadata["labels"]:
            made[metadata["labels"][contract.TASK_LABEL]] = manifest.name
    return made


def downstream(graph: Graph, task: int) -> set[int]:
    found = {task}
    for later in sorted(graph):
        if graph[later] & found:
            found.add(later)
    return found


@settings(max_examples=60, deadline=None)
@given(GRAPHS, st.data())
def test_an_edit_renames_what_it_touches_and_no_more(graph: Graph, data: st.DataObject) -> None:
    edited = data.draw(st.sampled_from(sorted(graph)))
    order = data.draw(st.permutations(sorted(graph)))
    before = jobs(BACK.manifests(text(graph, None, sorted(graph))))
    after = jobs(BACK.manifests(text(graph, edited, order)))
    changed = {int(task[1:]) for task, name in after.items() if before[task] != name}
    assert changed == downstream(graph, edited)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.text("aB-_1", min_size=1, max_size=70), st.text("aB-_1", min_size=1, max_size=64)),
        unique=True,
        max_size=6,
    )
)
def test_different_tasks_of_different_workflows_have_different_jobs(pairs: list[tuple[str, str]]) -> None:
    names: dict[str, tuple[str, str]] = {}
    for workflow, task in pairs:
        workflow_id = naming.workflow_id(f"w{workflow}")
        unit = naming.digest(task)
        name = naming.job(workflow_id, f"t{task}", unit)
        assert len(name) <= naming.JOB_BUDGET
        assert names.setdefault(name, (workflow, task)) == (workflow, task)
