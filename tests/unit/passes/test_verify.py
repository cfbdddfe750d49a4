from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics, Rejected
from osmoc.passes.verify import verify
from osmoc.passing import Manifest, Manifests
from osmoc.pool import Pool
from tests.unit.backend import Back, spec

Body = dict[str, Any]
Spoil = Callable[[Body], None]

TEXT = spec(
    "name: a\nargs: ['{{host:a}}']\nenvironment: {X: '1'}\nfiles: [{path: /x, contents: x}]",
    "name: b\ninputs: [{task: a}]",
    head="resources: {default: {gpu: 1, nodesExcluded: [n]}}",
)
MADE = Back().manifests(TEXT)


def said(manifests: Manifests) -> list[Code]:
    diagnostics = Diagnostics()
    try:
        assert verify(diagnostics, manifests) is manifests
    except Rejected as rejected:
        return [one.code for one in rejected.diagnostics]
    return []


def spoilt(kind: str, spoil: Spoil) -> Manifests:
    """The manifests with the first object of that kind changed."""
    objects = list(MADE.objects)
    index = next(number for number, manifest in enumerate(objects) if manifest.kind == kind)
    body: Any = copy.deepcopy(objects[index].body)
    spoil(body)
    objects[index] = Manifest(body, objects[index].origin)
    return Manifests(MADE.workflow_id, tuple(objects))


def pod(body: Body) -> Body:
    found: Body = body["spec"]["template"]["spec"]
    return found


def pod_annotations(body: Body) -> Body:
    found: Body = body["spec"]["template"]["metadata"].setdefault("annotations", {})
    return found


def policy(body: Body) -> list[Body]:
    found: list[Body] = body["spec"]["podFailurePolicy"]["rules"]
    return found


def codes_of(body: Body) -> Body:
    found: Body = next(rule["onExitCodes"] for rule in policy(body) if "onExitCodes" in rule)
    return found


def test_what_is_emitted_is_taken() -> None:
    assert said(MADE) == []


JOB_SPOILERS: list[tuple[Code, Spoil]] = [
    (Code.NAME_REFUSED, lambda body: body["metadata"].update(name="A")),
    (Code.NAME_REFUSED, lambda body: body["metadata"].update(name="a" * 64)),
    (Code.NAME_REFUSED, lambda body: pod(body)["containers"][0].update(name="a_b")),
    (Code.NAME_REFUSED, lambda body: pod(body).update(hostname="a.b")),
    (
        Code.NAME_REFUSED,
        lambda body: pod(body)["volumes"].append({"name": "s", "secret": {"secretName": "a_b"}}),
    ),
    (
        Code.NAME_REFUSED,
        lambda body: pod(body)["containers"][0]["env"].append(
            {"name": "S", "valueFrom": {"secretKeyRef": {"name": "A", "key": "k"}}}
        ),
    ),
    (Code.NAME_TWICE, lambda body: pod(body)["volumes"].append(pod(body)["volumes"][0])),
    (Code.LABEL_REFUSED, lambda body: body["metadata"]["labels"].update({"a b": "x"})),
    (Code.LABEL_REFUSED, lambda body: body["metadata"]["labels"].update({"a": "-x"})),
    (Code.LABEL_REFUSED, lambda body: body["spec"]["template"]["metadata"]["labels"].update({"a/b/c": "x"})),
    (Code.LABEL_REFUSED, lambda body: pod_annotations(body).update({"a b": "x"})),
    (Code.OBJECT_TOO_LARGE, lambda body: pod_annotations(body).update({"a": "ä" * 131_072})),
    (Code.OBJECT_TOO_LARGE, lambda body: body["metadata"]["annotations"].update({"a": "x" * 262_144})),
    (
        Code.QUANTITY_REFUSED,
        lambda body: pod(body)["containers"][0]["resources"]["limits"].update(memory="1GiB"),
    ),
    (Code.QUANTITY_REFUSED, lambda body: pod(body)["containers"][0]["resources"]["limits"].update(cpu="-1")),
    (
        Code.QUANTITY_REFUSED,
        lambda body: pod(body)["containers"][0]["resources"]["limits"].update({"nvidia.com/gpu": "2"}),
    ),
    (Code.QUANTITY_REFUSED, lambda body: pod(body)["containers"][0]["resources"]["limits"].update(gpu="1")),
    (Code.MOUNTS_MEET, lambda body: pod(body)["containers"][0]["volumeMounts"][0].update(mountPath="/x/")),
    (Code.MOUNTS_MEET, lambda body: pod(body)["containers"][0]["volumeMounts"][0].update(mountPath="x")),
    (Code.REFERENCE_BROKEN, lambda body: pod(body)["containers"][0]["volumeMounts"][0].update(name="none")),
    (Code.REFERENCE_BROKEN, lambda body: pod(body)["volumes"][-1]["configMap"].update(name="none")),
    (Code.REFERENCE_BROKEN, lambda body: pod(body).update(subdomain="none")),
    (
        Code.REFERENCE_BROKEN,
        lambda body: pod(body)["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][
            "nodeSelectorTerms"
        ][0]["matchFields"][0].update(values=["n", "m"]),
    ),
    (Code.POLICY_REFUSED, lambda body: pod(body).update(restartPolicy="OnFailure")),
    (Code.POLICY_REFUSED, lambda body: body["spec"].update(backoffLimit=-1)),
    (Code.POLICY_REFUSED, lambda body: policy(body).extend(policy(body) * 7)),
    (Code.POLICY_REFUSED, lambda body: policy(body)[0].update(action="Bogus")),
    (Code.POLICY_REFUSED, lambda body: policy(body)[0].pop("onPodConditions")),
    (Code.POLICY_REFUSED, lambda body: policy(body)[0]["onPodConditions"][0].pop("status")),
    (Code.POLICY_REFUSED, lambda body: codes_of(body).update(containerName="none")),
    (Code.POLICY_REFUSED, lambda body: codes_of(body).update(values=[])),
    (Code.POLICY_REFUSED, lambda body: codes_of(body).update(values=[2, 1])),
    (Code.POLICY_REFUSED, lambda body: codes_of(body).update(values=[0, 1], operator="In")),
    (Code.POLICY_REFUSED, lambda body: codes_of(body).update(values=list(range(1, 300)))),
    (
        Code.VARIABLE_REFUSED,
        lambda body: pod(body)["containers"][0]["env"].append({"name": "X", "value": "2"}),
    ),
    (Code.VARIABLE_REFUSED, lambda body: pod(body)["containers"][0]["env"][0].update(name="a=b")),
    (Code.OBJECT_TOO_LARGE, lambda body: pod(body)["containers"][0].update(args=["x" * 1_500_000])),
    (Code.OBJECT_TOO_LARGE, lambda body: pod(body)["containers"][0].update(args=["ä" * 800_000])),
    (
        Code.OBJECT_TOO_LARGE,
        lambda body: pod(body)["containers"][0].update(
            volumeMounts=[{"name": "tmp", "mountPath": f"/data/{number:094}"} for number in range(5_000)]
        ),
    ),
]


@pytest.mark.parametrize(("code", "spoil"), JOB_SPOILERS)
def test_a_job_that_an_api_server_would_refuse_is_found(code: Code, spoil: Spoil) -> None:
    assert code in said(spoilt("Job", spoil))


@pytest.mark.parametrize(
    ("kind", "code", "spoil"),
    [
        ("Service", Code.NAME_REFUSED, lambda body: body["metadata"].update(name="1a")),
        ("ConfigMap", Code.OBJECT_TOO_LARGE, lambda body: body.update(data={"x": "ä" * 600_000})),
        ("RoleBinding", Code.REFERENCE_BROKEN, lambda body: body["roleRef"].update(name="none")),
        ("RoleBinding", Code.REFERENCE_BROKEN, lambda body: body["subjects"][0].update(name="none")),
    ],
)
def test_other_objects_are_looked_at_as_well(kind: str, code: Code, spoil: Spoil) -> None:
    assert code in said(spoilt(kind, spoil))


def test_two_objects_of_a_name_are_found() -> None:
    twice = Manifests(MADE.workflow_id, (*MADE.objects, MADE.objects[-1]))
    assert said(twice) == [Code.NAME_TWICE]


def test_what_a_spec_mounts_twice_is_said_where_the_task_stands() -> None:
    made = Back(Pool(cli="never")).manifests(spec("name: a\nvolumeMounts: ['/a:/x', '/b:/x/']"))
    diagnostics = Diagnostics()
    with pytest.raises(Rejected):
        verify(diagnostics, made)
    (one,) = diagnostics.said
    assert one.code is Code.MOUNTS_MEET
    assert one.at == made.objects[-1].origin
