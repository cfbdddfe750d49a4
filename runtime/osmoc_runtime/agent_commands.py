"""With what the containers of a pod start the agent.

The compiler writes these into the pods' templates, where a changed word makes every task another Job that
runs again: change them with reason only.
"""

from __future__ import annotations

from osmoc_runtime import contract

AGENT = f"{contract.TREE}/agent"
"""Where osmo-init unpacks the archive; a folder of import names."""
PROGRAM = f"{AGENT}/osmoc_runtime/agent/__main__.py"

LIBRARIES = f"{contract.TREE}/lib"
LOADER = f"{LIBRARIES}/ld.so"
INTERPRETER = f"{contract.TREE}/bin/python3"
COMMAND_FOLDER = f"{contract.TREE}/usr/bin"
"""Appended to the PATH of the task's command: the folder of `osmo`."""

TREE_PYTHON = (
    *(LOADER, "--library-path", LIBRARIES, "--argv0", INTERPRETER),
    *(INTERPRETER, "-I", "-S", "-B", "-X", "utf8", PROGRAM),
)
"""The agent on the Python of the tree, which needs nothing of the image that it runs in."""


def _unpack_and_run(folder: str, module: str, arguments: str) -> tuple[str, ...]:
    """The archive, where there is one (an image may hold the agent), unpacked into `folder` and a module of
    it run.

    No -B: what osmo-init imports is kept compiled, and the tree is made of it.
    """
    archive = f"{contract.ARCHIVE_FOLDER}/{contract.ARCHIVE_KEY}"
    steps = (
        "import os, sys, tarfile",
        f"archive, folder = {archive!r}, {folder!r}",
        "os.path.exists(archive) and tarfile.open(archive).extractall(folder)",
        "sys.path.insert(0, folder)",
        f"from {module} import main",
        f"sys.exit(main({arguments}))",
    )
    # Before 3.14 tarfile warns of an archive that is unpacked with no filter named, and 3.11.2 knows none.
    return ("python3", "-I", "-W", "ignore", "-c", "; ".join(steps))


INIT_COMMAND = _unpack_and_run(AGENT, "osmoc_runtime.agent.__main__", "['init']")
WRAPPER_COMMAND = (*TREE_PYTHON, "wrapper", "--")
"""The task's own command and arguments follow."""
CONTROL_COMMAND = ("python3", "-I", "-B", PROGRAM, "control")
COORDINATOR_COMMAND = _unpack_and_run("/tmp/osmoc", "osmoc_runtime.coordinator.__main__", "[]")
"""In a pod of its own, with the plan at contract.PLAN_FOLDER and a writable /tmp."""
