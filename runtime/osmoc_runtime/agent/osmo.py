"""The `osmo` command inside a task."""

from __future__ import annotations

import sys

from osmoc_runtime import contract

UNSUPPORTED = 2


def main(arguments: list[str]) -> int:
    """`osmo version`; whatever else the reference's command offers needs a service that is not here."""
    if arguments in (["version"], ["--version"]):
        python = ".".join(str(part) for part in sys.version_info[:3])
        print(f"osmo: the agent of osmoc, contract {contract.CONTRACT}, Python {python}")
        return 0
    wanted = " ".join(["osmo", *arguments])
    print(
        f"osmo: `{wanted}` is not supported inside a task: there is no OSMO service behind it; "
        "`osmo version` is. Declare inputs, outputs and checkpoints in the spec to move data",
        file=sys.stderr,
    )
    return UNSUPPORTED
