"""Storing what a task left in contract.OUTPUT, after its end (reference osmo-runtime, section 8)."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from osmoc_runtime import contract
from osmoc_runtime.agent import commits
from osmoc_runtime.agent.checkpoint import NotStored
from osmoc_runtime.agent.pod import Identity, Pod, amount
from osmoc_runtime.agent.stores import Stores
from osmoc_runtime.agent.walking import Area, FoundFile, walk
from osmoc_runtime.storage.interface import Location, Sent, Upload

Entry = contract.TaskOutput | contract.UrlOutput | contract.DatasetOutput | contract.KpiOutput


@dataclass(frozen=True, slots=True)
class Output:
    """The output folder of one attempt. `succeeded`: only then do others get to see what it left."""

    pod: Pod
    plan: contract.TaskPlan
    me: Identity
    succeeded: bool
    say: Callable[[str], None]

    def files(self) -> list[FoundFile]:
        """What the task left. Raises NotStored where it cannot be listed."""
        folder = self.pod.path(contract.OUTPUT)
        findings = walk(folder, Area(folder, contract.OUTPUT), self.say)
        if findings.unreadable:
            raise NotStored(f"cannot be read: {', '.join(findings.unreadable)}")
        return findings.files

    def store(self, entry: Entry, files: list[FoundFile], stores: Stores) -> None:
        """Store one of the task's outputs. Raises NotStored and StorageError."""
        match entry:
            case contract.TaskOutput(location=place):
                self._commit(stores.own(place), "", files)
            case contract.DatasetOutput(name=name, regex=regex):
                self._commit(stores.own(commits.DATASETS, name), self.plan.workflow, _matching(files, regex))
            case contract.UrlOutput(url=url, regex=regex):
                self._upload(stores.open(url), _matching(files, regex))
            case contract.KpiOutput(path=path, location=place):
                self._store_figure(stores.own(place, "kpi"), path, files)
            case _:
                assert_never(entry)

    def _commit(self, location: Location, under: str, files: list[FoundFile]) -> None:
        """Upload into a folder of the attempt's own, then say that it is whole."""
        attempt = f"{self.me.job_uid}-{self.me.pod_uid}"
        folder = posixpath.join(under, attempt, "" if under else "files").rstrip("/")
        sent = self._upload(location.below(folder), files)
        if not self.succeeded:
            self.say(
                f"the task did not succeed: what is in {location.below(folder).url} is for nobody but people"
            )
            return
        commit = commits.Commit(
            format=commits.FORMAT,
            workflow=self.plan.workflow,
            task=self.plan.task,
            job=self.plan.job,
            job_uid=self.me.job_uid,
            pod_uid=self.me.pod_uid,
            folder=folder,
            files=tuple(commits.CommittedFile(one.key, one.size) for one in sent),
        )
        key = commits.NEWEST if under else commits.commit_key(self.me.job_uid, self.me.pod_uid)
        location.write(key, commits.encode(commit))

    def _upload(self, location: Location, files: list[FoundFile]) -> tuple[Sent, ...]:
        try:
            sent = location.upload([Upload(Path(file.path), file.relative) for file in files])
        except OSError as error:
            raise NotStored(f"cannot be read: {error.filename}: {error.strerror}") from error
        self.say(f"uploaded {amount(len(sent), sum(one.size for one in sent))} to {location.url}")
        return sent

    def _store_figure(self, location: Location, path: str, files: list[FoundFile]) -> None:
        name = posixpath.normpath(path).lstrip("/")
        wanted = [file for file in files if file.relative == name]
        if not wanted:
            # As in the reference no failure.
            self.say(f"warning: KPI file {os.path.join(contract.OUTPUT, name)} does not exist")
            return
        self._upload(location, wanted)


def _matching(files: list[FoundFile], regex: str) -> list[FoundFile]:
    if not regex:
        return files
    expression = re.compile(regex)
    return [file for file in files if expression.match(file.relative)]
