"""The API server is the judge of what the compiler writes: real specs, and each pod's Pod Security level."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from osmoc import yamlwriter
from osmoc.pool import Pool
from tests.conformance.test_manifests import compiled, valid_specs
from tests.conftest import NOTHING_BESIDE
from tests.e2e.cluster.kubectl import Kubectl
from tests.e2e.scenario import Json, Scenario

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(ROOT.glob("examples/*/spec.yaml"))
RESTRICTED = "security: restricted\nrunAsUser: 1000\nfsGroup: 1000\n"


def dry_run(kubectl: Kubectl, manifests: str) -> int:
    """How many objects the API server would take; fails where it refuses one."""
    said = kubectl(
        "apply",
        "--server-side",
        "--dry-run=server",
        "--validate=strict",
        "-o",
        "name",
        "-f",
        "-",
        input=manifests,
        seconds=300,
    )
    return len(said.splitlines())


@pytest.mark.parametrize("pool", [Pool(), Pool(cli="never")], ids=["with the agent", "plain Jobs"])
def test_real_specs_are_taken_by_the_api_server(kubectl: Kubectl, pool: Pool) -> None:
    specs = valid_specs()
    if not specs:
        pytest.skip(f"{NOTHING_BESIDE}: no corpus lies beside the repository")
    for row in specs:
        bodies = [manifest.body for manifest in compiled(row, pool).objects]

        assert dry_run(kubectl, "".join(yamlwriter.write(bodies))) == len(bodies), row["name"]


@pytest.mark.parametrize("level", ["baseline", "restricted"])
def test_the_pods_of_every_example_keep_to_their_security_level(
    scenario: Scenario, kubectl: Kubectl, administrator: Kubectl, level: str
) -> None:
    administrator(
        "label", "namespace", scenario.namespace, f"pod-security.kubernetes.io/enforce={level}", "--overwrite"
    )
    (scenario.folder / "pool.yaml").write_text(RESTRICTED if level == "restricted" else "")
    pods: list[Json] = []
    for example in EXAMPLES:
        for body in yaml.safe_load_all(scenario.osmoc("compile", str(example), "--pool", "pool.yaml").stdout):
            if body["kind"] == "Job":
                pods.append(as_pod(body, len(pods)))

    # Pod Security judges pods as they are made; of a Job's template it only warns.
    assert dry_run(kubectl, json.dumps({"apiVersion": "v1", "kind": "List", "items": pods})) == len(pods)


def as_pod(job: Json, number: int) -> Json:
    spec = dict(job["spec"]["template"]["spec"])
    # The account of a coordinator is made with it, and a pod is refused where its account is missing.
    spec.pop("serviceAccountName", None)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"pod-{number}"}, "spec": spec}


def test_applying_again_changes_nothing(kubectl: Kubectl) -> None:
    """What the API server fills in where lists are replaced whole would be a change each time: in GitOps for
    ever.
    """
    no_pods = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "none"},
        "spec": {"hard": {"pods": "0"}},
    }
    kubectl.apply([no_pods])
    for path in sorted({*ROOT.glob("golden/*/plain.yaml"), *ROOT.glob("golden/pools/*/*.yaml")}):
        manifests = re.sub(r"^  namespace: \S+\n", "", path.read_text("utf-8"), flags=re.MULTILINE)
        kubectl.apply(manifests)

        again = kubectl.apply(manifests).splitlines()

        assert [line for line in again if not line.endswith(" unchanged")] == [], path
