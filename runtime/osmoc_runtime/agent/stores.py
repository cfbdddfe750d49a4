"""The object storage of the plan: its credentials from the pod's Secret and environment."""

from __future__ import annotations

import os
from pathlib import Path

from osmoc_runtime import contract
from osmoc_runtime.agent.pod import Pod
from osmoc_runtime.storage.interface import Location, StorageError
from osmoc_runtime.storage.opening import open_location, settings_from


class Stores:
    """Opens locations. The Secret is read anew for each of these: it may be renewed while a task runs.

    `deadline`: time.monotonic() until which passing failures are tried again. Every method raises
    StorageError.
    """

    def __init__(self, pod: Pod, plan: contract.TaskPlan, deadline: float | None = None) -> None:
        folder = Path(pod.path(contract.STORAGE_FOLDER))
        self._settings = settings_from(folder, os.environ, plan.storage)
        self._secret_is_there = folder.is_dir() and any(folder.iterdir())
        self._namespace = os.environ.get(contract.NAMESPACE, "")
        self._deadline = deadline

    def open(self, url: str) -> Location:
        """The location of a url that the spec names."""
        return open_location(url, self._settings, self._deadline)

    def own(self, *parts: str) -> Location:
        """A location below the url of the workflow's own storage."""
        if not self._settings.url:
            raise StorageError(self._no_url(), permanent=True)
        return self.open("/".join([self._settings.url.rstrip("/"), *parts]))

    def _no_url(self) -> str:
        where = f" of namespace `{self._namespace}`" if self._namespace else ""
        what = "has no key `url`" if self._secret_is_there else "is missing"
        return (
            f"no object storage for the workflow's own data: the Secret `osmoc-storage`{where} (or the one "
            f"that the pool file names) {what}; create it with `kubectl create secret generic osmoc-storage "
            "--from-literal=url=s3://…`, or write `storage: {url: …}` into the pool file"
        )
