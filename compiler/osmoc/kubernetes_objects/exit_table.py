"""What becomes of a task for every exit code and for everything else that can end its pod. Pure.

Reads the Job's own podFailurePolicy as the Job controller does (reference k8s-mapping, section 1.2), so that
the table tells what will happen and not what was meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from osmoc import naming
from osmoc.kubernetes_objects.failure_policy import task_policy
from osmoc.plan import PlannedTask
from osmoc_runtime import contract
from osmoc_runtime.values import dataclass


class Outcome(Enum):
    """What Kubernetes does with the Job."""

    COMPLETE = "Complete"
    FAIL = "Failed"
    COUNT = "tried again"
    UNCOUNTED = "tried again, not counted"
    RESTART = "run again in the same container"


OF_ACTION = {"FailJob": Outcome.FAIL, "Count": Outcome.COUNT, "Ignore": Outcome.UNCOUNTED}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`rule`: index of the podFailurePolicy rule that decides; None where no rule is asked."""

    outcome: Outcome
    rule: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """What happens, for exit codes or for an event, and who decides that."""

    when: str
    outcome: Outcome
    why: str


def of_code(task: PlannedTask, code: int) -> Verdict:
    """What becomes of the Job when the task's command ends with `code`, its data stored."""
    mapping = task.exit.mapping
    if task.agent and code in mapping.restart:
        return Verdict(Outcome.RESTART, None)
    return of_reported(task, mapping.reported(code) if task.agent else code)


def of_reported(task: PlannedTask, code: int) -> Verdict:
    """The same for the code that Kubernetes sees of the task's container."""
    return judge(task_policy(task), {naming.container(task.name): code})


def judge(policy: Mapping[str, Any], codes: Mapping[str, int], *, disrupted: bool = False) -> Verdict:
    """The Job controller's verdict on a pod that ended with these codes of its containers.

    A pod whose containers all ended with 0 succeeded; else the first rule that matches decides, and Count
    where none does.
    """
    failed = {container: code for container, code in codes.items() if code}
    if not failed and not disrupted:
        return Verdict(Outcome.COMPLETE, None)
    for index, rule in enumerate(policy["rules"]):
        if "onPodConditions" in rule:
            matches = disrupted
        else:
            asked = rule["onExitCodes"]
            code = failed.get(asked["containerName"])
            inside = code in asked["values"]
            matches = code is not None and inside == (asked["operator"] == "In")
        if matches:
            return Verdict(OF_ACTION[rule["action"]], index)
    return Verdict(Outcome.COUNT, None)


def code_rows(task: PlannedTask) -> tuple[Row, ...]:
    """Codes 0 to 255, those together that share their fate, in the order of the least."""
    found: dict[tuple[Outcome, str], list[int]] = {}
    for code in range(256):
        verdict = of_code(task, code)
        found.setdefault((verdict.outcome, _why(task, code, verdict)), []).append(code)
    return tuple(Row(ranges(codes), outcome, why) for (outcome, why), codes in found.items())


def _why(task: PlannedTask, code: int, verdict: Verdict) -> str:
    mapping = task.exit.mapping
    if verdict.outcome is Outcome.RESTART:
        after = of_reported(task, mapping.reported(code)).outcome.value
        return f"RESTART, by the wrapper, at most {mapping.restarts} times; then {after}"
    words = []
    if task.agent and code in mapping.complete:
        words.append("COMPLETE: the wrapper reports 0")
    elif task.agent and code == 0 and mapping.zero:
        words.append(f"the wrapper reports {mapping.zero}")
    if verdict.rule is not None:
        words.append(f"rule {verdict.rule} of the Job's podFailurePolicy")
    return "; ".join(words) or "the code itself"


def event_rows(task: PlannedTask) -> tuple[Row, ...]:
    """Everything that ends a pod beside its command's own code."""
    policy = task_policy(task)
    main = naming.container(task.name)
    disrupted = judge(policy, {main: contract.INTERRUPTED}, disrupted=True)
    rows = [
        _row("the node was drained, lost or needed for others", disrupted),
        _row("memory limit exceeded (137)", of_reported(task, 137)),
        _deleted(task),
    ]
    if task.timeout is not None:
        code = task.exit.mapping.timed_out
        rows.append(_row(f"exec_timeout passed (reported as {code})", of_reported(task, code)))
    if task.agent:
        rows += [
            _row(
                "osmo-init: what no attempt can mend", judge(policy, {contract.INIT: contract.INIT_PERMANENT})
            ),
            _row("osmo-init: what may pass", judge(policy, {contract.INIT: contract.INIT_PASSING})),
        ]
    if task.control:
        rows += [
            _row("data could not be stored (osmo-ctrl 73)", judge(policy, {contract.CONTROL: 73})),
            _row("osmo-ctrl was lost", judge(policy, {contract.CONTROL: 137, main: contract.CONTROL_LOST})),
        ]
    return tuple(rows)


def _deleted(task: PlannedTask) -> Row:
    when = "kubectl delete pod, and the command then ends with 0"
    if not task.agent:
        return Row(when, Outcome.COMPLETE, "no wrapper tells Kubernetes that the work was cut short")
    return _row(f"{when} (reported as 143)", of_reported(task, contract.INTERRUPTED))


def _row(when: str, verdict: Verdict) -> Row:
    rule = "" if verdict.rule is None else f"rule {verdict.rule} of the Job's podFailurePolicy"
    return Row(when, verdict.outcome, rule or "Kubernetes' own default")


def ranges(codes: list[int]) -> str:
    """Ascending codes as the language writes them: `1-10,16`."""
    parts: list[tuple[int, int]] = []
    for code in codes:
        if parts and parts[-1][1] == code - 1:
            parts[-1] = (parts[-1][0], code)
        else:
            parts.append((code, code))
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)
