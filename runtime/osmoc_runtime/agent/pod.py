"""The pod as its programs see it: paths, identity, plan, and the note that each container leaves."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping

from osmoc_runtime import contract
from osmoc_runtime.values import dataclass

TERMINATION_LOG = "/dev/termination-log"
MESSAGE_LIMIT = 3800
"""Bytes; Kubernetes keeps 4096 of a container's termination message."""


@dataclass(frozen=True, slots=True)
class Pod:
    """`root` stands before every path of the contract: nothing in a real pod, a folder in a test."""

    root: str = ""

    def path(self, absolute: str) -> str:
        """Where a path of the contract is found."""
        return self.root + absolute

    def plan(self, file: str = contract.PLAN_FILE) -> contract.TaskPlan:
        """The task's plan. Raises OSError and contract.ContractError."""
        with open(self.path(file), encoding="utf-8") as opened:
            return contract.load(contract.TaskPlan, opened.read())

    def leave(self, note: Mapping[str, object]) -> None:
        """Write the container's termination message, cut to what Kubernetes keeps.

        A root that is read-only or a runtime that mounts no such file costs the note and nothing else.
        """
        text = json.dumps(note)
        if len(text) > MESSAGE_LIMIT and "message" in note:
            excess = len(text) - MESSAGE_LIMIT
            text = json.dumps({**note, "message": str(note["message"])[:-excess] + "…"})
        with contextlib.suppress(OSError), open(self.path(TERMINATION_LOG), "w", encoding="utf-8") as file:
            file.write(text)


@dataclass(frozen=True, slots=True)
class Identity:
    """Of which attempt the data are: the Job's UID, the pod's, and the pod's name."""

    job_uid: str
    pod_uid: str
    pod_name: str


def identity(environment: Mapping[str, str] = os.environ) -> Identity:
    """From the downward API. Raises contract.ContractError where the manifests do not set it."""
    try:
        return Identity(
            environment[contract.JOB_UID],
            environment[contract.POD_UID],
            environment.get(contract.POD_NAME, ""),
        )
    except KeyError as error:
        raise contract.ContractError(
            f"the environment variable {error.args[0]} is not set: the pod is not one that osmoc compiled"
        ) from error


class Log:
    """Lines on standard error, each with the name of the program before it."""

    def __init__(self, program: str) -> None:
        self._program = program

    def __call__(self, line: str) -> None:
        # One write for a line: those of several threads do not mix.
        sys.stderr.write(f"{self._program}: {line}\n")
        sys.stderr.flush()


def amount(files: int, size: int) -> str:
    """`12 files (3.4 MiB)`."""
    number, unit = float(size), 0
    while number >= 1024 and unit < len(_UNITS) - 1:
        number, unit = number / 1024, unit + 1
    shown = f"{number:.1f}" if unit else str(size)
    return f"{files} file{'' if files == 1 else 's'} ({shown} {_UNITS[unit]})"


_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
