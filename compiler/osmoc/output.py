"""Where manifests are written, or compared with what lies there."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from osmoc import yamlwriter
from osmoc.passing import Manifest, Manifests
from osmoc_runtime.errors import WorldError

KUSTOMIZATION = "kustomization.yaml"
HEADER = "# Written by osmoc. To change it, change the spec and compile it again.\n"

_DIGEST = re.compile(r"-[bcdfghjklmnpqrstvwxz2456789]{8}$")
_LISTED = re.compile(r"^- ([a-z0-9.-]+\.yaml)$", re.MULTILINE)


def is_folder(output: str) -> bool:
    """Whether the user means a folder: one that is there, or a name with a slash at its end."""
    return output.endswith(("/", os.sep)) or Path(output).is_dir()


def folder_of(manifests: Manifests) -> dict[str, str]:
    """A file for each object by name, and the kustomization that lists them in the order of application.

    A file is named after its object without the hash at the name's end, so that an edit changes a file
    where it would else replace one.
    """
    files: dict[str, str] = {}
    for manifest in manifests.objects:
        files[_file_name(manifest, files)] = yamlwriter.document(manifest.body)
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(files),
    }
    files[KUSTOMIZATION] = HEADER + yamlwriter.document(kustomization)
    return files


def write_file(path: Path, texts: Iterable[str]) -> None:
    """Write all or nothing: a reader sees the old text or the new one. Raises OSError, WorldError."""
    target = path.resolve()
    if target.exists() and not target.is_file():
        # A pipe or a device: there is nothing to replace.
        with target.open("wb") as file:
            file.writelines(text.encode() for text in texts)
        return
    if not target.parent.is_dir():
        raise WorldError(f"there is no folder `{path.parent}`", f"make it with `mkdir -p {path.parent}`")
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(text.encode() for text in texts)
        temporary.chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_folder(folder: Path, manifests: Manifests) -> None:
    """Write a file for each object, each all or nothing; then remove what osmoc wrote there before.

    Raises OSError, and WorldError where the folder's kustomization is somebody else's.
    """
    wanted = folder_of(manifests)
    stale = _stale(folder, wanted)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in wanted.items():
        if _read(folder / name) != text:
            write_file(folder / name, [text])
    for name in stale:
        (folder / name).unlink(missing_ok=True)


def differences_of_folder(folder: Path, wanted: Mapping[str, str]) -> Iterator[str]:
    """The difference of each file that differs, is missing, or would be removed."""
    for name in sorted({*wanted, *_stale(folder, wanted)}):
        yield from _difference(folder / name, wanted.get(name))


def differences_of_file(path: Path, text: str) -> Iterator[str]:
    """The difference of the file, where there is one."""
    yield from _difference(path, text)


def _difference(path: Path, wanted: str | None) -> Iterator[str]:
    there = _read(path)
    if there == wanted:
        return
    from difflib import unified_diff

    lines = unified_diff(
        (there or "").splitlines(keepends=True),
        (wanted or "").splitlines(keepends=True),
        "/dev/null" if there is None else f"a/{path.as_posix().lstrip('/')}",
        "/dev/null" if wanted is None else f"b/{path.as_posix().lstrip('/')}",
    )
    yield "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _stale(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    """Files that osmoc wrote into the folder and that no longer belong there."""
    kustomization = _read(folder / KUSTOMIZATION)
    if kustomization is None:
        return []
    if not kustomization.startswith(HEADER):
        raise WorldError(
            f"`{folder / KUSTOMIZATION}` is not osmoc's own, and would be overwritten",
            "write into a folder of its own, and list that as a resource in your kustomization",
        )
    listed = _LISTED.findall(kustomization)
    return sorted(name for name in set(listed) - set(wanted) if (folder / name).is_file())


def _file_name(manifest: Manifest, taken: Mapping[str, str]) -> str:
    stem = f"{manifest.kind.lower()}-{_DIGEST.sub('', manifest.name)}"
    name, number = f"{stem}.yaml", 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}.yaml"
    return name


def _read(path: Path) -> str | None:
    """The text of the file with its own line ends; None where there is none."""
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
