"""The archive in which agent and coordinator travel to the pods: the same bytes on every machine.

bzip2, of which there is one implementation everywhere; deflate differs between zlib and zlib-ng. The files
are read as data: to pack the agent one need not be able to run it.

Packing takes as long as compiling a small workflow, so the archive is kept as byte code is: in `__pycache__`,
with the names, sizes and times of the files that it was made of.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from osmoc_runtime.contract import COORDINATOR_MODULES

PACKED = {"__init__.py", "agent", "agent_commands.py", "storage", "values.py", *COORDINATOR_MODULES}
"""Files and folders of osmoc_runtime."""
LIMIT = 60 * 1024
"""Bytes that the archive shall not exceed: a ConfigMap holds 1 MiB, and every workflow carries one."""


KEPT = Path(__file__).parent / "__pycache__" / "agent.archive"


@lru_cache(maxsize=1)
def agent_archive() -> bytes:
    """The archive's bytes: those that are kept, where they are of today's files."""
    made_of = "".join(_stamp(path) for path in _paths()).encode() + b"\n"
    with suppress(OSError):
        kept = KEPT.read_bytes()
        if kept.startswith(made_of):
            return kept[len(made_of) :]
    archive = pack()
    if not sys.dont_write_bytecode:
        with suppress(OSError):
            _keep(made_of + archive)
    return archive


def pack() -> bytes:
    """Make the archive of the files as they are."""
    import bz2
    import io
    import tarfile

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in packed_files():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = 0o644
            archive.addfile(entry, io.BytesIO(content))
    return bz2.compress(buffer.getvalue(), compresslevel=9)


def _stamp(path: Path) -> str:
    status = path.stat()
    return f"{path.name} {status.st_size} {status.st_mtime_ns}\n"


def _keep(content: bytes) -> None:
    KEPT.parent.mkdir(exist_ok=True)
    part = KEPT.with_name(f"{KEPT.name}.{os.getpid()}")
    part.write_bytes(content)
    part.replace(KEPT)


def packed_files() -> Iterator[tuple[str, bytes]]:
    """Name in the archive and content of every file, in the order of names."""
    root = Path(__file__).parent
    for path in _paths():
        content = path.read_bytes().replace(b"\r\n", b"\n")
        if not _needs_boto(content):
            yield f"{root.name}/{path.relative_to(root).as_posix()}", content


def _paths() -> list[Path]:
    root = Path(__file__).parent
    paths = [
        path
        for name in PACKED
        for path in ([root / name] if name.endswith(".py") else (root / name).glob("*.py"))
    ]
    return sorted(paths, key=lambda path: path.relative_to(root).as_posix())


def _needs_boto(content: bytes) -> bool:
    """Whether the module is for images and for the user's side, where boto3 is."""
    return b"import boto3" in content or b"import botocore" in content
