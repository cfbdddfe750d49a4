"""Bringing back what an earlier attempt saved, with owners and modes, before the task starts."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from osmoc_runtime import contract
from osmoc_runtime.agent import commits
from osmoc_runtime.agent.checkpoint import local_path, volume_area
from osmoc_runtime.agent.pod import Identity, Pod, amount
from osmoc_runtime.agent.walking import Area, target_of
from osmoc_runtime.storage.interface import Download, Location


def restore(
    pod: Pod,
    plan: contract.TaskPlan,
    entry: contract.Checkpoint,
    me: Identity,
    *,
    location: Location,
    say: Callable[[str], None],
) -> None:
    """Restore the last committed state of a checkpoint, if there is one. Raises StorageError and OSError."""
    manifest = _find(plan, entry, me, location)
    if manifest is None:
        return
    base = local_path(pod, entry)
    present = {one.key: one.size for one in location.list(manifest.prefix)}
    saved = [file for file in manifest.files if file.key in present and commits.is_contained(file.key)]
    files = {_path(base, manifest.prefix, file.key): file for file in saved}
    if missing := len(manifest.files) - len(files):
        say(f"warning: {missing} files of the checkpoint of {entry.path} are gone from the store: left out")
    _make_folders(base, manifest)
    _bring(files, _links(base, manifest), location=location, sizes=present, area=volume_area(pod, entry))
    for folder in reversed(manifest.folders):
        if not folder.path or commits.is_contained(folder.path):
            _own(os.path.join(base, folder.path), folder)
    restored = amount(len(files), sum(present[file.key] for file in files.values()))
    say(f"restored {restored} to {entry.path}, as attempt {manifest.attempt} left it at {entry.url}")
    if not manifest.final:
        say(f"warning: attempt {manifest.attempt} was taken away before its last files could be stored")


def _links(base: str, manifest: commits.Manifest) -> dict[str, str]:
    links = (link for link in manifest.links if commits.is_contained(link.path))
    return {os.path.join(base, link.path): link.target for link in links}


def _bring(
    files: dict[str, commits.SavedFile],
    links: dict[str, str],
    *,
    location: Location,
    sizes: dict[str, int],
    area: Area,
) -> None:
    """Files, then links; a link to what was not saved becomes the file that it led to."""
    _fetch(location, {path: file for path, file in files.items() if path not in links}, sizes)
    for link, target in links.items():
        os.symlink(target, link)
    replaced = {link: files[link] for link in links if link in files and _is_dangling(link, area)}
    for link in replaced:
        os.unlink(link)
    _fetch(location, replaced, sizes)


def _fetch(location: Location, files: dict[str, commits.SavedFile], sizes: dict[str, int]) -> None:
    location.download(Download(file.key, sizes[file.key], Path(path)) for path, file in files.items())
    for path, file in files.items():
        _own(path, file)
        os.utime(path, ns=(file.mtime, file.mtime))


def _find(
    plan: contract.TaskPlan, entry: contract.Checkpoint, me: Identity, location: Location
) -> commits.Manifest | None:
    own = commits.last_manifest(location.list(commits.manifest_folder(me.job_uid, entry.path) + "/"))
    if own is not None:
        return commits.read(commits.Manifest, location, own.key)
    if entry.restore != "workflow":
        return None
    others = [
        one for one in location.list(commits.MANIFESTS + "/") if commits.is_manifest_of(entry.path, one.key)
    ]
    for one in sorted(others, key=lambda one: (one.modified, one.key), reverse=True):
        manifest = commits.read(commits.Manifest, location, one.key)
        if manifest and (manifest.workflow, manifest.task) == (plan.workflow, plan.task):
            return manifest
    return None


def _path(base: str, prefix: str, key: str) -> str:
    if key == prefix:
        return base
    return os.path.join(base, key.removeprefix(f"{prefix}/") if prefix else key)


def _make_folders(base: str, manifest: commits.Manifest) -> None:
    os.makedirs(base if manifest.folders else os.path.dirname(base), exist_ok=True)
    for folder in manifest.folders:
        if commits.is_contained(folder.path):
            os.makedirs(os.path.join(base, folder.path), exist_ok=True)


def _is_dangling(link: str, area: Area) -> bool:
    target = target_of(link, area)
    return target is None or not os.path.exists(target)


def _own(path: str, saved: commits.SavedFile | commits.SavedFolder) -> None:
    # Under the restricted profile all runs as one user, to whom the files belong anyhow.
    if os.geteuid() == 0:
        os.chown(path, saved.uid, saved.gid)
    elif os.stat(path).st_uid != os.geteuid():
        return
    os.chmod(path, saved.mode)
