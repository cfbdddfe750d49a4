"""The back half of the compiler as a reader of its YAML sees it: specs to compile, and what to look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from osmoc import yamlwriter
from osmoc.pool import Platform, Pool
from osmoc_runtime import contract
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
