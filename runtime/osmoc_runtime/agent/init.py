"""osmo-init: builds the tree below contract.TREE, fetches inputs, restores checkpoints."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import osmoc_runtime
from osmoc_runtime import contract
from osmoc_runtime.agent import folders, tree
from osmoc_runtime.agent.pod import Log, Pod, identity

if TYPE_CHECKING:
    from osmoc_runtime.agent.inputs import Entry


class NoData(Exception):
    """The data of the task could not be fetched."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


def main(pod: Pod) -> int:
    """Prepare the pod; gives the exit code."""
    say = Log("osmo-init")
    try:
        prepare(pod, say)
    except (contract.ContractError, tree.NoTree) as error:
        return _refuse(pod, say, str(error), contract.INIT_PERMANENT)
    except NoData as error:
        code = contract.INIT_PERMANENT if error.permanent else contract.INIT_PASSING
        return _refuse(pod, say, str(error), code)
    except OSError as error:
        return _refuse(pod, say, str(error), contract.INIT_PASSING)
    return 0


def _refuse(pod: Pod, say: Callable[[str], None], message: str, code: int) -> int:
    say(message)
    pod.leave({"message": message})
    return code


def prepare(pod: Pod, say: Callable[[str], None]) -> None:
    """All that must be there before the task's container starts.

    Raises ContractError, NoTree, NoData and OSError.
    """
    begun = time.monotonic()
    file = f"{contract.PLAN_FOLDER}/{contract.PLAN_KEY}"
    plan = pod.plan(file)
    tree.build(pod, os.path.dirname(osmoc_runtime.__file__))
    shutil.copyfile(pod.path(file), pod.path(contract.PLAN_FILE))
    for folder in (contract.DATA, contract.INPUT, contract.OUTPUT, contract.RUN):
        _make_shared(pod.path(folder))
    say(f"the agent is in place after {time.monotonic() - begun:.2f} s")
    stored = [entry for entry in plan.inputs if not isinstance(entry, contract.FolderInput)]
    for entry in plan.inputs:
        if isinstance(entry, contract.FolderInput):
            folders.copy(pod, entry, say)
    if stored or plan.control:
        # Storage brings TLS and much else along: a pod without data need not wait for them.
        from osmoc_runtime.storage.interface import StorageError

        try:
            _bring_data(pod, plan, stored, say)
        except StorageError as error:
            raise NoData(str(error), permanent=error.permanent) from error


def _make_shared(folder: str) -> None:
    """A folder that every user may write into. A volume's root that is another's is one already."""
    os.makedirs(folder, exist_ok=True)
    with contextlib.suppress(PermissionError):
        os.chmod(folder, 0o777)


def _bring_data(
    pod: Pod, plan: contract.TaskPlan, inputs: Sequence[Entry], say: Callable[[str], None]
) -> None:
    from osmoc_runtime.agent.inputs import fetch
    from osmoc_runtime.agent.restoring import restore
    from osmoc_runtime.agent.stores import Stores

    stores = Stores(pod, plan)
    me = identity()
    if any(not isinstance(entry, contract.UrlOutput) for entry in plan.outputs):
        # Rather now than after hours of work.
        stores.own()
    for entry in inputs:
        fetch(pod, entry, stores, say)
    for checkpoint in plan.checkpoints:
        if checkpoint.restore != "never":
            location = stores.open(checkpoint.url)
            restore(pod, plan, checkpoint, me, location=location, say=say)
