from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostic, Diagnostics, Rejected
from osmoc.pool import ContainerResources, Pool, Queue
from osmoc.pools import load_pool

WHOLE = """\
namespace: robots
cli: never
runtime:
  agent: image
  image: registry.example.com/osmoc-runtime:1
  resources: {requests: {cpu: 100m, memory: 32Mi}, limits: {cpu: 1}}
serviceAccount: runner
coordinatorServiceAccount: conductor
imagePullSecrets: [registry]
storage: {secret: ~, url: s3://bucket/base/, endpoint: "http://minio:9000/", region: eu-1, addressing: path}
defaults: {cpu: 2, gpu: ~, memory: 4GiB, storage: ~}
timeouts: {exec: {default: 7d, max: 30d}, queue: {max: 1h}}
maxRetries: 0
terminationGrace: 60
onDisruption: count
defaultExitActions: {RESCHEDULE: "137,3004", fail: 1-3}
gpuResource: amd.com/gpu
platforms:
  gpu:
    nodeSelector: {example.com/kind: gpu}
    tolerations: [{key: gpu, operator: Exists}]
    runtimeClass: nvidia
    mounts: [/mnt/a]
    defaultMounts: [/dev/shm]
    privileged: true
    hostNetwork: true
    podTemplate: {spec: {priority: 5}}
  cpu: {}
defaultPlatform: cpu
topology: {zone: topology.kubernetes.io/zone, rack: example.com/rack}
priorityClass: high
queue: {system: kueue, name: robots}
security: restricted
runAsUser: 1000
fsGroup: 2000
kubernetesVersion: 1.34
podTemplate: {metadata: {annotations: {a: b}}}
"""


def write(folder: Path, text: str) -> str:
    path = folder / "lab.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def reject(folder: Path, text: str, name: str = "") -> list[Diagnostic]:
    with pytest.raises(Rejected) as raised:
        load_pool(Diagnostics(), write(folder, text) + name)
    return list(raised.value.diagnostics)


def test_an_empty_file_is_the_built_in_pool(tmp_path: Path) -> None:
    assert load_pool(Diagnostics(), write(tmp_path, "# nothing\n")) == Pool(name="lab")


def test_every_field_arrives(tmp_path: Path) -> None:
    diagnostics = Diagnostics()
    pool = load_pool(diagnostics, write(tmp_path, WHOLE))
    assert diagnostics.said == ()
    assert (pool.name, pool.namespace, pool.cli, pool.kubernetes_version) == (
        "lab",
        "robots",
        "never",
        "1.34",
    )
    assert (pool.runtime.agent, pool.runtime.image) == ("image", "registry.example.com/osmoc-runtime:1")
    assert pool.runtime.resources == ContainerResources({"cpu": "100m", "memory": "32Mi"}, {"cpu": "1"})
    assert (pool.service_account, pool.coordinator_service_account) == ("runner", "conductor")
    assert pool.image_pull_secrets == ("registry",)
    assert (pool.storage.secret, pool.storage.url, pool.storage.endpoint) == (
        None,
        "s3://bucket/base",
        "http://minio:9000",
    )
    assert (pool.storage.region, pool.storage.addressing) == ("eu-1", "path")
    assert (pool.defaults.cpu, pool.defaults.gpu, pool.defaults.memory, pool.defaults.storage) == (
        2,
        None,
        "4Gi",
        None,
    )
    assert (pool.execution_timeout.default, pool.execution_timeout.maximum) == (
        timedelta(days=7),
        timedelta(days=30),
    )
    assert (pool.queue_timeout.default, pool.queue_timeout.maximum) == (None, timedelta(hours=1))
    assert (pool.max_retries, pool.termination_grace, pool.on_disruption) == (0, 60, "count")
    assert pool.default_exit_actions == {"RESCHEDULE": "137,3004", "FAIL": "1,2,3"}
    assert (pool.gpu_resource, pool.priority_class, pool.security) == ("amd.com/gpu", "high", "restricted")
    assert pool.queue == Queue("kueue", "robots")
    assert (pool.run_as_user, pool.fs_group) == (1000, 2000)
    assert pool.default_platform == "cpu"
    assert list(pool.topology or ()) == ["zone", "rack"]
    assert pool.pod_template == {"metadata": {"annotations": {"a": "b"}}}


def test_every_field_of_a_platform_arrives(tmp_path: Path) -> None:
    platforms = load_pool(Diagnostics(), write(tmp_path, WHOLE)).platforms
    assert platforms is not None
    gpu = platforms["gpu"]
    assert (gpu.node_selector, gpu.runtime_class) == ({"example.com/kind": "gpu"}, "nvidia")
    assert gpu.tolerations == ({"key": "gpu", "operator": "Exists"},)
    assert (gpu.mounts, gpu.default_mounts) == (("/mnt/a",), ("/dev/shm",))
    assert (gpu.privileged, gpu.host_network) == (True, True)
    assert gpu.pod_template == {"spec": {"priority": 5}}
    assert not platforms["cpu"].privileged


@pytest.mark.parametrize(
    ("argument", "name", "namespace"),
    [
        (":a", "a", "one"),
        (":default", "default", "two"),
        ("", "default", "two"),
        (":", "default", "two"),
        (":empty", "empty", None),
    ],
)
def test_a_pool_is_found_by_its_name(tmp_path: Path, argument: str, name: str, namespace: str | None) -> None:
    path = write(tmp_path, "pools: {a: {namespace: one}, default: {namespace: two}, empty: }\n")
    pool = load_pool(Diagnostics(), path + argument)
    assert (pool.name, pool.namespace) == (name, namespace)


def test_the_only_pool_needs_no_name(tmp_path: Path) -> None:
    assert load_pool(Diagnostics(), write(tmp_path, "pools: {lab1: {}}\n")).name == "lab1"


def test_a_file_may_have_a_colon_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a:b"
    path.write_text("namespace: x\n", encoding="utf-8")
    assert load_pool(Diagnostics(), str(path)).namespace == "x"


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        ("pools: {a: {}, b: {}}", "", Code.POOL_NOT_IN_FILE),
        ("pools: {a: {}}", ":b", Code.POOL_NOT_IN_FILE),
        ("namespace: x", ":b", Code.POOL_NOT_IN_FILE),
        ("pools: []", "", Code.POOL_FILE),
        ("pools: {a: [x]}", "", Code.POOL_FILE),
        ("{pools: {a: {}}, cli: never}", "", Code.POOL_FILE),
        ("- x", "", Code.POOL_FILE),
        ("text", "", Code.POOL_FILE),
    ],
)
def test_a_file_without_the_pool_is_refused(tmp_path: Path, text: str, name: str, code: Code) -> None:
    assert [one.code for one in reject(tmp_path, text, name)] == [code]


def test_a_missing_file_is_no_pool(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as raised:
        load_pool(Diagnostics(), str(tmp_path / "none.yaml:a"))
    assert [one.code for one in raised.value.diagnostics] == [Code.FILE_MISSING]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("namespace: Big", "`Big` cannot be `namespace`"),
        ("serviceAccount: ''", "of `serviceAccount` is empty"),
        ("cli: sometimes", "is no `cli`"),
        ("runtime: {agent: downloaded}", "is no `agent`"),
        ("runtime: {image: Python}", "capitals"),
        ("runtime: {resources: {limits: {memory: 1GB}}}", "no amount that Kubernetes takes"),
        ("storage: {url: bucket}", "no address"),
        ("storage: {url: 'azure://a/b'}", "cannot reach yet"),
        ("storage: {endpoint: 'minio:9000'}", "no http address"),
        ("storage: {endpoint: 'https://host/bucket'}", "no address of a server"),
        ("storage: {endpoint: 'ftp://host'}", "no http address"),
        ("storage: {region: EU}", "cannot be `region`"),
        ("storage: {addressing: dns}", "is no `addressing`"),
        ("storage: {secret: My_Secret}", "cannot be `secret`"),
        ("defaults: {cpu: 0}", "`0` is no `cpu`"),
        ("defaults: {gpu: -1}", "`-1` is no `gpu`"),
        ("defaults: {memory: 4GB}", "has the unit `GB`"),
        ("timeouts: {exec: {default: 2h, max: 1h}}", "longer than `max`"),
        ("timeouts: {queue: {max: 0}}", "no time in which"),
        ("timeouts: {queue: {max: soon}}", "not a duration"),
        ("maxRetries: -1", "`-1` is no `maxRetries`"),
        ("terminationGrace: 0", "`0` is no `terminationGrace`"),
        ("onDisruption: ignore", "is no `onDisruption`"),
        ("defaultExitActions: {STOP: 1}", "no exit action"),
        ("defaultExitActions: {FAIL: '1, 2'}", "blank"),
        ("gpuResource: gpu", "cannot be `gpuResource`"),
        ("platforms: {a: {nodeSelector: {'a b': c}}}", "no key that Kubernetes takes"),
        ("platforms: {a: {mounts: [rel]}}", "cannot be `mounts`"),
        ("platforms: {a: {runtimeClass: A}}", "cannot be `runtimeClass`"),
        ("platforms: {cpu: {}}\ndefaultPlatform: cpus", "none of the pool's platforms"),
        ("defaultPlatform: cpu", "none of the pool's platforms"),
        ("topology: {zone: 'a b'}", "no key that Kubernetes takes"),
        ("security: open", "is no `security`"),
        ("{security: restricted, fsGroup: 1}", "needs `runAsUser`"),
        ("{security: restricted, runAsUser: 1}", "needs `fsGroup`"),
        ("{security: restricted, runAsUser: 0, fsGroup: 1}", "is root"),
        ("kubernetesVersion: 1.30", "no version of Kubernetes"),
        ("priorityClass: A b", "cannot be `priorityClass`"),
        ("imagePullSecrets: [A]", "cannot be `imagePullSecrets`"),
    ],
)
def test_every_value_is_looked_at(tmp_path: Path, text: str, message: str) -> None:
    (said,) = reject(tmp_path, text)
    assert message in said.message
    assert said.code is Code.POOL_VALUE
    assert said.at.start < said.at.end


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("service_account: x", "did you mean `serviceAccount`?"),
        ("storage: {adressing: path}", "did you mean `addressing`?"),
        ("timeouts: {exec: {maximum: 1h}}", ""),
        ("platforms: {a: {mount: [/a]}}", "did you mean `mounts`?"),
    ],
)
def test_an_unknown_field_is_found_at_any_depth(tmp_path: Path, text: str, advice: str) -> None:
    (said,) = reject(tmp_path, text)
    assert (said.code, said.help) == (Code.POOL_UNKNOWN_FIELD, advice)


@pytest.mark.parametrize(
    "text",
    [
        "storage: {secretAccessKey: abc}",
        "storage: {access_key_id: abc}",
        "storage: {session-token: abc}",
        "password: abc",
        "storage: {endpoint: 'https://me:secret@host'}",
    ],
)
def test_a_secret_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    (said,) = reject(tmp_path, text)
    assert said.code is Code.POOL_SECRET
    assert "abc" not in said.message + said.help + said.note
    assert "me:secret" not in said.message + said.help + said.note


@pytest.mark.parametrize(
    "text",
    [
        "maxRetries: '3'",
        "platforms: [a]",
        "imagePullSecrets: x",
        "storage:",
        "runAsUser: true",
        "topology: [a]",
    ],
)
def test_a_wrong_type_is_refused(tmp_path: Path, text: str) -> None:
    assert [one.code for one in reject(tmp_path, text)] == [Code.POOL_WRONG_TYPE]
