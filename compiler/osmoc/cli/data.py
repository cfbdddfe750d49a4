"""`osmoc data push`: the local folders that manifests speak of, into the object storage."""

from __future__ import annotations

import sys
from dataclasses import replace

from osmoc.cli.application import PanelCommand, application
from osmoc.cli.cluster_options import Context, Kubeconfig, connected
from osmoc.cli.compiling import manifests_of
from osmoc.cli.options import Given, takes_spec

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
    cluster, namespace = connected(kubeconfig, context, given.options.namespace or pool.namespace)
    upload_folders(cluster, namespace, manifests, pool)
    return 0
