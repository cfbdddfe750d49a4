"""The plan: what runs, what waits for what, what moves, what each exit code means. No YAML and no Kubernetes
objects.

`lower` gives it, `emit` writes it down as manifests. Run-time tokens are filled in, but for names that only
`emit` knows: those stand as placeholders (`naming.py`), so that a unit's hash can be taken before its names
exist (design, section 5).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from osmoc.local_files import Folder
from osmoc.source import Span
from osmoc.spec import Credential, HostMount, Resources
from osmoc_runtime import contract
from osmoc_runtime.values import dataclass


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file of the task's container: absolute normalised `path`, its bytes, and whether it can be run."""

    path: str
    contents: bytes
    executable: bool
    at: Span


@dataclass(frozen=True, slots=True)
class PlannedFolder:
    """A local folder that manifests carry, as input number `index`; the files' paths are within it."""

    index: int
    files: tuple[PlannedFile, ...]
    at: Span


@dataclass(frozen=True, slots=True)
class LocalUpload:
    """A local folder that must be stored as a version of dataset `name` before the workflow is applied."""

    name: str
    folder: Folder


@dataclass(frozen=True, slots=True)
class CheckpointVolume:
    """An emptyDir shared by the task and osmo-ctrl, at `path` in the task's container."""

    path: str


@dataclass(frozen=True, slots=True)
class ExitPlan:
    """What becomes of each exit code. `mapping` is the wrapper's part, the rest the Job's.

    `count`: codes, as the Job sees them, after which the pod is tried again, within `retries`. All others but
    0 end the Job. `disruption`: Ignore, Count or FailJob, for a pod that the node or the scheduler took away.
    """

    mapping: contract.ExitMapping
    count: tuple[int, ...]
    retries: int
    disruption: str


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """One task, with every token filled in and every default applied.

    `agent`: the wrapper runs in its pod. `control`: osmo-ctrl does too. `timeout`: for the wrapper to keep;
    None: none. `resources` holds the spec's own wishes with the pool's defaults filled in. `folders`: inputs
    beside `inputs`. `uploads`: what some of `inputs` need.
    """

    name: str
    image: str
    command: tuple[str, ...]
    args: tuple[str, ...]
    lead: bool
    environment: tuple[tuple[str, str], ...]
    credentials: tuple[Credential, ...]
    files: tuple[PlannedFile, ...]
    mounts: tuple[HostMount, ...]
    inputs: tuple[contract.Input, ...]
    folders: tuple[PlannedFolder, ...]
    uploads: tuple[LocalUpload, ...]
    outputs: tuple[
        contract.TaskOutput | contract.UrlOutput | contract.DatasetOutput | contract.KpiOutput, ...
    ]
    checkpoints: tuple[contract.Checkpoint, ...]
    checkpoint_volumes: tuple[CheckpointVolume, ...]
    exit: ExitPlan
    timeout: timedelta | None
    resources: Resources
    privileged: bool
    host_network: bool
    agent: bool
    control: bool
    at: Span


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """Tasks that run together. `upstream`: names of groups that must complete first. `hosted`: its tasks are
    found by name.
    """

    name: str
    written: bool
    barrier: bool
    ignore_nonlead_status: bool
    tasks: tuple[PlannedTask, ...]
    upstream: tuple[str, ...]
    hosted: bool
    queue_timeout: timedelta | None
    execution_timeout: timedelta | None
    at: Span


@dataclass(frozen=True, slots=True)
class Unit:
    """What runs again together: a task alone, a group, or groups tied by `{{host:x}}`; `upstream`: indexes of
    units.
    """

    groups: tuple[PlannedGroup, ...]
    upstream: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Units in topological order, otherwise as written. `coordinated`: a coordinator is needed."""

    workflow: str
    workflow_id: str
    labels: Mapping[str, str]
    units: tuple[Unit, ...]
    coordinated: bool
    at: Span

    @property
    def groups(self) -> tuple[PlannedGroup, ...]:
        return tuple(group for unit in self.units for group in unit.groups)
