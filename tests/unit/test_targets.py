"""Who does what a workflow asks for, on each version of Kubernetes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from osmoc.options import Options
from osmoc.pool import VERSIONS, Pool, Runtime, Timeout
from osmoc.targets import By, rows
from tests.command_line import osmoc
from tests.unit.backend import Back, spec

ROOT = Path(__file__).parents[2]


def who(text: str, pool: Pool | None = None) -> dict[str, tuple[By, ...]]:
    pool = pool or Pool()
    return {row.feature: row.by for row in rows(Back(pool, Options()).plan(text), pool)}


def everywhere(by: By) -> tuple[By, ...]:
    return (by,) * len(VERSIONS)


@pytest.mark.parametrize(
    ("fields", "feature", "by"),
    [
        ("", "FAIL, RESCHEDULE, retries", By.KUBERNETES),
        ("", "the osmo command", By.AGENT),
        ("exitActions: {COMPLETE: 3}", "COMPLETE", By.WRAPPER),
        ("exitActions: {RESTART: 3}", "RESTART", By.WRAPPER),
        ("exitActions: {RESCHEDULE: 0}", "another action for code 0", By.WRAPPER),
        ("exitActions: {COMPLETE: 1-255}", "COMPLETE or RESTART of a memory kill", By.NOBODY),
        ("files: [{path: /x, contents: x}]", "files", By.KUBERNETES),
        ("credentials: {s: {A: k}}", "credentials", By.KUBERNETES),
        ("inputs: [{url: 's3://b/x'}]", "inputs", By.AGENT),
        ("outputs: [{url: 's3://b/x'}]", "outputs", By.AGENT),
        ("checkpoint: [{path: /x, url: 's3://b/x', frequency: 1m}]", "checkpoint", By.AGENT),
    ],
)
def test_a_feature_is_listed_with_who_does_it(fields: str, feature: str, by: By) -> None:
    assert who(spec(f"name: a\n{fields}"))[feature] == everywhere(by)
    if fields:
        assert feature not in who(spec("name: a"))


def test_tasks_that_wait_need_a_coordinator_and_groups_a_barrier() -> None:
    waiting = who(spec("name: a", "name: b\ninputs: [{task: a}]"))
    assert waiting["tasks that wait for tasks"] == everywhere(By.COORDINATOR)
    assert "tasks that start together" not in waiting


def test_a_queue_timeout_of_the_pool_is_the_coordinators() -> None:
    from datetime import timedelta

    limited = who(spec("name: a"), Pool(queue_timeout=Timeout(timedelta(minutes=5), None)))
    assert limited["queue_timeout"] == everywhere(By.COORDINATOR)


def test_odd_names_of_variables_are_taken_by_newer_versions_alone() -> None:
    by = who(spec("name: a\nenvironment: {'a b': x}"))["odd names of variables"]
    assert by == (By.NOBODY, *(By.KUBERNETES,) * (len(VERSIONS) - 1))


def test_a_bare_job_has_no_agent() -> None:
    assert "the osmo command" not in who(spec("name: a"), Pool(cli="never"))
    assert "the osmo command" in who(spec("name: a"), Pool(runtime=Runtime(agent="image")))


def test_the_table_joins_versions_with_the_same_answer(tmp_path: Path) -> None:
    text = (ROOT / "examples/19-group/spec.yaml").read_text("utf-8").replace("environment:", "environment:")
    (tmp_path / "spec.yaml").write_text(text, "utf-8")

    done = osmoc(["explain", "targets", "spec.yaml"], tmp_path)

    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].split() == ["FEATURE", "KUBERNETES", "BY", "HOW"]
    assert any("tasks that start together" in line and "1.31-1.37   wrapper" in line for line in lines)


def test_json_has_every_version(tmp_path: Path) -> None:
    done = osmoc(["explain-targets", str(ROOT / "examples/14-restart/spec.yaml"), "-o", "json"], tmp_path)

    found = {row["feature"]: row["by"] for row in json.loads(done.out)}
    assert found["RESTART"] == dict.fromkeys(VERSIONS, "wrapper")


def test_a_given_version_counts_before_the_pools(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(
        "workflow:\n  name: w\n  tasks:\n  - name: a\n    image: ubuntu\n    command: [ls]\n"
        "    environment: {'a b': c}\n"
    )
    (tmp_path / "old.pool").write_text("kubernetesVersion: 1.31\n")

    assert "OSM0534" in osmoc(["check", "spec.yaml", "--pool", "old.pool"], tmp_path).err
    given = ["check", "spec.yaml", "--pool", "old.pool", "--kube-version", "1.34"]
    assert osmoc(given, tmp_path).err == ""


def test_an_unknown_version_is_a_mistake_of_the_command_line(tmp_path: Path) -> None:
    done = osmoc(["check", "spec.yaml", "--kube-version", "1.30"], tmp_path)

    assert done.code == 64
    assert "`1.30` is no version known here; there is 1.31, 1.32" in done.err
