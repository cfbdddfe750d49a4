"""Local folders of datasets in the manifests, put together again as osmo-init does it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from osmoc.kubernetes_objects.files import LARGEST_APPLIED
from osmoc.options import Options
from osmoc_runtime import contract
from tests.unit.backend import Back, spec
from tests.unit.emitted import Body, container, jobs, mounts, names, objects, plan_of, pod
from tests.unit.kubernetes_objects.test_files import annotated_size

TAKES = "inputs: [{dataset: {name: faces, localpath: data}}]"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def seen(bodies: list[Body], task: str) -> dict[str, tuple[bytes, bool]]:
    """What the task finds in its input 0: bytes and whether it can be run, by path."""
    body = jobs(bodies)[task]
    maps = {one["metadata"]["name"]: one for one in bodies if one["kind"] == "ConfigMap"}
    volumes = {one["name"]: one for one in pod(body)["volumes"]}
    entry = plan_of(bodies, task).inputs[0]
    assert isinstance(entry, contract.FolderInput)

    def piece(place: str) -> bytes:
        number, _, key = place.partition("/")
        mount = mounts(body, contract.INIT)[f"{contract.LOCAL_FOLDER}/{entry.index}/{number}"]
        held = maps[volumes[mount["name"]]["configMap"]["name"]]
        if key in held.get("data", {}):
            return str(held["data"][key]).encode()
        return base64.b64decode(held["binaryData"][key])

    listed = contract.load(contract.FolderList, b"".join(map(piece, entry.listed)).decode())
    return {file.path: (b"".join(map(piece, file.pieces)), file.executable) for file in listed.files}


def folder_maps(bodies: list[Body]) -> list[Body]:
    return [one for one in bodies if "-files-" in one["metadata"]["name"]]


def test_a_folder_arrives_as_it_is(data: Path) -> None:
    (data / "a" / "b").mkdir(parents=True)
    wanted = {
        "a/b/run": (b"\x7fELF\x00", True),
        "a/run": (b"#!/bin/sh", True),
        "empty": (b"", False),
        "a name\nof two lines": (b"text \xef\xb7\x90id\xef\xb7\x91", False),
        ".hidden": (b"#!/bin/sh", False),
        "large.bin": (bytes(range(256)) * 2000, True),
        "large.txt": ("ä<&>\n".encode() * 40_000, False),
    }
    for path, (contents, executable) in wanted.items():
        (data / path).write_bytes(contents)
        (data / path).chmod(0o755 if executable else 0o644)

    bodies = objects(spec(f"name: a\n{TAKES}"), Back(folder=data.parent))

    assert seen(bodies, "a") == wanted
    for body in folder_maps(bodies):
        assert body["immutable"] is True
        assert annotated_size(body) <= LARGEST_APPLIED
        assert "annotations" not in body["metadata"]


def test_a_thousand_files_are_few_configmaps(data: Path) -> None:
    for number in range(1000):
        (data / str(number)).write_bytes(b"%d" % number)

    bodies = objects(spec(f"name: a\n{TAKES}"), Back(folder=data.parent))

    assert seen(bodies, "a") == {str(number): (b"%d" % number, False) for number in range(1000)}
    assert len(folder_maps(bodies)) == 1
    (plan,) = (body for body in bodies if contract.PLAN_KEY in body.get("data", {}))
    assert annotated_size(plan) < 4000


def test_tasks_that_take_the_same_folder_share_its_configmap_whatever_else_they_take(data: Path) -> None:
    (data / "x").write_text("x")
    more = "files: [{path: /y, contents: y}]\n" + TAKES.replace(
        "]", ", {dataset: {name: d, localpath: data}}]"
    )

    bodies = objects(spec(f"name: a\n{TAKES}", f"name: b\n{more}"), Back(folder=data.parent))

    assert len(folder_maps(bodies)) == 2
    assert seen(bodies, "a") == seen(bodies, "b") == {"x": (b"x", False)}


def test_the_expression_takes_files_by_their_path_within_the_folder(data: Path) -> None:
    (data / "sub").mkdir()
    for name in ("a.png", "sub/b.png", "c.txt"):
        (data / name).write_text(name)
    takes = "inputs: [{dataset: {name: faces, localpath: data, regex: sub/.*png}}]"

    assert list(seen(objects(spec(f"name: a\n{takes}"), Back(folder=data.parent)), "a")) == ["sub/b.png"]


def test_what_the_folder_holds_is_part_of_the_jobs_identity(data: Path) -> None:
    (data / "x").write_text("x")
    text, back = spec(f"name: a\n{TAKES}", "name: b"), Back(folder=data.parent)
    first = names(text, back)
    (data / "x").chmod(0o755)
    second = names(text, back)
    (data / "x").write_bytes(bytes(1_000_000))
    third = names(text, back)
    (data / "x").write_bytes(bytes(999_999) + b"x")

    assert len({first["a"], second["a"], third["a"], names(text, back)["a"]}) == 4
    assert first["b"] == names(text, back)["b"]


def test_a_folder_in_the_manifests_needs_no_storage_and_is_seen_by_osmo_init_alone(data: Path) -> None:
    (data / "x").write_text("x")
    body = jobs(objects(spec(f"name: a\n{TAKES}"), Back(folder=data.parent)))["a"]

    assert [one for one in pod(body)["volumes"] if "secret" in one] == []
    assert f"{contract.LOCAL_FOLDER}/0/0" in mounts(body, contract.INIT)
    assert [one["name"] for one in container(body, "a")["volumeMounts"]] == ["osmo", "osmo-data", "osmo-run"]


def test_a_large_folder_is_named_by_its_hash_in_plan_and_upload(data: Path) -> None:
    (data / "x").write_bytes(bytes(1_000_000))
    takes = "inputs: [{dataset: {name: 'faces-{{workflow_id}}', localpath: data}}]"
    back = Back(folder=data.parent, options=Options(workflow_id="run-7", uploads=True))

    manifests = back.manifests(spec(f"name: a\n{takes}", f"name: b\n{takes}"))

    (upload,) = manifests.uploads
    assert upload.name == "faces-run-7"
    bodies = objects(spec(f"name: a\n{takes}"), back)
    (entry,) = plan_of(bodies, "a").inputs
    assert entry == contract.DatasetVersionInput(0, "faces-run-7", upload.folder.version, "")
    assert folder_maps(bodies) == []
