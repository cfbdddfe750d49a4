"""Jobs: the failure policy. Rules: reference k8s-mapping, section 1.1."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from osmoc.diagnostics.codes import Code
from osmoc.verification.finding import Body, Finding, mapping, mappings

_MOST_RULES = 20
_MOST_CODES = 255
_ACTIONS = frozenset(("FailJob", "Ignore", "Count"))


def job_findings(spec: Body) -> Iterator[Finding]:
    """The failure policy of a Job, against the containers of its pods."""
    pod = mapping(mapping(spec.get("template")).get("spec"))
    if pod.get("restartPolicy") != "Never":
        yield _refused("a Job with a failure policy needs `restartPolicy: Never`")
    limit = spec.get("backoffLimit")
    if type(limit) is not int or limit < 0:
        yield _refused(f"`{limit}` is no limit of retries")
    containers = {
        container.get("name")
        for key in ("initContainers", "containers")
        for container in mappings(pod.get(key))
    }
    rules = mappings(mapping(spec.get("podFailurePolicy")).get("rules"))
    if len(rules) > _MOST_RULES:
        yield _refused(f"a failure policy has {len(rules)} rules, and {_MOST_RULES} are allowed")
    for rule in rules:
        yield from _rule_findings(rule, containers)


def _rule_findings(rule: Body, containers: set[object]) -> Iterator[Finding]:
    if rule.get("action") not in _ACTIONS:
        yield _refused(f"`{rule.get('action')}` is no action of a failure policy")
    if ("onExitCodes" in rule) == ("onPodConditions" in rule):
        yield _refused("a rule of a failure policy is for exit codes or for conditions")
    for condition in mappings(rule.get("onPodConditions")):
        if condition.get("status") != "True":
            yield _refused("a condition of a failure policy needs `status`")
    if "onExitCodes" in rule:
        yield from _code_findings(mapping(rule["onExitCodes"]), containers)


def _code_findings(codes: Body, containers: set[object]) -> Iterator[Finding]:
    values = codes.get("values")
    if codes.get("containerName") not in containers:
        yield _refused(
            f"a failure policy names the container `{codes.get('containerName')}`, which is none of the pod's"
        )
    if not isinstance(values, list) or not 1 <= len(values) <= _MOST_CODES:
        yield _refused(f"a rule of a failure policy has 1 to {_MOST_CODES} exit codes")
        return
    if any(earlier >= later for earlier, later in pairwise(values)):
        yield _refused("the exit codes of a failure policy ascend")
    if codes.get("operator") == "In" and 0 in values:
        yield _refused("code 0 cannot stand in a failure policy")


def _refused(message: str) -> Finding:
    return Finding(Code.POLICY_REFUSED, message)
