from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

import pytest

from osmoc import naming
from osmoc.diagnostics.codes import Code
from osmoc.options import Options
from osmoc.plan import PlannedTask
from osmoc.pool import Platform, Pool, Timeout
from osmoc.spec import EnvironmentCredential
from osmoc_runtime import contract
from tests.unit.backend import BACK, Back, only, spec

HOST_B = naming.placeholder("host", "b")


def task_of(*fields: str, back: Back = BACK) -> PlannedTask:
    return only(back.plan(spec("\n".join(("name: a", *fields)))))


def test_tokens_are_filled_in_every_text_of_a_task() -> None:
    task = task_of(
        'args: ["{{output}}/x", "{{ input:0 }}", "{{workflow_id}}", "{{uuid}}", "{{host:a}}"]',
        'environment: {"{{output}}": "{{input:1}}"}',
        'inputs: [{url: "s3://b/{{workflow_id}}", regex: "{{workflow_id}}.*"}, {url: "s3://b/2"}]',
        'outputs: [{url: "s3://b/{{workflow_id}}"}]',
        'checkpoint: [{path: "/tmp/{{workflow_id}}", url: "s3://b/{{workflow_id}}", frequency: 1m}]',
        'files: [{path: "{{output}}/{{workflow_id}}", contents: "{{ input:0 }}"}]',
    )
    host, wid = naming.placeholder("host", "a"), naming.WORKFLOW_ID
    assert task.args == ("/osmo/data/output/x", "/osmo/data/input/0", wid, "{{uuid}}", host)
    assert task.environment == (("/osmo/data/output", "/osmo/data/input/1"),)
    assert task.inputs[0] == contract.UrlInput(0, f"s3://b/{wid}", f"{wid}.*")
    assert task.outputs == (contract.UrlOutput(f"s3://b/{wid}", ""),)
    assert (task.checkpoints[0].path, task.checkpoints[0].url) == (f"/tmp/{wid}", f"s3://b/{wid}")
    assert (task.files[0].path, task.files[0].contents) == (f"/osmo/data/output/{wid}", b"/osmo/data/input/0")


def test_an_input_is_named_by_its_task_and_the_last_one_of_a_name_wins() -> None:
    inputs = 'inputs: [{task: b}, {task: b, regex: x}, {task: "w-1:c"}]\nargs: ["{{input:b}}", "{{input:c}}"]'
    plan = Back().plan(spec("name: b", f"name: a\n{inputs}"))
    task = plan.groups[-1].tasks[0]
    assert task.args == ("/osmo/data/input/1", "/osmo/data/input/2")
    assert task.inputs == (
        contract.TaskInput(0, "b", naming.placeholder("location", "b"), ""),
        contract.TaskInput(1, "b", naming.placeholder("location", "b"), "x"),
        contract.TaskInput(2, "c", "w-1/c-*", ""),
    )


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("{{input:0}}", Code.INPUT_INDEX_OUT_OF_RANGE),
        ("{{input:a}}", Code.INPUT_NAME_UNKNOWN),
        ("{{host:nobody}}", Code.HOST_UNKNOWN),
    ],
)
def test_a_token_that_means_nothing_is_said(token: str, code: Code) -> None:
    assert Back().codes(spec(f'name: a\nargs: ["{token}"]')) == [code]


def test_an_unknown_host_and_an_unknown_name_stay_as_written() -> None:
    task = task_of('args: ["{{host:nobody}}", "{{input:01}}"]', 'inputs: [{url: "s3://b/c"}]')
    assert task.args == ("{{host:nobody}}", "{{input:01}}")


def test_of_two_variables_with_one_name_the_credentials_counts_and_this_is_said() -> None:
    fields = "environment: {A: x, B: y}\ncredentials: {s: {A: k}, t: {A: l}, u: {C: m}}"
    task = task_of(fields)
    assert task.environment == (("B", "y"),)
    kept = [
        (one.secret.value, one.variable.value)
        for one in task.credentials
        if isinstance(one, EnvironmentCredential)
    ]
    assert kept == [("t", "A"), ("u", "C")]
    assert Back().codes(spec(f"name: a\n{fields}")) == [Code.VARIABLE_TWICE] * 2


def test_local_texts_are_filled_where_no_blanks_are_in_the_token(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"{{output}} {{ output }}\r\n")
    (tmp_path / "bytes").write_bytes(b"\xff{{output}}")
    task = task_of(
        "files: [{path: /t, localpath: text}, {path: /b, localpath: bytes}]", back=Back(folder=tmp_path)
    )
    assert task.files[0].contents == b"/osmo/data/output {{ output }}\r\n"
    assert task.files[1].contents == b"\xff{{output}}"


def test_base64_becomes_bytes_wherever_it_comes_from(tmp_path: Path) -> None:
    encoded = base64.b64encode(b"\x00\xff").decode()
    (tmp_path / "x").write_text(encoded + "\n")
    (tmp_path / "broken").write_text("no base64!")
    back = Back(folder=tmp_path)
    files = (
        "files: [{path: /t, localpath: x, base64: true}, {path: /b, contents: " + encoded + ", base64: true}]"
    )
    assert [file.contents for file in task_of(files, back=back).files] == [b"\x00\xff"] * 2
    broken = "name: a\nfiles: [{path: /t, localpath: broken, base64: true}]"
    assert back.codes(spec(broken)) == [Code.BASE64_BROKEN]


def test_a_script_is_run_by_its_path() -> None:
    task = task_of('files: [{path: /a, contents: "#!/bin/sh"}, {path: /b, contents: "echo"}]')
    assert [file.executable for file in task.files] == [True, False]


def test_a_local_file_that_can_be_run_here_can_be_run_there(tmp_path: Path) -> None:
    for name, mode in (("tool", 0o755), ("text", 0o644)):
        (tmp_path / name).write_bytes(b"\x7fELF")
        (tmp_path / name).chmod(mode)
    files = "files: [{path: /a, localpath: tool}, {path: /b, localpath: text}]"
    task = only(Back(folder=tmp_path).plan(spec(f"name: a\n{files}")))
    assert [file.executable for file in task.files] == [True, False]


def test_a_large_file_warns_and_a_larger_one_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"<" * 150_000)
    local = "name: a\nfiles: [{path: /t, localpath: large}]"
    assert Back(folder=tmp_path).codes(spec(local)) == [Code.NEEDS_SERVER_SIDE]
    inline = f"name: a\nfiles: [{{path: /t, contents: {'x' * 950_000}}}]"
    assert Back().codes(spec(inline)) == [Code.FILE_TOO_LARGE]


def test_the_output_folder_is_kept_where_somebody_takes_it() -> None:
    location = naming.placeholder("location", "a")
    kept = (contract.TaskOutput(location),)
    assert task_of().outputs == ()
    assert task_of('args: ["{{output}}"]').outputs == kept
    assert task_of("args: [/osmo/data/output/x]").outputs == kept
    assert task_of('args: ["{{output}}"]', 'outputs: [{url: "s3://b/c"}]').outputs == (
        contract.UrlOutput("s3://b/c", ""),
    )
    plan = Back().plan(spec("name: a\noutputs: [{url: 's3://b/c'}]", "name: b\ninputs: [{task: a}]"))
    assert plan.groups[0].tasks[0].outputs == (*kept, contract.UrlOutput("s3://b/c", ""))


def test_key_figures_and_datasets_are_outputs() -> None:
    task = task_of("kpis: [{index: i, path: k.json}]", "outputs: [{dataset: {name: d}}]")
    location = naming.placeholder("location", "a")
    assert task.outputs == (contract.KpiOutput("i", "k.json", location), contract.DatasetOutput("d", ""))


def test_a_timeout_is_the_specs_then_the_pools_and_never_above_the_maximum() -> None:
    limit = Timeout(default=timedelta(hours=2), maximum=timedelta(hours=3))
    back = Back(Pool(execution_timeout=limit))
    plans = [
        back.plan(spec("name: a", head=f"timeout: {{exec_timeout: {text}}}")) for text in ("1h", "0", "9h")
    ]
    assert [only(plan).timeout for plan in plans] == [timedelta(hours=hours) for hours in (1, 2, 3)]
    assert only(Back().plan(spec("name: a"))).timeout is None


GROUP = """
workflow:
  name: w
  timeout: {exec_timeout: 1h}
  groups:
  - name: g
    tasks:
    - {name: a, lead: true, image: u, command: ["{{host:b}}"]}
    - {name: b, image: u, command: [x]}
"""


def test_the_time_of_a_group_is_kept_by_the_coordinator() -> None:
    plan = Back().plan(GROUP)
    (group,) = plan.groups
    assert group.execution_timeout == timedelta(hours=1)
    assert [task.timeout for task in group.tasks] == [None, None]
    assert group.hosted
    assert plan.coordinated


def test_only_what_waits_or_meets_or_queues_needs_a_coordinator() -> None:
    assert not Back().plan(spec("name: a", "name: b")).coordinated
    assert Back().plan(spec("name: a", "name: b\ninputs: [{task: a}]")).coordinated
    assert Back().plan(spec("name: a", head="timeout: {queue_timeout: 1m}")).coordinated


def test_hosts_across_groups_tie_them_into_one_unit() -> None:
    plan = Back().plan(spec("name: a\nargs: ['{{host:b}}']", "name: c", "name: b"))
    assert [[group.name for group in unit.groups] for unit in plan.units] == [
        ["a-group", "b-group"],
        ["c-group"],
    ]
    assert [group.hosted for group in plan.groups] == [False, True, False]


@pytest.mark.parametrize(
    "fields",
    [
        "exitActions: {COMPLETE: 3}",
        "exitActions: {RESTART: 3}",
        "exitActions: {FAIL: 0}",
        "inputs: [{url: 's3://b/c'}]",
        "outputs: [{url: 's3://b/c'}]",
        "checkpoint: [{path: /ckpt, url: 's3://b/c', frequency: 1m}]",
    ],
)
def test_the_agent_is_there_where_something_needs_it_though_the_pool_says_never(fields: str) -> None:
    assert task_of(fields, back=Back(Pool(cli="never"))).agent


def test_a_bare_task_has_no_agent_where_the_pool_says_never() -> None:
    assert not task_of("exitActions: {RESCHEDULE: 3, FAIL: 4}", back=Back(Pool(cli="never"))).agent
    assert task_of().agent
    assert not task_of().control


def test_resources_are_the_specs_then_the_pools() -> None:
    resources = task_of().resources
    assert (resources.cpu, resources.gpu, resources.memory, resources.storage) == (1, None, "1Gi", "1Gi")
    plan = Back().plan(spec("name: a", head="resources: {default: {cpu: 0, gpu: 0, memory: 4Gi}}"))
    resources = only(plan).resources
    assert (resources.cpu, resources.gpu, resources.memory) == (1, None, "4Gi")


NODES = Pool(
    platforms={"big": Platform(mounts=("/mnt/a",), default_mounts=("/mnt/d:/d",), host_network=True)},
    default_platform="big",
    topology={"zone": "topology.kubernetes.io/zone", "rack": "rack"},
)


def test_the_pool_says_what_a_platform_is() -> None:
    text = spec("name: a", head="resources: {default: {platform: bigg}}")
    assert Back().codes(text) == [Code.PLATFORM_IGNORED]
    (said,) = Back(NODES).complaints(text)
    assert (said.code, said.help) == (Code.PLATFORM_UNKNOWN, "write `platform: big`")
    platform = task_of(back=Back(NODES)).resources.platform
    assert platform is not None
    assert platform.value == "big"


def test_what_a_task_may_touch_is_the_platforms_to_say() -> None:
    cases = {
        "privileged: true": (Code.PRIVILEGED_UNCHECKED, [Code.PRIVILEGED_FORBIDDEN]),
        "hostNetwork: true": (Code.HOST_NETWORK_UNCHECKED, []),
        "volumeMounts: [/mnt/b]": (None, [Code.MOUNT_FORBIDDEN]),
        'volumeMounts: ["/mnt/a:/x"]': (None, []),
        "volumeMounts: [/mnt/d]": (None, [Code.MOUNT_FORBIDDEN]),
    }
    for fields, (without_pool, with_pool) in cases.items():
        text = spec(f"name: a\n{fields}")
        assert Back().codes(text) == ([without_pool] if without_pool else []), fields
        assert Back(NODES).codes(text) == with_pool, fields
    forbidden = Back(Pool(platforms={"p": Platform()}, default_platform="p"))
    assert forbidden.codes(spec("name: a\nhostNetwork: true")) == [Code.HOST_NETWORK_FORBIDDEN]


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ("volumeMounts: ['/a:/']", [Code.MOUNT_TARGET]),
        ("volumeMounts: ['/a:/osmo/x']", [Code.MOUNT_TARGET]),
        ("volumeMounts: ['/a:/osmo/data/input/x']", []),
        ("volumeMounts: ['/a:/s/x']\ncredentials: {c: /s}", [Code.MOUNT_WITHIN]),
        ("files: [{path: /s/x, contents: x}]\ncredentials: {c: /s}", [Code.MOUNT_WITHIN]),
        ("files: [{path: /x, contents: x}, {path: /x/y, contents: x}]", [Code.MOUNT_WITHIN]),
        ("files: [{path: /x, contents: x}, {path: /x/y/z, contents: x}]", [Code.MOUNT_WITHIN]),
        ("files: [{path: /x, contents: x}, {path: /xy, contents: x}]", []),
        ("files: [{path: /x/y, contents: x}]\nvolumeMounts: ['/a:/x']", []),
    ],
)
def test_a_container_that_could_not_start_is_refused(fields: str, codes: list[Code]) -> None:
    assert Back().codes(spec(f"name: a\n{fields}")) == codes


def test_mounts_of_the_platform_come_first() -> None:
    task = task_of('volumeMounts: ["/mnt/a:/x"]', back=Back(NODES))
    assert [(mount.source, mount.target) for mount in task.mounts] == [("/mnt/d", "/d"), ("/mnt/a", "/x")]


def test_a_mount_that_the_platform_gives_and_allows_is_mounted_once() -> None:
    both = Platform(mounts=("/mnt/a",), default_mounts=("/mnt/a",))
    back = Back(Pool(platforms={"p": both}, default_platform="p"))

    assert [mount.target for mount in task_of("volumeMounts: [/mnt/a]", back=back).mounts] == ["/mnt/a"]
    elsewhere = task_of('volumeMounts: ["/mnt/a:/x"]', back=back)
    assert [mount.target for mount in elsewhere.mounts] == ["/mnt/a", "/x"]


def test_topology_is_ordered_from_coarse_to_fine() -> None:
    head = "resources: {default: {topology: [{key: rack}, {key: zone}]}}"
    assert Back().codes(spec("name: a", head=head)) == [Code.TOPOLOGY_IGNORED]
    resources = only(Back(NODES).plan(spec("name: a", head=head))).resources
    assert [one.key.value for one in resources.topology] == ["zone", "rack"]
    head = "resources: {default: {topology: [{key: row}]}}"
    assert Back(NODES).codes(spec("name: a", head=head)) == [Code.TOPOLOGY_UNKNOWN]


@pytest.mark.parametrize(
    ("actions", "codes"),
    [
        ("{FAIL: 1-5, COMPLETE: 5}", [Code.EXIT_CODES_OVERLAP]),
        ("{COMPLETE: 137}", [Code.EXIT_CODE_OF_MEMORY_KILL]),
        ("{RESTART: 130-140}", [Code.EXIT_CODE_OF_MEMORY_KILL]),
        ("{RESCHEDULE: 137}", []),
        ("{RESCHEDULE: '3001,3004,3006'}", []),
        ("{RESCHEDULE: 3006}", [Code.CONDITIONS_NOT_TOLD_APART]),
        ("{COMPLETE: 3004}", [Code.CONDITION_NOT_SEEN]),
        ("{FAIL: 2010}", [Code.CONDITION_NOT_SEEN]),
        ("{FAIL: 0, COMPLETE: 1-255}", [Code.EXIT_CODE_OF_MEMORY_KILL]),
    ],
)
def test_exit_actions_that_cannot_be_are_said(actions: str, codes: list[Code]) -> None:
    said = Back().codes(spec(f"name: a\nexitActions: {actions}"))
    assert sorted(code.value for code in said) == sorted(code.value for code in codes)


def test_the_id_is_the_name_or_what_the_command_line_says() -> None:
    assert Back().plan(spec("name: a")).workflow_id == "w"
    assert Back(options=Options(workflow_id="w-7")).plan(spec("name: a")).workflow_id == "w-7"
