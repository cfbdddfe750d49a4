"""`python -m osmoc_runtime.agent [--root FOLDER] PROGRAM`: `init`, `wrapper -- COMMAND …`, `control`, `osmo`,
`coordinator`.

Run as a file it finds its package by its own place, since the tree's interpreter has no other way to it.
`--root`: a folder that stands for `/` in all paths of the contract.
"""

from __future__ import annotations

import os
import sys

if not __package__:
    sys.path.insert(0, os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..")))

USAGE = 64


def main(argv: list[str]) -> int:
    """Run the program that argv names; gives its exit code."""
    from osmoc_runtime.agent.pod import Pod

    root = ""
    if argv[:1] == ["--root"]:
        root, argv = argv[1], argv[2:]
    pod = Pod(root)
    match argv:
        case ["wrapper", "--", *command] if command:
            from osmoc_runtime.agent import wrapper

            return wrapper.main(pod, command)
        case ["init"]:
            from osmoc_runtime.agent import init

            return init.main(pod)
        case ["control"]:
            from osmoc_runtime.agent import control

            return control.main(pod)
        case ["osmo", *arguments]:
            from osmoc_runtime.agent import osmo

            return osmo.main(arguments)
        case ["coordinator", *arguments]:
            from osmoc_runtime.coordinator.__main__ import main as coordinate

            return coordinate(arguments)
    print(f"osmo: not a program of the agent: {' '.join(argv)!r}", file=sys.stderr)
    return USAGE


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # The usual way out ends threads, for which the C library wants libgcc_s: no task's image need have it.
    os._exit(code)
