"""The objects of a workflow: which, in which order, and what binds them together."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from osmoc import yamlwriter
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.options import Options
from osmoc.pool import Pool, Runtime
from osmoc_runtime import contract
from tests.conformance.schema_shapes import assert_schemas_take
from tests.unit.backend import BACK, Back, spec
from tests.unit.emitted import (
    CHAIN,
    DATA,
    GROUP,
    PLAIN,
    POOL,
    Body,
    container,
    job,
    jobs,
    names,
    objects,
    of_kind,
    plan_of,
    pod,
)


def test_objects_come_in_the_order_in_which_they_are_applied() -> None:
    kinds = [body["kind"] for body in objects(GROUP)]
    access = ["ServiceAccount", "Role", "RoleBinding"]
    assert kinds == [*access, *["ConfigMap"] * 5, "Service", *["Job"] * 4]
    order = [body["metadata"]["labels"].get(contract.TASK_LABEL) for body in of_kind(objects(GROUP), "Job")]
    assert order == ["lead", "other", "last", None]


def test_nothing_is_left_of_a_placeholder_in_any_object() -> None:
    for text in (PLAIN, DATA, CHAIN, GROUP):
        written = json.dumps(objects(text), ensure_ascii=False)
        assert "\ufdd0" not in written
        assert "\ufdd1" not in written


def test_the_same_spec_gives_the_same_bytes() -> None:
    def written() -> str:
        return "".join(yamlwriter.write(manifest.body for manifest in Back().manifests(GROUP).objects))

    assert written() == written()


def test_a_group_is_found_by_the_names_that_its_tasks_were_given() -> None:
    bodies = objects(GROUP)
    (service,) = of_kind(bodies, "Service")
    assert service["spec"]["clusterIP"] == "None"
    assert service["spec"]["publishNotReadyAddresses"] is True
    made = jobs(bodies)
    for task in ("lead", "other"):
        assert pod(made[task])["hostname"] == task
        assert pod(made[task])["subdomain"] == service["metadata"]["name"]
        labels = made[task]["spec"]["template"]["metadata"]["labels"]
        assert service["spec"]["selector"].items() <= labels.items()
    host = f"other.{service['metadata']['name']}"
    assert container(made["lead"], "lead")["args"] == ["sh", host]
    led, follows = (plan_of(bodies, task).meeting[0] for task in ("lead", "other"))
    assert (follows.me, follows.lead, follows.barrier) == ("other", "lead", True)
    assert led.members == (*follows.members, contract.Member("other", host))
    assert [member.task for member in follows.members] == ["lead"]
    assert led.group == follows.group
    assert led.group.startswith("Pair_1-")
    assert plan_of(bodies, "last").meeting == ()


def test_labels_say_what_an_object_belongs_to() -> None:
    made = jobs(objects(GROUP))
    labels = made["lead"]["metadata"]["labels"]
    assert labels == {
        "app.kubernetes.io/name": "w",
        "app.kubernetes.io/instance": "w",
        "app.kubernetes.io/managed-by": "osmoc",
        "app.kubernetes.io/component": "task",
        "osmoc.dev/workflow": "w",
        "osmoc.dev/workflow-id": "w",
        "osmoc.dev/group": "Pair_1",
        "osmoc.dev/task": "lead",
        "osmoc.dev/lead": "true",
    }
    assert made["lead"]["spec"]["template"]["metadata"]["labels"] == {"team": "red", **labels}
    assert made["other"]["metadata"]["labels"]["osmoc.dev/lead"] == "false"


def test_where_a_job_comes_from_stands_on_the_job_and_not_on_its_pods() -> None:
    body = job(PLAIN, Back(options=Options(set=("a=b",))))
    annotations = body["metadata"]["annotations"]
    assert annotations["osmoc.dev/spec"] == "spec.yaml:4"
    assert set(annotations) == {"osmoc.dev/spec", "osmoc.dev/template-digest", "osmoc.dev/parameters-digest"}
    assert "annotations" not in body["spec"]["template"]["metadata"]


def test_no_namespace_is_written_unless_one_is_given() -> None:
    assert all("namespace" not in body["metadata"] for body in objects(GROUP))
    bodies = objects(GROUP, Back(Pool(namespace="p"), Options(namespace="n")))
    assert {body["metadata"]["namespace"] for body in bodies} == {"n"}
    (binding,) = of_kind(bodies, "RoleBinding")
    assert binding["subjects"][0]["namespace"] == "n"


def test_the_coordinator_may_patch_the_jobs_of_the_workflow_and_no_others() -> None:
    bodies = objects(CHAIN)
    (role,) = of_kind(bodies, "Role")
    patching = [rule for rule in role["rules"] if rule["resources"] == ["jobs"] and "patch" in rule["verbs"]]
    tasks = [name for task, name in names(CHAIN).items() if task != "coordinator"]
    assert [rule["resourceNames"] for rule in patching] == [tasks]
    own = jobs(bodies)["coordinator"]
    assert pod(own)["serviceAccountName"] == role["metadata"]["name"]
    plan = contract.load(contract.WorkflowPlan, next(plans(bodies, own["metadata"]["name"])))
    assert [(group.name, group.upstream, group.gated) for group in plan.groups] == [
        ("a-group", (), False),
        ("b-group", ("a-group",), True),
        ("c-group", ("b-group",), True),
        ("d-group", (), False),
    ]
    assert [task.job for group in plan.groups for task in group.tasks] == tasks


def plans(bodies: list[Body], name: str) -> Iterator[str]:
    return (
        body["data"][contract.PLAN_KEY]
        for body in of_kind(bodies, "ConfigMap")
        if body["metadata"]["name"] == name
    )


def test_a_coordinator_of_very_many_tasks_is_applied_by_the_server() -> None:
    tasks = ["name: a", *(f"name: t{number}\ninputs: [{{task: a}}]" for number in range(700))]
    diagnostics = Diagnostics()
    made = Back().manifests(spec(*tasks), diagnostics).objects
    annotated = {
        manifest.kind for manifest in made if "argocd.argoproj.io" in json.dumps(manifest.body["metadata"])
    }
    assert annotated == {"ConfigMap"}
    assert [one.code for one in diagnostics.said] == [Code.NEEDS_SERVER_SIDE]


def test_a_task_with_very_long_arguments_is_applied_by_the_server() -> None:
    diagnostics = Diagnostics()
    made = Back().manifests(spec(f"name: a\nargs: [{'x' * 100_000}, {'y' * 100_000}]"), diagnostics).objects
    annotations = json.loads(json.dumps(made[-1].body["metadata"]))["annotations"]
    assert annotations["argocd.argoproj.io/sync-options"] == "ServerSideApply=true"
    assert annotations["osmoc.dev/spec"] == "spec.yaml:4"
    assert [one.code for one in diagnostics.said] == [Code.NEEDS_SERVER_SIDE]


def test_a_given_account_needs_no_rights_from_us() -> None:
    bodies = objects(CHAIN, Back(Pool(coordinator_service_account="boss")))
    assert not {body["kind"] for body in bodies} & {"Role", "RoleBinding", "ServiceAccount"}
    assert pod(jobs(bodies)["coordinator"])["serviceAccountName"] == "boss"


def test_the_agent_comes_with_the_workflow_or_is_installed_or_in_the_image() -> None:
    def agents(agent: str) -> tuple[list[str], list[str]]:
        bodies = objects(PLAIN, Back(Pool(runtime=Runtime(agent=agent))))
        written = [body["metadata"]["name"] for body in of_kind(bodies, "ConfigMap") if "binaryData" in body]
        volumes = pod(jobs(bodies)["a"])["volumes"]
        return written, [one["configMap"]["name"] for one in volumes if one["name"] == "osmoc-agent"]

    assert agents("embedded") == (["w-agent-c1"], ["w-agent-c1"])
    assert agents("installed") == ([], ["osmoc-agent-c1"])
    assert agents("image") == ([], [])


@pytest.mark.parametrize("text", [PLAIN, DATA, CHAIN, GROUP], ids=["plain", "data", "chain", "group"])
def test_schemas_of_every_version_take_every_object(text: str) -> None:
    for back in (BACK, Back(POOL), Back(Pool(security="restricted", run_as_user=1, fs_group=1))):
        for body in objects(text, back):
            assert_schemas_take(body, "1.31", "1.34", "1.37")
