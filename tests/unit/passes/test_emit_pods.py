"""A task as a pod and its Job: containers, policies, and what pools, platforms and resources bring."""

from __future__ import annotations

import json

import pytest

from osmoc.pool import Platform, Pool, Storage
from osmoc_runtime import contract
from tests.unit.backend import BACK, Back, spec
from tests.unit.emitted import (
    CHAIN,
    DATA,
    GROUP,
    PLAIN,
    POOL,
    container,
    job,
    jobs,
    mounts,
    objects,
    plan_of,
    pod,
)


def test_a_bare_task_is_a_job_with_one_container_and_no_more() -> None:
    bodies = objects(spec("name: a\nargs: [x]"), Back(Pool(cli="never")))
    assert [body["kind"] for body in bodies] == ["Job"]
    (one,) = pod(bodies[0])["containers"]
    assert (one["command"], one["args"]) == (["sh"], ["x"])
    assert "initContainers" not in pod(bodies[0])
    assert "volumes" not in pod(bodies[0])


def test_the_tasks_container_comes_first_and_its_requests_are_its_limits() -> None:
    body = job(DATA)
    assert [one["name"] for one in pod(body)["containers"]] == ["a", contract.CONTROL]
    assert [one["name"] for one in pod(body)["initContainers"]] == [contract.INIT]
    resources = container(body, "a")["resources"]
    assert (
        resources["requests"]
        == resources["limits"]
        == {"cpu": "1", "memory": "1Gi", "ephemeral-storage": "1Gi"}
    )


def test_the_wrapper_gets_command_and_arguments_as_they_are() -> None:
    one = container(job(spec("name: a\nargs: ['--x', '$(HOME)']")), "a")
    assert one["args"] == ["sh", "--x", "$(HOME)"]


def test_folders_of_the_contract_are_mounted_where_it_says() -> None:
    body = job(DATA)
    own = {contract.TREE, contract.DATA, contract.RUN}
    assert set(mounts(body, "a")) == own | {"/ckpt", "/run.sh", "/osmo/data/output/note"}
    assert mounts(body, "a")[contract.TREE]["readOnly"] is True
    assert "readOnly" not in mounts(body, contract.INIT)[contract.TREE]
    checkpoint = f"{contract.CHECKPOINT_FOLDER}/0"
    storage = contract.STORAGE_FOLDER
    archive, plan = contract.ARCHIVE_FOLDER, contract.PLAN_FOLDER
    assert set(mounts(body, contract.INIT)) == own | {archive, plan, storage, checkpoint}
    assert set(mounts(body, contract.CONTROL)) == own | {storage, checkpoint, "/osmo/data/output/note"}
    assert mounts(body, "a")["/ckpt"]["name"] == mounts(body, contract.CONTROL)[checkpoint]["name"]


def test_a_checkpoint_of_the_output_folder_is_in_its_volume() -> None:
    body = job(spec("name: a\ncheckpoint: [{path: '{{output}}/x', url: 's3://b/k', frequency: 1m}]"))
    assert "/osmo/data/output" not in mounts(body, "a")
    mount = mounts(body, contract.CONTROL)[f"{contract.CHECKPOINT_FOLDER}/0"]
    assert mount == {"name": "osmo-data", "mountPath": mount["mountPath"], "subPath": "output"}


def test_the_storage_secret_may_be_missing_and_may_be_none() -> None:
    (volume,) = (one for one in pod(job(DATA))["volumes"] if "secret" in one)
    assert volume["secret"] == {"secretName": "osmoc-storage", "optional": True}
    ambient = job(DATA, Back(Pool(storage=Storage(secret=None, url="s3://b"))))
    assert not any("secret" in one for one in pod(ambient)["volumes"])
    assert plan_of(objects(DATA, Back(Pool(storage=Storage(url="s3://b")))), "a").storage.url == "s3://b"


def test_credentials_are_named_and_never_written() -> None:
    body = job(spec("name: a\ncredentials: {My_s: {KEY: k}, T: /secrets/t}"))
    (variable, _) = container(body, "a")["env"]
    assert variable == {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "my-s", "key": "k"}}}
    mount = mounts(body, "a")["/secrets/t"]
    (volume,) = (one for one in pod(body)["volumes"] if one["name"] == mount["name"])
    assert volume["secret"] == {"secretName": "t"}


def test_data_are_given_time_to_arrive() -> None:
    assert pod(job(DATA))["terminationGracePeriodSeconds"] == 150
    assert "terminationGracePeriodSeconds" not in pod(job(PLAIN))
    assert plan_of(objects(DATA), "a").grace == 150.0


@pytest.mark.parametrize("text", [PLAIN, DATA], ids=["plain", "data"])
def test_the_agent_knows_of_a_grace_that_a_patch_sets(text: str) -> None:
    wanted = {"spec": {"terminationGracePeriodSeconds": 45}}
    of_a_platform = Pool(platforms={"p": Platform(pod_template=wanted)}, default_platform="p")
    for pool in (Pool(pod_template=wanted), of_a_platform):
        assert pod(job(text, Back(pool)))["terminationGracePeriodSeconds"] == 45
        assert plan_of(objects(text, Back(pool)), "a").grace == 45.0


def test_own_containers_are_root_with_three_capabilities_or_nobody_at_all() -> None:
    context = container(job(DATA), contract.CONTROL)["securityContext"]
    assert context["runAsUser"] == 0
    assert context["capabilities"] == {"drop": ["ALL"], "add": ["CHOWN", "DAC_OVERRIDE", "FOWNER"]}
    body = job(DATA, Back(Pool(security="restricted", run_as_user=1000, fs_group=2000)))
    assert pod(body)["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "fsGroup": 2000,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    for name in ("a", contract.INIT, contract.CONTROL):
        assert container(body, name)["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        }


def test_no_pod_of_a_task_has_a_token_or_the_services_of_the_namespace() -> None:
    assert pod(job(PLAIN))["automountServiceAccountToken"] is False
    assert pod(job(PLAIN))["enableServiceLinks"] is False


def test_what_waits_is_gated_and_nothing_else_is() -> None:
    made = jobs(objects(CHAIN))
    gates = {task: pod(body).get("schedulingGates") for task, body in made.items()}
    gate = [{"name": contract.GATE}]
    assert gates == {"a": None, "b": gate, "c": gate, "d": None, "coordinator": None}


def rules(text: str, back: Back = BACK) -> list[tuple[str, str, str, list[int]]]:
    """Action, container, operator and codes of each rule of task `a`; disruptions have no container."""
    found = []
    for rule in job(text, back)["spec"]["podFailurePolicy"]["rules"]:
        codes = rule.get("onExitCodes", {"containerName": "", "operator": "", "values": []})
        found.append((rule["action"], codes["containerName"], codes["operator"], codes["values"]))
    return found


def test_the_failure_policy_judges_disruptions_first_and_every_container_by_name() -> None:
    text = DATA.replace("image: ubuntu", "image: ubuntu\n    exitActions: {RESCHEDULE: '7,5', COMPLETE: 9}")
    assert rules(text) == [
        ("Ignore", "", "", []),
        ("FailJob", contract.CONTROL, "In", [contract.DATA_NOT_STORED]),
        ("Count", contract.CONTROL, "NotIn", [0, contract.DATA_NOT_STORED]),
        ("FailJob", contract.INIT, "In", [contract.INIT_PERMANENT]),
        ("Count", contract.INIT, "NotIn", [0, contract.INIT_PERMANENT]),
        ("Count", "a", "In", [5, 7]),
        ("FailJob", "a", "NotIn", [0]),
    ]
    assert rules(PLAIN, Back(Pool(cli="never"))) == [("Ignore", "", "", []), ("FailJob", "a", "NotIn", [0])]


def test_where_every_code_is_tried_again_no_rule_is_left_for_the_rest() -> None:
    assert rules(spec("name: a\nexitActions: {RESCHEDULE: 1-255}"))[-1] == ("Count", "a", "NotIn", [0])


def test_of_many_codes_those_are_listed_that_are_not_tried_again() -> None:
    assert rules(spec("name: a\nexitActions: {RESCHEDULE: 3-255, FAIL: '7'}"))[-2:] == [
        ("Count", "a", "NotIn", [0, 1, 2, 7]),
        ("FailJob", "a", "NotIn", [0]),
    ]


def test_a_job_is_tried_again_as_often_as_the_pool_says_and_has_no_time_limit_of_its_own() -> None:
    body = job(PLAIN, Back(Pool(max_retries=2)))
    assert set(body["spec"]) == {"backoffLimit", "podFailurePolicy", "template"}
    assert body["spec"]["backoffLimit"] == 2


def test_a_platform_and_the_pools_patches_reach_the_pod() -> None:
    body = job(spec("name: a\nenvironment: {Y: '2'}"), Back(POOL))
    made = pod(body)
    assert made["nodeSelector"] == {"gpu": "a100"}
    assert made["tolerations"] == [{"key": "gpu", "operator": "Exists"}]
    assert (made["runtimeClassName"], made["priorityClassName"], made["priority"]) == ("nvidia", "low", 5)
    assert (made["serviceAccountName"], made["imagePullSecrets"]) == ("runner", [{"name": "pull"}])
    assert [one["name"] for one in made["containers"]] == ["a"]
    assert [one["name"] for one in container(body, "a")["env"]] == ["Y", "NVIDIA_VISIBLE_DEVICES", "X"]
    assert body["spec"]["template"]["metadata"]["labels"]["team"] == "blue"
    volume = next(one for one in made["volumes"] if "hostPath" in one)
    assert mounts(body, "a")["/mnt/d"]["name"] == volume["name"]
    assert volume["hostPath"] == {"path": "/mnt/d"}


def test_the_lead_of_a_group_with_a_barrier_is_shown_who_is_over() -> None:
    def shown(text: str) -> list[str]:
        return [name for name, body in jobs(objects(text)).items() if contract.OVER_ANNOTATION in str(body)]

    assert shown(GROUP) == ["lead"]
    assert shown(GROUP.replace("name: Pair_1", "name: Pair_1\n    barrier: false")) == []
    lead = jobs(objects(GROUP))["lead"]
    folder, file = contract.OVER_FILE.rsplit("/", 1)
    volume = next(one for one in pod(lead)["volumes"] if "downwardAPI" in one)
    assert mounts(lead, "lead")[folder]["name"] == volume["name"]
    assert [item["path"] for item in volume["downwardAPI"]["items"]] == [file]


def test_excluded_nodes_stand_in_every_term_by_host_name_and_by_node_name() -> None:
    text = spec("name: a", head="resources: {default: {nodesExcluded: [n1, n2]}}")
    for back, first in ((Back(), [None]), (Back(POOL), ["a", "b"])):
        node_affinity = pod(job(text, back))["affinity"]["nodeAffinity"]
        terms = node_affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        assert len(terms) == len(first)
        for term, key in zip(terms, first, strict=True):
            *others, excluded = term["matchExpressions"]
            assert [other["key"] for other in others] == ([key] if key else [])
            assert excluded == {"key": "kubernetes.io/hostname", "operator": "NotIn", "values": ["n1", "n2"]}
            assert [field["values"] for field in term["matchFields"]] == [["n1"], ["n2"]]


def test_topology_brings_the_tasks_of_a_group_together() -> None:
    topology = "[{key: zone, group: z}, {key: rack, group: r, requirementType: preferred}]"
    head = f"resources: {{default: {{topology: {topology}}}}}"
    body = job(spec("name: a", head=head), Back(POOL))
    affinity = pod(body)["affinity"]["podAffinity"]
    (required,) = affinity["requiredDuringSchedulingIgnoredDuringExecution"]
    (preferred,) = affinity["preferredDuringSchedulingIgnoredDuringExecution"]
    assert required["topologyKey"] == "topology.kubernetes.io/zone"
    assert preferred["podAffinityTerm"]["topologyKey"] == "example.com/rack"
    labels = body["spec"]["template"]["metadata"]["labels"]
    for term in (required, preferred["podAffinityTerm"]):
        assert term["labelSelector"]["matchLabels"].items() <= labels.items()
    assert labels["osmoc.dev/topology-rack"].startswith("z-r-")


def test_privileges_of_a_task_are_its_own_containers() -> None:
    body = job(spec("name: a\nprivileged: true\nhostNetwork: true"))
    assert container(body, "a")["securityContext"] == {"privileged": True}
    assert (pod(body)["hostNetwork"], pod(body)["dnsPolicy"]) == (True, "ClusterFirstWithHostNet")
    assert "privileged" not in container(body, contract.INIT)["securityContext"]


def test_a_gpu_is_asked_for_by_the_pools_word_and_zero_by_none() -> None:
    text = spec("name: a", head="resources: {default: {gpu: 2}}")
    resources = container(job(text, Back(Pool(gpu_resource="amd.com/gpu"))), "a")["resources"]
    assert resources["limits"]["amd.com/gpu"] == resources["requests"]["amd.com/gpu"] == "2"
    text = spec("name: a", head="resources: {default: {gpu: 0}}")
    assert "gpu" not in json.dumps(container(job(text), "a"))


def variables(text: str, back: Back = BACK) -> dict[str, str | None]:
    """Values by name, None for one of a Secret."""
    found = container(job(text, back), "a").get("env", [])
    return {one["name"]: None if "valueFrom" in one else one.get("value", "") for one in found}


def test_an_empty_value_is_written_as_the_api_server_keeps_it() -> None:
    body = job(spec("name: a\nenvironment: {B: ''}"))
    assert container(body, "a")["env"] == [{"name": "B"}, {"name": "NVIDIA_VISIBLE_DEVICES"}]


def test_who_asks_for_no_gpu_sees_none() -> None:
    name = "NVIDIA_VISIBLE_DEVICES"
    assert variables(spec("name: a\nenvironment: {B: b}")) == {"B": "b", name: ""}
    assert variables(spec("name: a", head="resources: {default: {gpu: 0}}")) == {name: ""}
    assert variables(spec("name: a", head="resources: {default: {gpu: 1}}")) == {}
    assert variables(PLAIN, Back(Pool(gpu_resource="amd.com/gpu"))) == {}
    assert variables(spec(f"name: a\nenvironment: {{{name}: all}}")) == {name: "all"}
    assert variables(spec(f"name: a\ncredentials: {{c: {{{name}: k}}}}")) == {name: None}


@pytest.mark.parametrize(
    ("resources", "hidden"),
    [
        ({"limits": {"nvidia.com/mig-1g.5gb": "1"}}, False),
        ({"claims": [{"name": "gpu"}]}, False),
        ({"limits": {"example.com/fpga": "1"}}, True),
    ],
)
def test_a_gpu_that_the_pool_gives_is_seen(resources: dict[str, object], hidden: bool) -> None:
    template = {"spec": {"containers": [{"name": "{{USER_CONTAINER_NAME}}", "resources": resources}]}}

    assert ("NVIDIA_VISIBLE_DEVICES" in variables(PLAIN, Back(Pool(pod_template=template)))) == hidden
