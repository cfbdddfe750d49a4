from __future__ import annotations

import pytest

from osmoc.diagnostics.codes import Code
from osmoc.plan import PlannedTask
from osmoc_runtime import contract
from tests.unit.backend import Back, only, spec


def entries(*paths: str) -> str:
    return "".join(f"\n- {{path: '{path}', url: 's3://b/c', frequency: 90s}}" for path in paths)


def planned(*paths: str, fields: str = "") -> PlannedTask:
    return only(Back().plan(spec(f"name: a\n{fields}\ncheckpoint:{entries(*paths)}")))


def codes(*paths: str, fields: str = "") -> list[Code]:
    return Back().codes(spec(f"name: a\n{fields}\ncheckpoint:{entries(*paths)}"))


def places(task: PlannedTask) -> list[tuple[str, str, str]]:
    """For each checkpoint its volume's path, where it is in it, and what stands before its objects' names."""
    return [
        (task.checkpoint_volumes[checkpoint.volume].path, checkpoint.subpath, checkpoint.prefix)
        for checkpoint in task.checkpoints
    ]


def test_a_folder_is_a_volume_of_its_own() -> None:
    task = planned("/ckpt/run")
    assert places(task) == [("/ckpt/run", ".", "run")]
    assert task.checkpoints[0].frequency == 90.0
    assert task.checkpoints[0].restore == "job"


def test_a_star_takes_the_folders_name_out_of_the_names() -> None:
    task = planned("/ckpt/run/*")
    assert task.checkpoints[0].path == "/ckpt/run"
    assert places(task) == [("/ckpt/run", ".", "")]


@pytest.mark.parametrize("path", ["/ckpt/run/", "ckpt/run", "//ckpt/./x/../run"])
def test_paths_are_normalised_first(path: str) -> None:
    assert places(planned(path)) == [("/ckpt/run", ".", "run")]


def test_one_path_twice_is_one_volume() -> None:
    task = planned("/ckpt", "/ckpt/")
    assert len(task.checkpoint_volumes) == 1
    assert places(task) == [("/ckpt", ".", "ckpt")] * 2


def test_paths_within_each_other_share_the_outer_volume_whatever_their_order() -> None:
    assert places(planned("/d/sub/x", "/d", "/data")) == [
        ("/d", "sub/x", "x"),
        ("/d", ".", "d"),
        ("/data", ".", "data"),
    ]


def test_what_looks_like_a_file_gets_the_folder_above_it() -> None:
    assert places(planned("/tmp/out/model.pt")) == [("/tmp/out", "model.pt", "model.pt")]
    assert places(planned("/tmp/v1.0")) == [("/tmp/v1.0", ".", "v1.0")]
    assert places(planned("/tmp/.cache")) == [("/tmp/.cache", ".", ".cache")]


def test_a_file_outside_tmp_hides_its_folder_and_this_is_said() -> None:
    assert codes("/workspace/model.pt") == [Code.CHECKPOINT_HIDES_FOLDER]
    assert codes("/tmp/out/model.pt") == []
    assert codes("/workspace/out/model.pt", "/workspace/out") == [Code.CHECKPOINT_HIDES_FOLDER]


def test_a_path_below_the_output_folder_is_in_the_volume_that_is_there() -> None:
    task = planned("{{output}}/x", "/osmo/data/output")
    assert places(task) == [(contract.OUTPUT, "x", "x"), (contract.OUTPUT, ".", "output")]


@pytest.mark.parametrize(
    "path",
    [
        "/*",
        "/etc",
        "/usr/local/ckpt",
        "/lib64",
        "/proc/x",
        "/model.pt",
        "/var",
        "/osmo",
        "/osmo/data/input/0",
    ],
)
def test_a_volume_that_would_break_the_container_is_refused(path: str) -> None:
    assert codes(path) == [Code.CHECKPOINT_PATH_FORBIDDEN]


@pytest.mark.parametrize("path", ["/var/tmp/x", "/home/user", "/root/ckpt", "/etcetera", "/opt/x"])
def test_other_folders_are_allowed(path: str) -> None:
    assert codes(path) == []


@pytest.mark.parametrize("path", ["/mnt/x", "/mnt/x/sub"])
def test_a_folder_of_the_node_is_not_covered(path: str) -> None:
    assert codes(path, fields='volumeMounts: ["/data:/mnt/x"]') == [Code.CHECKPOINT_MEETS_MOUNT]
    assert codes(path, fields="credentials: {secret: /mnt/x/}") == [Code.CHECKPOINT_MEETS_MOUNT]


def test_a_folder_of_the_node_within_a_checkpoint_is_allowed() -> None:
    assert codes("/mnt", fields='volumeMounts: ["/data:/mnt/x"]') == []


def test_files_of_the_spec_are_not_uploaded() -> None:
    fields = "files: [{path: /ckpt/a/config.yaml, contents: x}, {path: /tmp/y, contents: x}]"
    assert planned("/ckpt", fields=fields).checkpoints[0].exclude == ("a/config.yaml",)
    assert codes("/tmp/y", fields=fields) == [Code.CHECKPOINT_MEETS_FILE]
