"""Groups as Kubernetes sees them: who must be near whom, who waits for whom, and who finds whom."""

from __future__ import annotations

from typing import Any

import pytest

from osmoc.pool import Pool
from osmoc_runtime import contract
from tests.unit.backend import Back

Json = dict[str, Any]

LABELS = {"topology.kubernetes.io/zone": "zone", "example.com/rack": "rack"}
BACK = Back(Pool(topology={"zone": "topology.kubernetes.io/zone", "rack": "example.com/rack"}))


def spec(groups: dict[str, dict[str, str]], *, resources: str = "", fields: str = "") -> str:
    """A workflow of groups, of tasks, each given by further fields. The first task of a group leads."""
    lines = ["workflow:", "  name: w", *(f"  {line}" for line in resources.splitlines()), "  groups:"]
    for group, tasks in groups.items():
        lines += [f"  - name: {group}", *(f"    {line}" for line in fields.splitlines()), "    tasks:"]
        for number, (task, more) in enumerate(tasks.items()):
            lead = "true" if number == 0 else "false"
            line = f"name: {task}, image: u, command: [x], lead: {lead}"
            lines.append(f"    - {{{line}{', ' if more else ''}{more}}}")
    return "\n".join(lines) + "\n"


def jobs(text: str, back: Back = BACK) -> dict[str, Json]:
    found = {}
    for manifest in back.manifests(text).objects:
        body: Json = dict(manifest.body)
        if body["kind"] == "Job" and contract.TASK_LABEL in body["metadata"]["labels"]:
            found[body["metadata"]["labels"][contract.TASK_LABEL]] = body["spec"]["template"]
    return found


def near(text: str) -> dict[str, list[str]]:
    """For each task its terms, in order: `rack! a b` for pods that must share its rack, `?` for `should`."""
    templates = jobs(text)

    def term(mark: str, wanted: Json) -> str:
        selected = wanted["labelSelector"]["matchLabels"].items()
        matched = [
            name for name, template in templates.items() if selected <= template["metadata"]["labels"].items()
        ]
        return f"{LABELS[wanted['topologyKey']]}{mark} {' '.join(matched)}"

    found = {}
    for name, template in templates.items():
        rules = template["spec"].get("affinity", {}).get("podAffinity", {})
        required = rules.get("requiredDuringSchedulingIgnoredDuringExecution", [])
        preferred = rules.get("preferredDuringSchedulingIgnoredDuringExecution", [])
        found[name] = [term("!", one) for one in required] + [
            term("?", one["podAffinityTerm"]) for one in preferred
        ]
    return found


def placed(**tasks: str) -> str:
    """One group; a task is given by its topology, as `zone=z rack?=r`."""

    def resource(topology: str) -> str:
        wanted = []
        for word in topology.split():
            key, _, group = word.partition("=")
            kind = "preferred" if key.endswith("?") else "required"
            wanted.append(f"{{key: {key.rstrip('?')}, group: '{group}', requirementType: {kind}}}")
        return f"{{topology: [{', '.join(wanted)}]}}"

    lines = [f"  {task}: {resource(topology)}" for task, topology in tasks.items()]
    resources = "resources:\n  default: {}\n" + "\n".join(f"  r-{line.strip()}" for line in lines)
    return spec({"g": {task: f"resource: r-{task}" for task in tasks}}, resources=resources)


@pytest.mark.parametrize(
    ("topology", "expected"),
    [
        ({"a": "rack=x", "b": "rack=x"}, {"a": ["rack! a b"], "b": ["rack! a b"]}),
        ({"a": "rack=x", "b": "rack=y"}, {"a": ["rack! a"], "b": ["rack! b"]}),
        ({"a": "rack=x", "b": ""}, {"a": ["rack! a"], "b": []}),
        (
            {"a": "zone=z rack=x", "b": "zone=z rack=y"},
            {"a": ["zone! a b", "rack! a"], "b": ["zone! a b", "rack! b"]},
        ),
        # A rack of one name in another zone is another rack.
        (
            {"a": "zone=z rack=x", "b": "zone=z rack=y", "c": "zone=y rack=x"},
            {"a": ["zone! a b", "rack! a"], "b": ["zone! a b", "rack! b"], "c": ["zone! c", "rack! c"]},
        ),
        ({"a": "rack?=x", "b": "rack?=x"}, {"a": ["rack? a b"], "b": ["rack? a b"]}),
        (
            {"a": "zone=z rack?=x", "b": "zone=z rack?=x"},
            {"a": ["zone! a b", "rack? a b"], "b": ["zone! a b", "rack? a b"]},
        ),
        ({"a": "rack=x", "b": "rack?=x"}, {"a": ["rack! a b"], "b": ["rack? a b"]}),
        # The order in which a task writes them does not matter; the pool's does.
        (
            {"a": "rack=x zone=z", "b": "zone=z rack=x"},
            {"a": ["zone! a b", "rack! a b"], "b": ["zone! a b", "rack! a b"]},
        ),
        # Paths that read alike with a dash between.
        (
            {"a": "zone=p rack=q-r", "b": "zone=p-q rack=r"},
            {"a": ["zone! a", "rack! a"], "b": ["zone! b", "rack! b"]},
        ),
        ({"a": "rack=X", "b": "rack=x"}, {"a": ["rack! a"], "b": ["rack! b"]}),
        ({"a": f"rack={'x' * 80}", "b": f"rack={'x' * 81}"}, {"a": ["rack! a"], "b": ["rack! b"]}),
        ({"a": "rack=ü", "b": "rack=é"}, {"a": ["rack! a"], "b": ["rack! b"]}),
    ],
)
def test_those_tasks_of_a_group_are_near_each_other_that_ask_for_it(
    topology: dict[str, str], expected: dict[str, list[str]]
) -> None:
    assert near(placed(**topology)) == expected


def test_a_label_of_a_topology_can_be_read_and_is_one_that_kubernetes_takes() -> None:
    for topology, begins in {
        "zone=z rack=r1": "z-r1-",
        f"rack={'long' * 30}": "longlong",
        "rack=": "",
    }.items():
        labels = jobs(placed(a=topology))["a"]["metadata"]["labels"]
        label = labels["osmoc.dev/topology-rack"]
        assert label.startswith(begins) and len(label) <= 63
        assert label[0].isalnum() and label[-1].isalnum()


RACK = "resources: {default: {topology: [{key: rack}]}}"


def test_a_topology_is_each_groups_own() -> None:
    text = spec({"g": {"a": "", "b": ""}, "h": {"c": ""}}, resources=RACK)

    assert near(text) == {"a": ["rack! a b"], "b": ["rack! a b"], "c": ["rack! c"]}


def test_pods_of_an_earlier_generation_of_a_group_bind_nobody() -> None:
    def term(command: str) -> Json:
        text = spec({"g": {"a": "", "b": ""}}, resources=RACK).replace("[x]", f"[{command}]")
        affinity: Json = jobs(text)["a"]["spec"]["affinity"]["podAffinity"]
        selector: Json = affinity["requiredDuringSchedulingIgnoredDuringExecution"][0]["labelSelector"]
        return selector

    assert term("x") == term("x")
    assert term("x") != term("y")


def test_nodes_are_excluded_beside_a_topology() -> None:
    resources = "resources: {default: {topology: [{key: rack}], nodesExcluded: [n]}}"

    affinity = jobs(spec({"g": {"a": "", "b": ""}}, resources=resources))["a"]["spec"]["affinity"]

    assert set(affinity) == {"podAffinity", "nodeAffinity"}


def gated(text: str) -> set[str]:
    return {name for name, template in jobs(text).items() if "schedulingGates" in template["spec"]}


def planned(text: str) -> dict[str, contract.PlannedGroup]:
    """What the coordinator is told of each group."""
    for manifest in BACK.manifests(text).objects:
        body: Json = dict(manifest.body)
        labels = body["metadata"]["labels"]
        if body["kind"] == "ConfigMap" and labels[contract.COMPONENT_LABEL] == "coordinator":
            plan = contract.load(contract.WorkflowPlan, body["data"][contract.PLAN_KEY])
            return {group.name: group for group in plan.groups}
    return {}


CHAINED = {
    "one": {"a": "", "b": ""},
    "two": {"c": "", "d": "inputs: [{task: b}]"},
    "three": {"e": "inputs: [{task: c}, {task: a}]"},
    "four": {"f": "", "g": ""},
}


def test_all_tasks_of_a_group_wait_for_the_groups_of_their_inputs() -> None:
    text = spec(CHAINED)

    assert gated(text) == {"c", "d", "e"}
    plans = planned(text)
    assert {name: group.upstream for name, group in plans.items()} == {
        "one": (),
        "two": ("one",),
        "three": ("one", "two"),
        "four": (),
    }
    assert {name for name, group in plans.items() if group.gated} == {"two", "three"}


@pytest.mark.parametrize("barrier", [True, False])
@pytest.mark.parametrize("ignored", [True, False])
def test_what_a_group_says_of_its_barrier_and_its_followers_arrives(barrier: bool, ignored: bool) -> None:
    fields = f"barrier: {str(barrier).lower()}\nignoreNonleadStatus: {str(ignored).lower()}"
    text = spec(CHAINED, fields=fields)

    assert {group.ignore_nonlead for group in planned(text).values()} == {ignored}
    meetings = {}
    for manifest in BACK.manifests(text).objects:
        body: Json = dict(manifest.body)
        plan = body.get("data", {}).get(contract.PLAN_KEY, "") if body["kind"] == "ConfigMap" else ""
        if '"meeting"' in plan:
            task = contract.load(contract.TaskPlan, plan)
            meetings[task.task] = [(one.lead, one.barrier) for one in task.meeting]
    leads = {"a": "a", "b": "a", "c": "c", "d": "c", "f": "f", "g": "f"}
    assert meetings == {"e": [], **{task: [(lead, barrier)] for task, lead in leads.items()}}


def test_each_group_has_all_of_the_workflows_time() -> None:
    text = spec(CHAINED, resources="timeout: {exec_timeout: 1h, queue_timeout: 5m}")

    times = {name: (group.exec_timeout, group.queue_timeout) for name, group in planned(text).items()}

    # The wrapper of a lone task keeps its time itself.
    assert times == {"one": (3600, 300), "two": (3600, 300), "three": (0, 300), "four": (3600, 300)}


def host(template: Json) -> str:
    return f"{template['spec']['hostname']}.{template['spec']['subdomain']}"


def test_a_task_finds_the_pod_of_a_task_in_any_other_group() -> None:
    groups = {
        "one": {"a": "args: ['{{host:b}}', '{{host:c}}']", "b": ""},
        "two": {"c": "args: ['{{host:a}}']"},
        "three": {"d": ""},
    }
    templates = jobs(spec(groups))

    def arguments(task: str) -> list[str]:
        words: list[str] = templates[task]["spec"]["containers"][0]["args"][1:]
        return words

    assert arguments("a") == [host(templates["b"]), host(templates["c"])]
    assert arguments("c") == [host(templates["a"])]
    # Nobody asks for it.
    assert "hostname" not in templates["d"]["spec"]


def test_a_group_that_is_spoken_of_is_found_though_it_comes_after_the_one_that_speaks() -> None:
    groups = {
        "one": {"a": "args: ['{{host:c}}']"},
        "two": {"b": "inputs: [{task: a}]"},
        "three": {"c": "inputs: [{task: b}]"},
    }
    text = spec(groups)
    templates = jobs(text)

    assert templates["a"]["spec"]["containers"][0]["args"][1:] == [host(templates["c"])]
    assert gated(text) == {"b", "c"}
