"""Nothing that the compiler lets pass is refused by the API server, however odd the spec and the pool are."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from osmoc.diagnostics.diagnostic import Diagnostics, Rejected
from osmoc.driver import Driver
from osmoc.passing import Manifest
from osmoc.pipeline import compile_spec
from osmoc.pool import Pool
from osmoc.pools import load_pool
from osmoc_runtime.apply import RESOURCES
from osmoc_runtime.cluster import Cluster
from osmoc_runtime.errors import ClusterError
from osmoc_runtime.kubernetes_client import connect
from tests.e2e.scenario import Scenario
from tests.fuzz import judge, mutation

SPECS = 250


def compiled(data: bytes, folder: Path, namespace: str) -> tuple[Manifest, ...]:
    """The objects of an input; none where it is refused."""
    given = judge.read(data)
    (folder / "spec.yaml").write_bytes(given.spec)
    (folder / "pool.yaml").write_bytes(given.pool)
    said = Diagnostics()
    options = replace(given.options, namespace=namespace)
    try:
        pool = load_pool(said, str(folder / "pool.yaml")) if given.pool else Pool()
        return compile_spec(folder / "spec.yaml", options, pool, Driver(said)).objects
    except Rejected:
        return ()


def changed(folder: Path, namespace: str) -> Iterator[tuple[bytes, Manifest]]:
    """The objects of specs that were changed and still compile, with the specs."""
    chance = random.Random(20261126)
    right = list(judge.right())
    known = [*right, *judge.wrong()]
    left = SPECS
    while left:
        data = mutation.mutated(chance.choice(right), chance.choice(known), chance)
        objects = compiled(data, folder, namespace)
        left -= bool(objects)
        yield from ((data, manifest) for manifest in objects)


def test_what_passes_is_taken_by_the_api_server(scenario: Scenario) -> None:
    cluster, _ = connect(scenario.kubeconfig)
    seen: set[str] = set()
    objects = []
    for data, manifest in changed(scenario.folder, scenario.namespace):
        # A binding's dry run looks for its Role, which a dry run does not make.
        if manifest.kind != "RoleBinding" and repr(manifest.body) not in seen:
            seen.add(repr(manifest.body))
            objects.append((data, manifest))

    with ThreadPoolExecutor(8) as threads:
        refused = [one for one in threads.map(lambda pair: refusal(cluster, *pair), objects) if one]

    assert len(objects) > SPECS
    assert not refused, f"{len(refused)} of {len(objects)} are refused:\n" + "\n".join(refused[:10])


def refusal(cluster: Cluster, data: bytes, manifest: Manifest) -> str:
    body = dict(manifest.body)
    metadata = body["metadata"]
    assert isinstance(metadata, dict)
    try:
        cluster.apply(RESOURCES[manifest.kind], metadata["namespace"], body, dry_run=True)
    except ClusterError as error:
        spec = data.decode("utf-8", "replace")
        return f"{manifest.kind} {manifest.name}: {error.message}\n{spec}"
    return ""
