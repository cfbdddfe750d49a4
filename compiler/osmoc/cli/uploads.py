"""Uploading what manifests need and cannot carry, for `osmoc run` and `osmoc data push`."""

from __future__ import annotations

import os
import sys

from osmoc.passing import Manifests
from osmoc.plan import LocalUpload
from osmoc.pool import Pool
from osmoc_runtime import contract
from osmoc_runtime.cluster import Cluster
from osmoc_runtime.storage.interface import Upload


def upload_folders(cluster: Cluster, namespace: str, manifests: Manifests, pool: Pool) -> None:
    """Upload the local folders that are not there yet, and say so. Raises WorldError."""
    if not manifests.uploads:
        return
    from osmoc_runtime.uploading import own_storage, push, storage_secret

    own = contract.Storage(
        pool.storage.url, pool.storage.endpoint, pool.storage.region, pool.storage.addressing
    )
    secret = storage_secret(cluster, namespace, pool.storage.secret)
    storage = own_storage(secret, os.environ, own)
    for upload in manifests.uploads:
        new = push(storage, upload.name, upload.folder.version, _files(upload))
        said = "uploaded" if new else "there already"
        folder = upload.folder
        sys.stdout.write(f"dataset {upload.name}: {folder.amount}, {said} (version {folder.version})\n")
        sys.stdout.flush()


def _files(upload: LocalUpload) -> list[Upload]:
    return [Upload(file.source, file.path) for file in upload.folder.files]
