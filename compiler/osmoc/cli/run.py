"""`osmoc run`: compile, apply, and watch to the end."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated, Any

import typer

from osmoc.cli.application import PanelCommand, application
from osmoc.cli.cluster_options import CLUSTER, Context, Kubeconfig, connected
from osmoc.cli.compiling import compiled_again, manifests_of
from osmoc.cli.options import Given, takes_spec
from osmoc.passing import Manifests
from osmoc_runtime import contract

app = application()

OTHERWISE = "nothing was applied"


@app.command(cls=PanelCommand)
@takes_spec
def run(
    given: Given,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Do not wait for the end.", rich_help_panel=CLUSTER)
    ] = False,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
) -> int:
    """Compile a spec, apply it and watch it to the end.

    The workflow's id is its name and a number, unless `--id` names it. Exit code 0: it completed, 1: it
    failed. Ctrl-C leaves it running.
    """
    from osmoc_runtime.apply import apply, require_storage
    from osmoc_runtime.following import next_id

    given = replace(given, options=replace(given.options, uploads=True))
    manifests, pool = manifests_of(given, OTHERWISE)
    cluster, namespace = connected(kubeconfig, context, given.options.namespace or pool.namespace)
    if given.options.workflow_id is None:
        chosen = next_id(cluster, namespace, _label(manifests, contract.WORKFLOW_LABEL))
        options = replace(given.options, workflow_id=chosen)
        manifests = compiled_again(replace(given, options=options), pool, OTHERWISE)
    bodies: list[dict[str, Any]] = [dict(manifest.body) for manifest in manifests.objects]
    require_storage(cluster, namespace, bodies, pool.storage.secret)
    if manifests.uploads:
        from osmoc.cli.uploads import upload_folders
        from osmoc_runtime.uploading import storage_secret

        upload_folders(manifests, pool, storage_secret(cluster, namespace, pool.storage.secret))
    apply(cluster, namespace, bodies)
    workflow_id = _label(manifests, contract.WORKFLOW_ID_LABEL)
    sys.stdout.write(f"{workflow_id}: {len(bodies)} objects applied to the namespace {namespace}\n")
    sys.stdout.flush()
    if detach:
        sys.stdout.write(f"watch it with `osmoc watch {workflow_id} -n {namespace}`\n")
        return 0
    from osmoc.cli.watching import watch_to_the_end

    return watch_to_the_end(cluster, namespace, workflow_id)


def _label(manifests: Manifests, label: str) -> str:
    """The value that every object of the workflow has."""
    metadata: Any = manifests.objects[0].body["metadata"]
    return str(metadata["labels"][label])
