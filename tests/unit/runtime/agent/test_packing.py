"""The archive in which agent and coordinator travel."""

from __future__ import annotations

import ast
import hashlib
import io
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from osmoc_runtime import packing

NAMES = [name for name, _ in packing.packed_files()]


def test_it_is_small_enough_to_travel_with_every_workflow(
    record_property: Callable[[str, object], None],
) -> None:
    size = len(packing.agent_archive())
    record_property("archive_bytes", size)
    print(f"the archive has {size / 1024:.1f} KiB")

    assert size < packing.LIMIT


def test_another_process_makes_the_same_bytes() -> None:
    program = (
        "import hashlib, sys; sys.path.insert(0, sys.argv[1]); from osmoc_runtime import packing; "
        "print(hashlib.sha256(packing.pack()).hexdigest())"
    )
    root = Path(packing.__file__).parents[1]

    made = subprocess.run(
        [sys.executable, "-I", "-c", program, str(root)],
        capture_output=True,
        text=True,
        check=True,
        env={"TZ": "Asia/Tokyo", "LC_ALL": "C"},
    )

    assert made.stdout.strip() == hashlib.sha256(packing.agent_archive()).hexdigest()


def test_what_is_kept_is_what_would_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packing, "KEPT", tmp_path / "cache" / "agent.archive")
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    for fresh in (True, False):
        assert packing.KEPT.exists() is not fresh
        packing.agent_archive.cache_clear()
        assert packing.agent_archive() == packing.pack()


def test_what_is_kept_of_other_files_is_not_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packing, "KEPT", tmp_path / "agent.archive")
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    packing.agent_archive.cache_clear()
    packing.agent_archive()
    assert packing.KEPT.exists()
    monkeypatch.setattr(packing, "_stamp", lambda path: f"{path.name} 1 2\n")
    monkeypatch.setattr(packing, "pack", lambda: b"anew")
    packing.agent_archive.cache_clear()
    assert packing.agent_archive() == b"anew"
    packing.agent_archive.cache_clear()


def test_it_tells_nothing_of_the_machine_that_made_it() -> None:
    with tarfile.open(fileobj=io.BytesIO(packing.agent_archive())) as archive:
        entries = archive.getmembers()

    assert [entry.name for entry in entries] == sorted(NAMES)
    assert {(entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname) for entry in entries} == {
        (0, 0, 0, "", "")
    }
    assert {entry.mode for entry in entries} == {0o644}


@pytest.mark.parametrize(("name", "content"), list(packing.packed_files()), ids=NAMES)
def test_its_modules_import_the_standard_library_and_one_another_alone(name: str, content: bytes) -> None:
    for node in ast.walk(ast.parse(content)):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        for module in modules:
            top, *rest = module.split(".")
            if top != "osmoc_runtime":
                assert top in sys.stdlib_module_names, f"{name} imports {module}"
                continue
            # A name of a module, or a module itself.
            wanted = {"/".join([top, *rest]), "/".join([top, *rest[:-1]])}
            assert not rest or any(f"{path}.py" in NAMES for path in wanted), f"{name} imports {module}"
