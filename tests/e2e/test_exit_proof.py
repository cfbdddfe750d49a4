"""The model of the Job controller, held against the real one: thirty sets of exit actions, all at once."""

from __future__ import annotations

import random

from osmoc.kubernetes_objects.exit_table import Outcome, of_code
from osmoc.plan import PlannedTask
from osmoc.pool import Pool
from osmoc.spec import ExitAction
from tests.e2e.scenario import Json, Scenario, terminal, until
from tests.unit.backend import Back

SETS = 30
RETRIES = 1


def some_workflow() -> str:
    """Tasks that end with a code and name some codes; those that run again for ever in place are left out."""
    chance = random.Random(30)
    lines = [
        "workflow:",
        "  name: proof",
        "  resources:",
        "    default: {memory: 32Mi, storage: 32Mi}",
        "  tasks:",
    ]
    for number in range(SETS):
        code = chance.choice((0, 0, 1, 2, 70, 73, 124, 137, 143, 255, chance.randint(1, 255)))
        actions = chance.sample([action.value for action in ExitAction], chance.randint(1, 3))
        ends = [
            (first := chance.choice((code, chance.randint(0, 255))), chance.randint(first, 255))
            for _ in actions
        ]
        named = ", ".join(
            f"{action}: '{first}-{last}'" for action, (first, last) in zip(actions, ends, strict=True)
        )
        lines += [
            f"  - name: t{number}",
            "    image: busybox:1.36",
            f"    command: [sh, -c, 'exit {code}']",
            f"    exitActions: {{{named}}}",
        ]
    return "\n".join(lines) + "\n"


def foretold(task: PlannedTask, code: int) -> tuple[str, int]:
    """How the Job must end, and after how many pods. A restart that is used up ends as its code says."""
    outcome = of_code(task, code).outcome
    if outcome is Outcome.RESTART:
        outcome = Outcome.COMPLETE if task.exit.mapping.reported(code) == 0 else Outcome.FAIL
    if outcome is Outcome.COUNT:
        return "Failed", RETRIES + 1
    return ("Complete" if outcome is Outcome.COMPLETE else "Failed"), 1


def ended(scenario: Scenario) -> list[Json]:
    jobs = scenario.get("jobs")
    return jobs if len(jobs) == SETS and all(terminal(job) for job in jobs) else []


def test_thirty_sets_of_actions_end_as_foretold(scenario: Scenario) -> None:
    (scenario.folder / "pool.yaml").write_text(
        f"maxRetries: {RETRIES}\ndefaults: {{cpu: null, memory: 32Mi, storage: 32Mi}}\n"
    )
    text = some_workflow()
    plan = Back(Pool(max_retries=RETRIES), folder=scenario.folder).plan(text)
    tasks = {task.name: task for group in plan.groups for task in group.tasks}

    scenario.start(text, "--pool", "pool.yaml")

    seen = {}
    for job in until("thirty Jobs' end", lambda: ended(scenario), timeout=400):
        name = job["metadata"]["labels"]["osmoc.dev/task"]
        seen[name] = (terminal(job), len(scenario.pods(name)))
    codes = {
        name: int(task.args[-1].split()[-1] if task.args else task.command[-1].split()[-1])
        for name, task in tasks.items()
    }
    assert seen == {name: foretold(task, codes[name]) for name, task in tasks.items()}
