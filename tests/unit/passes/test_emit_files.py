"""Files of tasks as ConfigMaps."""

from __future__ import annotations

import base64

from tests.unit.backend import spec
from tests.unit.emitted import (
    Body,
    job,
    mounts,
    objects,
    of_kind,
    pod,
)

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
