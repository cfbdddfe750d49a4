"""Fetching a task's inputs into contract.INPUT before it starts (reference osmo-runtime, section 4)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import assert_never

from osmoc_runtime import contract
from osmoc_runtime.agent import commits
from osmoc_runtime.agent.folders import EXECUTABLE, input_folder
from osmoc_runtime.agent.pod import Pod, amount
from osmoc_runtime.agent.stores import Stores
from osmoc_runtime.storage.interface import Download, Location, StorageError

Entry = contract.TaskInput | contract.UrlInput | contract.DatasetInput | contract.DatasetVersionInput


def fetch(pod: Pod, entry: Entry, stores: Stores, say: Callable[[str], None]) -> None:
    """Fetch one input. Raises StorageError; as in the reference it is no error that a task's output or a url
    is empty.
    """
    folder = input_folder(pod, entry.index)
    match entry:
        case contract.TaskInput():
            name = f"task {entry.task}"
            found = commits.newest_commit(stores.own(), entry.location)
            files = None if found is None else _of_commit(entry, folder, *found)
        case contract.UrlInput():
            name = entry.url
            files = _of_url(entry, folder, stores)
        case contract.DatasetInput():
            name = f"dataset {entry.name}"
            files = _of_dataset(entry, folder, stores)
        case contract.DatasetVersionInput():
            name = f"dataset {entry.name}"
            files = _of_version(entry, folder, stores)
        case _:
            assert_never(entry)
    if files is None or not files.downloads:
        why = (
            "no data are there"
            if files is None or not files.listed
            else f"none of its files matches {entry.regex}"
        )
        say(f"warning: nothing is downloaded from {name} to {folder}: {why}")
        return
    files.location.download(files.downloads)
    for path in files.executable:
        os.chmod(path, EXECUTABLE)
    what = amount(len(files.downloads), sum(one.size for one in files.downloads))
    say(f"downloaded {what} from {name} to {folder}")


class _Files:
    """What is to be downloaded from a location; `listed`: how many files there were to choose from.
    `executable`: paths of those that can be run.
    """

    def __init__(self, location: Location, folder: str, regex: str, found: Iterable[tuple[str, int]]) -> None:
        self.location = location
        self.listed = 0
        self.downloads: list[Download] = []
        self.executable: list[str] = []
        expression = re.compile(regex) if regex else None
        for key, size in found:
            if key.endswith("/") or not commits.is_contained(key) or commits.MANIFESTS in key.split("/"):
                continue
            self.listed += 1
            if expression is None or expression.match(key):
                self.downloads.append(Download(key, size, Path(folder, key)))


def _of_commit(entry: Entry, folder: str, location: Location, commit: commits.Commit) -> _Files:
    found = [(file.key, file.size) for file in commit.files]
    return _Files(location.below(commit.folder), folder, entry.regex, found)


def _of_dataset(entry: contract.DatasetInput, folder: str, stores: Stores) -> _Files:
    location = stores.own(commits.DATASETS, entry.name)
    commit = commits.read(commits.Commit, location, commits.NEWEST)
    if commit is None:
        raise StorageError(
            f"dataset `{entry.name}` has no version at {location.url}: run the workflow that makes it first",
            permanent=True,
        )
    return _of_commit(entry, folder, location, commit)


def _of_version(entry: contract.DatasetVersionInput, folder: str, stores: Stores) -> _Files:
    location = stores.own(commits.DATASETS, entry.name)
    version = commits.read(commits.Version, location, commits.version_key(entry.version))
    if version is None:
        # The upload may be on its way still: where manifests lie in git, nobody waits for it.
        raise StorageError(
            f"dataset `{entry.name}` has no version {entry.version} at {location.url}: upload the folder "
            "with `osmoc data push SPEC`",
            permanent=False,
        )
    found = [(file.key, file.size) for file in version.files]
    files = _Files(location.below(version.folder), folder, entry.regex, found)
    can_run = {file.key for file in version.files if file.executable}
    files.executable = [str(one.path) for one in files.downloads if one.key in can_run]
    return files


def _of_url(entry: contract.UrlInput, folder: str, stores: Stores) -> _Files:
    """Without a slash at its end a url may be one object, which the expression is not asked about."""
    if not entry.url.endswith("/"):
        one = stores.open(entry.url).exact()
        if one is not None:
            parent = stores.open(entry.url.rpartition("/")[0])
            return _Files(parent, folder, "", [(one.key, one.size)])
    location = stores.open(entry.url)
    return _Files(location, folder, entry.regex, ((one.key, one.size) for one in location.list()))
