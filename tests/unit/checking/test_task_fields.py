"""What a task may say, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from osmoc.diagnostics.diagnostic import Diagnostic
from osmoc.options import Options
from osmoc.pool import Pool
from osmoc.spec import (
    EnvironmentCredential,
    ExitAction,
    FromDataset,
    FromTask,
    FromUrl,
    HostMount,
    InlineFile,
    LocalFile,
    MountedCredential,
    Restore,
    Task,
    ToDataset,
    Workflow,
)

MakeTask = Callable[..., Task]
Refused = Callable[..., str]
Accept = Callable[..., Workflow]
Reject = Callable[..., list[Diagnostic]]


def test_numbers_become_text_where_text_is_needed(task: MakeTask) -> None:
    made = task("args: [1.0, 2.50, 010, 0x10, .inf, 1e3, -5]")
    assert [one.value for one in made.args] == ["1.0", "2.5", "8", "16", "inf", "1e3", "-5"]


@pytest.mark.parametrize("value", ["true", "~", "2024-01-01", "[a]", "{a: b}"])
def test_what_is_neither_text_nor_number_is_no_argument(refused: Refused, value: str) -> None:
    assert "entry 1 of `args` is" in refused(f"args: [{value}]")


def test_environment_keeps_its_order_and_python_words(task: MakeTask) -> None:
    made = task("environment: {LONGER: true, B: 1.50, C: no, D: '', E: 0o7}")
    assert [(name.value, value.value) for name, value in made.environment] == [
        ("LONGER", "True"),
        ("B", "1.5"),
        ("C", "False"),
        ("D", ""),
        ("E", "0o7"),
    ]


def test_set_env_takes_the_place_of_the_variable_and_keeps_its_equals_signs(task: MakeTask) -> None:
    options = Options(set_env=("A=b=c", "NEW=1", "NEW=2", "EMPTY="))
    made = task("environment: {A: x, B: y}", options=options)
    assert [(name.value, value.value) for name, value in made.environment] == [
        ("A", "b=c"),
        ("B", "y"),
        ("NEW", "2"),
        ("EMPTY", ""),
    ]


@pytest.mark.parametrize("name", ["a=b", "", "ü", "a\\tb"])
def test_a_variable_that_kubernetes_cannot_take_is_refused(refused: Refused, name: str) -> None:
    assert "environment variable" in refused(f'environment: {{"{name}": x}}')


def test_an_odd_variable_is_warned_about_on_an_old_kubernetes_only(task: MakeTask) -> None:
    task("environment: {'a b': x}", warnings=1)
    task("environment: {'a b': x}", pool=Pool(kubernetes_version="1.32"))


def test_set_env_without_an_equals_sign_points_into_the_command_line(reject: Reject) -> None:
    errors = reject(
        "workflow: {name: w, tasks: [{name: t, image: i, command: [c]}]}",
        options=Options(set_env=("A=1", "B")),
    )
    assert [str(one.at) for one in errors] == ["command line:1:25"]
    assert errors[0].at.source.text[errors[0].at.start : errors[0].at.end] == "B"


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("yes", True),
        ("'On'", True),
        ("1", True),
        ("1.0", True),
        ("'t'", True),
        ("'N'", False),
        ("0", False),
        ("'f'", False),
    ],
)
def test_truth_has_many_words(task: MakeTask, word: str, value: bool) -> None:
    assert task(f"privileged: {word}").privileged is value


@pytest.mark.parametrize("word", ["2", "maybe", "''", "1.5", "' yes'"])
def test_other_words_are_no_truth(refused: Refused, word: str) -> None:
    assert "`true` or `false` is needed" in refused(f"hostNetwork: {word}")


def test_inputs_have_three_forms(task: MakeTask) -> None:
    made = task(
        "inputs:\n- task: t0\n- {task: 'old-3:t0', regex: 'a.*'}\n- url: s3://b/p\n"
        "- dataset: {name: d, localpath: dir, regex: x}"
    )
    first, second, third, fourth = made.inputs
    assert isinstance(first, FromTask)
    assert (first.task.value, first.workflow, first.regex) == ("t0", None, "")
    assert isinstance(second, FromTask)
    assert (second.task.value, second.workflow, second.regex) == ("t0", "old-3", "a.*")
    assert isinstance(third, FromUrl)
    assert third.url.value == "s3://b/p"
    assert isinstance(fourth, FromDataset)
    assert (fourth.name.value, fourth.localpath and fourth.localpath.value, fourth.regex) == ("d", "dir", "x")


def test_a_pattern_that_python_remarks_on_is_taken_in_silence(task: MakeTask) -> None:
    assert task("inputs: [{task: b, regex: '[[a]'}]").inputs[0].regex == "[[a]"


def test_an_output_may_be_a_dataset(task: MakeTask) -> None:
    (output,) = task("outputs: [{dataset: {name: b/d:v1, regex: x}}]").outputs
    assert isinstance(output, ToDataset)
    assert (output.name.value, output.regex) == ("b/d:v1", "x")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("inputs: [{}]", "none"),
        ("inputs: [{regex: a}]", "none"),
        ("inputs: [{task: a, url: 's3://b'}]", "this one has `task` and `url`"),
        ("inputs: [{task: 'a:b:c'}]", "names no task"),
        ("inputs: [{task: a-}]", "names no task"),
        ("inputs: [{task: a, regex: '['}]", "no regular expression"),
        ("inputs: [{task: a, regex: ~}]", "`regex` is empty"),
        ("inputs: [{url: 5}]", "`url` is a number"),
        ("inputs: [{url: 's3://b//p'}]", "empty part"),
        ("inputs: [{dataset: d}]", "`dataset` is text"),
        ("inputs: [{dataset: {name: 'a b'}}]", "no name for a dataset"),
        ("inputs: [{dataset: {}}]", "has no `name`"),
        ("outputs: [{url: {path: 's3://b'}}]", "`url` is a mapping"),
        ("outputs: [{url: 's3://b', path: models}]", "no field `path`"),
        ("outputs: [{task: a}]", "no field `task`"),
        ("outputs: [{update_dataset: {name: x}}]", "no field `update_dataset`"),
        ("outputs: {}", "`outputs` is a mapping"),
    ],
)
def test_wrong_inputs_and_outputs_are_refused(refused: Refused, fields: str, message: str) -> None:
    assert message in refused(fields)


@pytest.mark.parametrize("url", ["azure://account/container", "http://host/x"])
def test_an_address_that_pods_cannot_reach_is_warned_about(task: MakeTask, url: str) -> None:
    task(f"outputs: [{{url: '{url}'}}]", warnings=1)


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("/tmp/a", "/tmp/a"),
        ("//tmp//b/../a", "/tmp/a"),
        ("rel/x", "/rel/x"),
        ("/tmp/a/", "/tmp/a"),
        ("{{output}}/x", "/osmo/data/output/x"),
        ("{{ output }}/./x", "/osmo/data/output/x"),
        ("/osmo/data/output/x", "/osmo/data/output/x"),
        ("/tmp/{{workflow_id}}", "/tmp/{{workflow_id}}"),
        ("/osmosis/x", "/osmosis/x"),
        ("5", "/5"),
    ],
)
def test_a_path_is_normalised(task: MakeTask, path: str, normal: str) -> None:
    (file,) = task(f"files: [{{path: '{path}', contents: x}}]").files
    assert file.path.value == normal


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/osmo",
        "osmo/x",
        "/osmo/x",
        "/tmp/../osmo/x",
        "{{input:0}}/x",
        "/osmo/data/output",
        "{{output}}/../x",
        "/./",
        "..",
    ],
)
def test_a_file_lies_nowhere_under_osmo(refused: Refused, path: str) -> None:
    assert (
        "no path" in (message := refused(f"files: [{{path: '{path}', contents: x}}]"))
        or "lies under `/osmo`" in message
    )


def test_files_have_text_or_a_local_path(task: MakeTask) -> None:
    first, second = task(
        "files:\n- {path: /a, contents: 5}\n- {path: /b, localpath: x.bin, base64: yes}"
    ).files
    assert isinstance(first, InlineFile)
    assert (first.contents.value, first.base64) == ("5", False)
    assert isinstance(second, LocalFile)
    assert (second.localpath.value, second.base64) == ("x.bin", True)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ("[{path: /a}]", "missing field `contents`"),
        ("[{path: /a, contents: x, localpath: y}]", "both"),
        ("[{path: /a, contents: }]", "`contents` is empty"),
        ("[{path: /a, contents: true}]", "`contents` is `true`"),
        ("[{contents: x}]", "has no `path`"),
        ("[{path: /tmp/a, contents: x}, {path: //tmp/./a, contents: y}]", "two files"),
        ("[{path: /a, contents: '!', base64: true}]", "not base64"),
        ("[{path: /a, contents: abc, base64: true}]", "not base64"),
    ],
)
def test_wrong_files_are_refused(refused: Refused, files: str, message: str) -> None:
    assert message in refused(f"files: {files}")


def test_base64_may_be_folded_or_hold_a_token(task: MakeTask) -> None:
    task(
        'files: [{path: /a, contents: "YWJj\\nZGVm\\n", base64: true}, '
        '{path: /b, contents: "{{output}}", base64: true}]'
    )


def test_a_checkpoint_is_read(task: MakeTask) -> None:
    (one,) = task(
        "checkpoint: [{path: work, url: 's3://b/{{workflow_id}}', frequency: 500ms, "
        "regex: '.*', restore: never}]"
    ).checkpoints
    assert (one.path.value, one.url.value, one.frequency) == (
        "work",
        "s3://b/{{workflow_id}}",
        timedelta(seconds=0.5),
    )
    assert (one.regex, one.restore) == (".*", Restore.NEVER)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{path: /c, url: 's3://b', frequency: '30'}", "not a duration"),
        ("{path: /c, url: 's3://b', frequency: true}", "a duration is needed"),
        ("{path: /c, url: 's3://b', frequency: ~}", "`frequency` is empty"),
        ("{path: /c, url: 's3://b', frequency: -5s}", "less than no time"),
        ("{path: /c, url: 's3://b', frequency: .inf}", "no length of time"),
        ("{path: /c, url: 's3://b', frequency: [1]}", "`frequency` is a list"),
        ("{path: /c, url: 'http://b', frequency: 1m}", "no storage has"),
        ("{path: /, url: 's3://b', frequency: 1m}", "no folder"),
        ("{path: /c, url: 's3://b', frequency: 1m, regex: '['}", "no regular expression"),
        ("{path: /c, url: 's3://b', frequency: 1m, restore: always}", "`restore` is `always`"),
        ("{path: /c, url: 's3://b'}", "has no `frequency`"),
        ("{path: 5, url: 's3://b', frequency: 1m}", "`path` is a number"),
    ],
)
def test_wrong_checkpoints_are_refused(refused: Refused, entry: str, message: str) -> None:
    assert message in refused(f"checkpoint: [{entry}]")


def test_exit_actions_are_read_in_any_case(task: MakeTask) -> None:
    rules = task("exitActions: {complete: 010, RESTART: '1-3,3004', Fail: '9'}").exit_rules
    assert [(rule.action, rule.codes, rule.conditions) for rule in rules] == [
        (ExitAction.COMPLETE, (8,), ()),
        (ExitAction.RESTART, (1, 2, 3), (3004,)),
        (ExitAction.FAIL, (9,), ()),
    ]


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ("{COMPLETED: 1}", "no exit action"),
        ("{FAIL: true}", "neither a code nor a range"),
        ("{FAIL: 1.5}", "neither a code nor a range"),
        ("{FAIL: }", "`FAIL` is empty"),
        ("{FAIL: [1]}", "`FAIL` is a list"),
        ("{FAIL: ''}", "is empty, and exit codes are needed"),
        ("{FAIL: 300}", "no process"),
        ("{FAIL: 1,2}", "`2` is empty"),
        ("[FAIL]", "`exitActions` is a list"),
    ],
)
def test_wrong_exit_actions_are_refused(reject: Reject, actions: str, message: str) -> None:
    errors = reject(
        f"workflow: {{name: w, tasks: [{{name: t, image: i, command: [c], exitActions: {actions}}}]}}"
    )
    assert any(message in one.message for one in errors), errors


def test_credentials_are_variables_or_folders(task: MakeTask) -> None:
    made = task("credentials: {a: {E: key, F: 5}, b: /secrets/, c: {}, d: ''}").credentials
    assert [type(one) for one in made] == [EnvironmentCredential, EnvironmentCredential, MountedCredential]
    assert isinstance(made[1], EnvironmentCredential)
    assert (made[1].variable.value, made[1].secret.value, made[1].key) == ("F", "a", "5")
    assert isinstance(made[2], MountedCredential)
    assert made[2].path.value == "/secrets"


@pytest.mark.parametrize(
    ("credentials", "message"),
    [
        ("{c: }", "`c` is empty"),
        ("{c: {E: }}", "`E` is empty"),
        ("{c: [a]}", "`c` is a list"),
        ("[c]", "`credentials` is a list"),
        ("abc", "`credentials` is text"),
        ("{c: /osmo/x}", "cannot lie in"),
        ("{c: /}", "cannot lie in"),
        ("{c: {'A=B': k}}", "environment variable"),
        ("{c: {A: 'a b'}}", "no key"),
        ("{'a b': /x}", "no name for a credential"),
    ],
)
def test_wrong_credentials_are_refused(refused: Refused, credentials: str, message: str) -> None:
    assert message in refused(f"credentials: {credentials}")


def test_a_mount_without_a_target_is_seen_where_it_is(task: MakeTask) -> None:
    made = task("volumeMounts: [/mnt/a, '/mnt/b:/data', 5]").mounts
    assert [(one.source, one.target) for one in made] == [
        ("/mnt/a", "/mnt/a"),
        ("/mnt/b", "/data"),
        ("5", "5"),
    ]
    assert isinstance(made[0], HostMount)


@pytest.mark.parametrize("mount", ["/a:", "/a:/b:ro", ":/b", "", "/a/../b"])
def test_wrong_mounts_are_refused(refused: Refused, mount: str) -> None:
    assert "is no mount" in (message := refused(f"volumeMounts: ['{mount}']")) or "has `..`" in message


@pytest.mark.parametrize("size", ["20%", "5Gi", "100", "100.9%", "''", "~", "0%"])
def test_a_cache_size_is_accepted(task: MakeTask, size: str) -> None:
    task(f"cacheSize: {size}")


@pytest.mark.parametrize("size", ["150%", "abc", "x%", "-1%", "nan%", "4GB", "%"])
def test_a_wrong_cache_size_is_refused(refused: Refused, size: str) -> None:
    refused(f"cacheSize: '{size}'")


def test_measures_are_text(task: MakeTask) -> None:
    (kpi,) = task("kpis: [{index: 5, path: a/b}]").kpis
    assert (kpi.index, kpi.path.value) == ("5", "a/b")


def test_fields_without_an_effect_are_taken(task: MakeTask) -> None:
    task("downloadType: download\nbackend: x")
    task("resources: {cpu: 3}", warnings=1)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("downloadType: mount", "`download` is needed"),
        ("downloadType: 5", "`downloadType` is a number"),
        ("resources: {disk: 1Gi}", "no field `disk`"),
        ("timeout: {exec_timeout: 1h}", "no field `timeout`"),
        ("lead: 2", "`true` or `false`"),
        ("args:", "`args` is empty"),
        ("args: a", "`args` is text"),
        ("environment: [A=b]", "`environment` is a list"),
        ("environment: {A: }", "`A` is empty"),
    ],
)
def test_other_wrong_fields_are_refused(refused: Refused, fields: str, message: str) -> None:
    assert message in refused(fields)


@pytest.mark.parametrize(
    ("fields", "advice"),
    [
        ("env: {A: b}", "write `environment`"),
        ("comand: [x]", "did you mean `command`?"),
        ("timeout: {}", "`timeout` is a field of the workflow"),
        ("localpath: x", "`localpath` is a field of `dataset` and of an entry of `files`"),
        ("barrier: true", "`barrier` is a field of a group"),
        ("cpu: 4", "`cpu` is a field of an entry of the workflow's `resources`"),
    ],
)
def test_an_unknown_field_is_put_where_it_belongs(reject: Reject, fields: str, advice: str) -> None:
    (error,) = reject(
        f"workflow:\n  name: wf\n  tasks:\n  - name: t\n    image: i\n    command: [c]\n    {fields}\n"
    )
    assert error.help == advice
    assert error.at.source.text[error.at.start : error.at.end] == fields.partition(":")[0]
