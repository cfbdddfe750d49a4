"""`osmoc data push`: the local folders that manifests speak of, into the object storage."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from osmoc.cli.application import PanelCommand, application
from osmoc.cli.cluster_options import Context, Kubeconfig, connected
from osmoc.cli.compiling import manifests_of
from osmoc.cli.options import Given, takes_spec
from osmoc.pool import Storage

app = application(no_args_is_help=True)


@app.callback()
def data() -> None:
    """Move data that workflows read."""


@app.command(cls=PanelCommand)
@takes_spec
def push(given: Given, context: Context = None, kubeconfig: Kubeconfig = None) -> int:
    """Upload the local folders of a spec's datasets that are too large for manifests.

    A folder is stored under a hash of what it holds, so that it is uploaded once, and that manifests in git
    always mean the same data. Where the storage is, and its keys, come from the pool file, the Secret of the
    namespace and this machine's AWS settings.
    """
    from osmoc.cli.uploads import upload_folders

    options = replace(given.options, uploads=True)
    manifests, pool = manifests_of(replace(given, options=options), "nothing was uploaded")
    if not manifests.uploads:
        sys.stdout.write("no folder is too large for manifests: there is nothing to upload\n")
        return 0
    namespace = given.options.namespace or pool.namespace
    upload_folders(manifests, pool, _secret(pool.storage, kubeconfig, context, namespace))
    return 0


def _secret(
    storage: Storage, kubeconfig: Path | None, context: str | None, namespace: str | None
) -> Mapping[str, str]:
    """What the pods' Secret holds. A CI job that fills the storage need not know the cluster, where the pool
    file says where that is.
    """
    from osmoc_runtime.errors import WorldError
    from osmoc_runtime.uploading import storage_secret

    if storage.secret is None:
        return {}
    try:
        cluster, found = connected(kubeconfig, context, namespace)
        return storage_secret(cluster, found, storage.secret)
    except WorldError:
        if not storage.url or kubeconfig is not None or context is not None:
            raise
        return {}
