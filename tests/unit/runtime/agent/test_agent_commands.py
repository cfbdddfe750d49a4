"""The words with which manifests start the agent."""

from __future__ import annotations

import pytest

from osmoc_runtime import agent_commands

COMMANDS = (
    agent_commands.INIT_COMMAND,
    agent_commands.WRAPPER_COMMAND,
    agent_commands.CONTROL_COMMAND,
    agent_commands.COORDINATOR_COMMAND,
)


@pytest.mark.parametrize("command", COMMANDS)
def test_kubernetes_finds_nothing_to_replace_in_them(command: tuple[str, ...]) -> None:
    assert not any("$(" in word or "\n" in word for word in command)


def test_the_users_command_follows_the_wrappers() -> None:
    assert agent_commands.WRAPPER_COMMAND[0] == "/osmo/lib/ld.so"
    assert agent_commands.WRAPPER_COMMAND[-2:] == ("wrapper", "--")
