from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from osmoc import yamlwriter
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.options import Options
from osmoc.pool import Platform, Pool, Runtime, Storage
from osmoc_runtime import contract
from tests.conformance.schema_shapes import assert_schemas_take
from tests.unit.backend import BACK, Back, spec

Body = dict[str, Any]

PLAIN = spec("name: a")
DATA = spec(
    "name: a\noutputs: [{url: 's3://b/c'}]\ncheckpoint: [{path: /ckpt, url: 's3://b/k', frequency: 1m}]\n"
    "files: [{path: /run.sh, contents: '#!/bin/sh'}, {path: /osmo/data/output/note, contents: hi}]"
)
CHAIN = spec("name: a", "name: b\ninputs: [{task: a}]", "name: c\ninputs: [{task: b}]", "name: d")
GROUP = """
workflow:
  name: w
  labels: {team: red}
  groups:
  - name: Pair_1
    tasks:
    - {name: lead, lead: true, image: u, command: [sh, "{{host:other}}"]}
    - {name: other, image: u, command: [sh], environment: {LEAD: "{{host:lead}}"}}
  - name: after
    tasks: [{name: last, image: u, command: [sh], inputs: [{task: lead}]}]
"""


def objects(text: str, back: Back = BACK) -> list[Body]:
    """The manifests as a reader of the YAML sees them."""
    written = "".join(yamlwriter.write(manifest.body for manifest in back.manifests(text).objects))
    return [body for body in yaml.safe_load_all(written) if body]


def of_kind(bodies: list[Body], kind: str) -> Iterator[Body]:
    return (body for body in bodies if body["kind"] == kind)


def jobs(bodies: list[Body]) -> dict[str, Body]:
    """Jobs by task; the coordinator's by its component."""
    made = {}
    for body in of_kind(bodies, "Job"):
        labels = body["metadata"]["labels"]
        made[labels.get(contract.TASK_LABEL, labels[contract.COMPONENT_LABEL])] = body
    return made


def job(text: str, back: Back = BACK) -> Body:
    return jobs(objects(text, back))["a"]


def pod(body: Body) -> Body:
    spec_: Body = body["spec"]["template"]["spec"]
    return spec_


def container(body: Body, name: str) -> Body:
    spec_ = pod(body)
    return next(
        one for one in (*spec_.get("initContainers", []), *spec_["containers"]) if one["name"] == name
    )


def mounts(body: Body, name: str) -> dict[str, Body]:
    return {mount["mountPath"]: mount for mount in container(body, name).get("volumeMounts", [])}


def names(text: str, back: Back = BACK) -> dict[str, str]:
    return {task: body["metadata"]["name"] for task, body in jobs(objects(text, back)).items()}


def plan_of(bodies: list[Body], task: str) -> contract.TaskPlan:
    name = jobs(bodies)[task]["metadata"]["name"]
    (config_map,) = (body for body in of_kind(bodies, "ConfigMap") if body["metadata"]["name"] == name)
    return contract.load(contract.TaskPlan, config_map["data"][contract.PLAN_KEY])


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
    (variable,) = container(body, "a")["env"]
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
    (meeting,) = plan_of(bodies, "other").meeting
    assert (meeting.me, meeting.lead, meeting.barrier) == ("other", "lead", True)
    assert contract.Member("other", host) in meeting.members
    assert meeting.group.startswith("Pair_1-")
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


SCRIPT = "{{path: /b/a, contents: '#!/bin/sh'}}"
FILES = "files: [{{path: /a, contents: '{0}'}}, " + SCRIPT + ", {{path: /c, contents: '{0}'}}]"


def file_maps(text: str) -> list[Body]:
    return [body for body in of_kind(objects(text), "ConfigMap") if "-files-" in body["metadata"]["name"]]


def test_equal_files_are_one_configmap_for_all_tasks() -> None:
    (made,) = file_maps(spec("name: a\n" + FILES.format("x"), "name: b\n" + FILES.format("x")))
    assert made["immutable"] is True
    assert made["data"] == {"f0": "x", "f1": "#!/bin/sh"}
    assert len(file_maps(spec("name: a\n" + FILES.format("x"), "name: b\n" + FILES.format("y")))) == 2


def test_files_are_mounted_one_by_one_and_scripts_can_be_run() -> None:
    body = job(spec("name: a\n" + FILES.format("x")))
    found = mounts(body, "a")
    assert [found[path]["subPath"] for path in ("/a", "/b/a", "/c")] == ["f0", "f1", "f0"]
    assert all(found[path]["readOnly"] for path in ("/a", "/b/a", "/c"))
    (volume,) = (one["configMap"] for one in pod(body)["volumes"] if one["name"] == "files-0")
    assert volume["items"] == [{"key": "f0", "path": "f0"}, {"key": "f1", "path": "f1", "mode": 0o555}]


def test_bytes_that_are_no_text_are_binary_data() -> None:
    raw = base64.b64encode(b"\xff\x00").decode()
    (made,) = file_maps(spec(f"name: a\nfiles: [{{path: /a, contents: {raw}, base64: true}}]"))
    assert made["binaryData"] == {"f0": raw}
    assert "data" not in made


def test_files_are_cut_so_that_plain_apply_takes_each_configmap() -> None:
    sizes = (100_000, 60_000, 60_000, 185_000, 10)
    files = "\n".join(f"- {{path: /f{n}, contents: '{str(n) * size}'}}" for n, size in enumerate(sizes))
    made = file_maps(spec("name: a\nfiles:\n" + files))
    assert [sum(map(len, body["data"].values())) for body in made] == [160_000, 60_000, 185_000, 10]
    annotated = ["annotations" in body["metadata"] for body in made]
    assert annotated == [False, False, True, False]
    assert made[2]["metadata"]["annotations"] == {"argocd.argoproj.io/sync-options": "ServerSideApply=true"}


POOL = Pool(
    platforms={
        "gpu": Platform(
            node_selector={"gpu": "a100"},
            tolerations=({"key": "gpu", "operator": "Exists"},),
            runtime_class="nvidia",
            default_mounts=("/mnt/d",),
            pod_template={
                "spec": {
                    "containers": [{"name": "{{USER_CONTAINER_NAME}}", "env": [{"name": "X", "value": "1"}]}]
                }
            },
        )
    },
    default_platform="gpu",
    image_pull_secrets=("pull",),
    service_account="runner",
    priority_class="low",
    topology={"zone": "topology.kubernetes.io/zone", "rack": "example.com/rack"},
    pod_template={
        "metadata": {"labels": {"team": "blue"}},
        "spec": {
            "priority": 5,
            "affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [
                            {"matchExpressions": [{"key": "a", "operator": "Exists"}]},
                            {"matchExpressions": [{"key": "b", "operator": "Exists"}]},
                        ]
                    }
                }
            },
        },
    },
)


def test_a_platform_and_the_pools_patches_reach_the_pod() -> None:
    body = job(spec("name: a\nenvironment: {Y: '2'}"), Back(POOL))
    made = pod(body)
    assert made["nodeSelector"] == {"gpu": "a100"}
    assert made["tolerations"] == [{"key": "gpu", "operator": "Exists"}]
    assert (made["runtimeClassName"], made["priorityClassName"], made["priority"]) == ("nvidia", "low", 5)
    assert (made["serviceAccountName"], made["imagePullSecrets"]) == ("runner", [{"name": "pull"}])
    assert [one["name"] for one in made["containers"]] == ["a"]
    assert [one["name"] for one in container(body, "a")["env"]] == ["Y", "X"]
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


@pytest.mark.parametrize("text", [PLAIN, DATA, CHAIN, GROUP], ids=["plain", "data", "chain", "group"])
def test_schemas_of_every_version_take_every_object(text: str) -> None:
    for back in (BACK, Back(POOL), Back(Pool(security="restricted", run_as_user=1, fs_group=1))):
        for body in objects(text, back):
            assert_schemas_take(body, "1.31", "1.34", "1.37")
