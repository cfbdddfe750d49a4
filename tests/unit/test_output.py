"""Writing is all or nothing, a folder holds what was written last, and comparing writes nothing."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from osmoc import output
from osmoc.passing import Manifest, Manifests
from osmoc.source import Source
from osmoc_runtime.errors import WorldError

AT = Source("spec.yaml", "workflow: {}\n").start()


def manifests(*names: str) -> Manifests:
    def one(name: str) -> Manifest:
        kind, _, named = name.rpartition("/")
        return Manifest({"kind": kind or "Job", "metadata": {"name": named}}, AT)

    return Manifests("w", tuple(one(name) for name in names))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_has_the_texts_in_order(tmp_path: Path) -> None:
    output.write_file(tmp_path / "out.yaml", ["a\n", "é\n"])
    assert (tmp_path / "out.yaml").read_bytes() == "a\né\n".encode()
    assert names(tmp_path) == ["out.yaml"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    def texts() -> Iterator[str]:
        yield "new\n"
        raise OSError("the disk is full")

    path = tmp_path / "out.yaml"
    path.write_text("old\n")
    with pytest.raises(OSError, match="full"):
        output.write_file(path, texts())
    assert path.read_text() == "old\n"
    assert names(tmp_path) == ["out.yaml"]


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target.yaml", tmp_path / "link.yaml"
    target.write_text("old\n")
    target.chmod(0o640)
    link.symlink_to(target)
    output.write_file(link, ["new\n"])
    assert (target.read_text(), target.stat().st_mode & 0o777, link.is_symlink()) == ("new\n", 0o640, True)


def test_a_new_file_has_the_mode_of_the_process(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        output.write_file(tmp_path / "out.yaml", ["a\n"])
    finally:
        os.umask(mask)
    assert (tmp_path / "out.yaml").stat().st_mode & 0o777 == 0o640


def test_a_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=output.write_file, args=(pipe, ["a\n"]))
    writer.start()
    assert pipe.read_text() == "a\n"
    writer.join()
    assert pipe.is_fifo()


def test_a_file_in_no_folder_is_refused_with_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="mkdir -p"):
        output.write_file(tmp_path / "none" / "out.yaml", ["a\n"])


def test_files_are_named_after_objects_without_hashes(tmp_path: Path) -> None:
    output.write_folder(
        tmp_path / "out",
        manifests("ConfigMap/w-files-bcdfghjk", "ConfigMap/w-files-lmnpqrst", "w-a-22222222"),
    )
    assert names(tmp_path / "out") == [
        "configmap-w-files-2.yaml",
        "configmap-w-files.yaml",
        "job-w-a.yaml",
        "kustomization.yaml",
    ]
    text = (tmp_path / "out" / "kustomization.yaml").read_text()
    assert text.endswith("resources:\n- configmap-w-files.yaml\n- configmap-w-files-2.yaml\n- job-w-a.yaml\n")


def test_what_osmoc_wrote_before_goes_and_what_others_wrote_stays(tmp_path: Path) -> None:
    output.write_folder(tmp_path, manifests("w-a", "w-b"))
    (tmp_path / "notes.yaml").write_text("mine\n")
    output.write_folder(tmp_path, manifests("w-b", "w-c"))
    assert names(tmp_path) == ["job-w-b.yaml", "job-w-c.yaml", "kustomization.yaml", "notes.yaml"]


def test_a_file_that_is_right_is_not_written_again(tmp_path: Path) -> None:
    output.write_folder(tmp_path, manifests("w-a"))
    before = (tmp_path / "job-w-a.yaml").stat().st_ino
    output.write_folder(tmp_path, manifests("w-a", "w-b"))
    assert (tmp_path / "job-w-a.yaml").stat().st_ino == before


def test_a_kustomization_of_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources:\n- mine.yaml\n")
    with pytest.raises(WorldError, match="not osmoc's own"):
        output.write_folder(tmp_path, manifests("w-a"))
    assert names(tmp_path) == ["kustomization.yaml"]


def test_no_file_outside_the_folder_is_removed(tmp_path: Path) -> None:
    (tmp_path / "victim.yaml").write_text("mine\n")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "kustomization.yaml").write_text(
        output.HEADER + "resources:\n- ../victim.yaml\n- /etc/x.yaml\n"
    )
    output.write_folder(folder, manifests("w-a"))
    assert (tmp_path / "victim.yaml").exists()


def test_differences_are_a_unified_diff_of_each_file_and_nothing_is_written(tmp_path: Path) -> None:
    output.write_folder(tmp_path, manifests("w-a", "w-b"))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    wanted = output.folder_of(manifests("w-b", "w-c"))
    differences = list(output.differences_of_folder(tmp_path, wanted))

    assert [text.split("\n")[:2] for text in differences] == [
        [f"--- a{tmp_path}/job-w-a.yaml", "+++ /dev/null"],
        ["--- /dev/null", f"+++ b{tmp_path}/job-w-c.yaml"],
        [f"--- a{tmp_path}/kustomization.yaml", f"+++ b{tmp_path}/kustomization.yaml"],
    ]
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_missing_line_end_is_shown(tmp_path: Path) -> None:
    (tmp_path / "out.yaml").write_text("a: 1")
    (text,) = output.differences_of_file(tmp_path / "out.yaml", "a: 1\n")
    assert text.endswith("-a: 1\n\\ No newline at end of file\n+a: 1\n")
    assert list(output.differences_of_file(tmp_path / "out.yaml", "a: 1")) == []


def test_a_folder_is_one_that_is_there_or_has_a_slash(tmp_path: Path) -> None:
    assert output.is_folder(str(tmp_path))
    assert output.is_folder("new/")
    assert not output.is_folder(str(tmp_path / "new"))
