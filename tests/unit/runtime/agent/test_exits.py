"""What the wrapper makes of an exit code."""

from __future__ import annotations

import pytest

from osmoc_runtime import contract
from osmoc_runtime.agent.exits import judge
from tests.unit.runtime.agent.agent_pod import mapping

MAPPING = mapping(complete=(16, 143), restart=(0, 12), restarts=2)


@pytest.mark.parametrize(
    ("code", "restarts", "verdict"),
    [
        (3, 0, (3, None)),
        (16, 0, (0, "COMPLETE")),
        (12, 0, (12, "RESTART")),
        (12, 1, (12, "RESTART")),
        (12, 2, (12, None)),
        (0, 1, (0, "RESTART")),
        (0, 2, (0, "COMPLETE")),
    ],
)
def test_the_mapping_says_what_a_code_becomes(
    code: int, restarts: int, verdict: tuple[int, str | None]
) -> None:
    assert judge(MAPPING, code, interrupted=False, restarts=restarts) == verdict


@pytest.mark.parametrize("code", [0, 16, 143])
def test_an_interrupted_command_is_never_complete(code: int) -> None:
    assert judge(MAPPING, code, interrupted=True, restarts=0) == (contract.INTERRUPTED, "INTERRUPTED")


def test_an_interrupted_command_does_not_run_again() -> None:
    assert judge(MAPPING, 12, interrupted=True, restarts=0) == (12, None)


def test_zero_may_be_reported_as_another_code() -> None:
    assert judge(mapping(zero=70), 0, interrupted=False, restarts=0) == (70, None)
    assert judge(mapping(zero=70), 0, interrupted=True, restarts=0) == (143, "INTERRUPTED")
