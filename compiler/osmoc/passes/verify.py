"""Manifests → Manifests: what the API server would refuse is said here, at the place in the spec that asked
for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from osmoc import naming
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.passing import Manifest, Manifests
from osmoc.verification.finding import Body, Finding, mapping
from osmoc.verification.jobs import job_findings
from osmoc.verification.names import annotation_findings, label_findings, name_findings, size_findings
from osmoc.verification.pods import Clean, pod_findings
from osmoc.verification.references import Names, binding_findings, pod_reference_findings
from osmoc.verification.security import what_restricted_forbids
from osmoc_runtime import contract

# ConfigMaps that `osmoc runtime install` puts into a namespace.
_INSTALLED = frozenset({naming.agent("osmoc", contract.CONTRACT)})


def verify(diagnostics: Diagnostics, manifests: Manifests) -> Manifests:
    """Give back the same objects, or say what a cluster would not take.

    Most findings cannot come from a spec: they would be mistakes of osmoc, or of the pool's pod templates.
    """
    written: set[tuple[str, str]] = set()
    for manifest in manifests.objects:
        if (manifest.kind, manifest.name) in written:
            message = f"two objects would be the {manifest.kind} `{manifest.name}`"
            diagnostics.error(Code.NAME_TWICE, message, manifest.origin)
        written.add((manifest.kind, manifest.name))
    names = frozenset(written)
    clean: Clean = set()
    for manifest in manifests.objects:
        if manifests.security == "restricted" and manifest.kind == "Job":
            _warn_of_security(diagnostics, manifest)
        for finding in _findings(manifest, names, clean):
            diagnostics.error(finding.code, finding.message, manifest.origin, help=finding.help)
    diagnostics.stop_if_any()
    return manifests


def _findings(manifest: Manifest, names: Names, clean: Clean) -> Iterator[Finding]:
    body = manifest.body
    yield from name_findings(manifest.kind, manifest.name)
    metadata = mapping(body["metadata"])
    yield from label_findings(metadata.get("labels"))
    yield from annotation_findings(f"the {manifest.kind}", metadata.get("annotations"))
    match manifest.kind:
        case "Job":
            yield from _job_findings(mapping(body.get("spec")), names, clean)
        case "ConfigMap":
            yield from size_findings(body)
        case "RoleBinding":
            yield from binding_findings(body, names)


def _warn_of_security(diagnostics: Diagnostics, manifest: Manifest) -> None:
    """The API server takes the Job, and refuses the pod that the Job wants to have."""
    template = mapping(mapping(manifest.body.get("spec")).get("template"))
    forbidden = list(what_restricted_forbids(mapping(template.get("spec"))))
    if forbidden:
        diagnostics.warning(
            Code.POD_SECURITY,
            f"a namespace with the profile `restricted` will make no pod of this: it forbids "
            f"{', '.join(forbidden)}",
            manifest.origin,
            help="run it in a pool with `security: baseline`, in a namespace that allows it",
        )


def _job_findings(spec: Body, names: Names, clean: Clean) -> Iterator[Finding]:
    yield from job_findings(spec)
    template = mapping(spec.get("template"))
    yield from pod_findings(template, clean)
    yield from pod_reference_findings(mapping(template.get("spec")), names, _INSTALLED)
