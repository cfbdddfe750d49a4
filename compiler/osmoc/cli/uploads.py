"""Uploading what manifests need and cannot carry, for `osmoc run` and `osmoc data push`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from osmoc.local_files import Folder, digest_of
from osmoc.passing import Manifests
from osmoc.plan import LocalUpload
from osmoc.pool import Pool
from osmoc_runtime import contract
from osmoc_runtime.storage.interface import Upload

if TYPE_CHECKING:
    from osmoc_runtime.uploading import LocalVersion


def upload_folders(manifests: Manifests, pool: Pool, secret: Mapping[str, str]) -> None:
    """Upload the local folders that are not there yet, and say so. `secret`: what the pods' Secret holds, as
    far as it is known here. Raises WorldError.
    """
    from osmoc_runtime.uploading import own_storage, push

    own = contract.Storage(
        pool.storage.url, pool.storage.endpoint, pool.storage.region, pool.storage.addressing
    )
    storage = own_storage(secret, os.environ, own)
    for upload in manifests.uploads:
        new = push(storage, _version(upload), partial(_changed, upload.folder))
        said = "uploaded" if new else "there already"
        folder = upload.folder
        sys.stdout.write(f"dataset {upload.name}: {folder.amount}, {said} (version {folder.version})\n")
        sys.stdout.flush()


def _version(upload: LocalUpload) -> LocalVersion:
    from osmoc_runtime.uploading import LocalVersion

    return LocalVersion(
        upload.name,
        upload.folder.version,
        [Upload(file.source, file.path) for file in upload.folder.files],
        {file.path for file in upload.folder.files if file.executable},
    )


def _changed(folder: Folder) -> Path | None:
    """A file that is not any more what it was when the spec was compiled."""
    for file in folder.files:
        try:
            if digest_of(file.source)[0] != file.digest:
                return file.source
        except OSError:
            return file.source
    return None
