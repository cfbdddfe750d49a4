"""The typed workflow: what `check` gives, after which no raw mapping survives.

Strings that may carry run-time tokens (`{{output}}`, `{{input:0}}`, `{{host:x}}`, `{{workflow_id}}`) still
hold them here; `lower` fills them in. Facts of the language: reference osmo-spec, sections 2, 5, 6 and 7.
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import Final

from osmoc.source import Span
from osmoc_runtime.values import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A string of the user's and where it stands."""

    value: str
    at: Span


@dataclass(frozen=True, slots=True)
class FromTask:
    """Input from a task of this workflow, or of an earlier one (`workflow` is then that one's id)."""

    task: Text
    workflow: str | None
    regex: str
    at: Span


@dataclass(frozen=True, slots=True)
class FromUrl:
    url: Text
    regex: str
    at: Span


@dataclass(frozen=True, slots=True)
class FromDataset:
    """Input of a dataset's newest commit, or of a local directory where `localpath` is given."""

    name: Text
    localpath: Text | None
    regex: str
    at: Span


Input = FromTask | FromUrl | FromDataset

NOWHERE: Final = "-"
"""The workflow of an input that was complained about, so that others keep their numbers: no id is like it."""


@dataclass(frozen=True, slots=True)
class ToUrl:
    url: Text
    regex: str
    at: Span


@dataclass(frozen=True, slots=True)
class ToDataset:
    name: Text
    regex: str
    at: Span


Output = ToUrl | ToDataset


@dataclass(frozen=True, slots=True)
class InlineFile:
    """A file whose text stands in the spec. `base64`: `contents` is the base64 form of its bytes."""

    path: Text
    contents: Text
    base64: bool
    at: Span


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file whose bytes lie beside the spec, at `localpath` from the spec's folder."""

    path: Text
    localpath: Text
    base64: bool
    at: Span


File = InlineFile | LocalFile


class Restore(Enum):
    """From where a further attempt gets its checkpoint back before it starts (`restore:` of an entry)."""

    NEVER = "never"
    JOB = "job"
    WORKFLOW = "workflow"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`frequency` is the pause from the end of one upload to the start of the next."""

    path: Text
    url: Text
    frequency: timedelta
    regex: str
    restore: Restore
    at: Span


class ExitAction(Enum):
    """In the order in which the reference looks a code up where two actions name it."""

    FAIL = "FAIL"
    RESTART = "RESTART"
    COMPLETE = "COMPLETE"
    RESCHEDULE = "RESCHEDULE"


@dataclass(frozen=True, slots=True)
class ExitRule:
    """`codes`: process exit codes, 0 to 255, ascending. `conditions`: the codes from 1000 on, ascending."""

    action: ExitAction
    codes: tuple[int, ...]
    conditions: tuple[int, ...]
    at: Span


@dataclass(frozen=True, slots=True)
class EnvironmentCredential:
    """An environment variable that takes its value from a key of a secret."""

    variable: Text
    secret: Text
    key: str


@dataclass(frozen=True, slots=True)
class MountedCredential:
    """A secret whose keys become files in the folder `path`."""

    secret: Text
    path: Text


Credential = EnvironmentCredential | MountedCredential


@dataclass(frozen=True, slots=True)
class HostMount:
    """`source` on the node, seen at `target` in the container."""

    source: str
    target: str
    at: Span


@dataclass(frozen=True, slots=True)
class TopologyRequirement:
    key: Text
    group: str
    required: bool


@dataclass(frozen=True, slots=True)
class Resources:
    """What a task asks for. `memory` and `storage` are Kubernetes quantities (`4Gi`); None takes the pool's
    default.
    """

    name: str
    cpu: int | None
    gpu: int | None
    memory: str | None
    storage: str | None
    platform: Text | None
    nodes_excluded: tuple[Text, ...]
    topology: tuple[TopologyRequirement, ...]
    at: Span


@dataclass(frozen=True, slots=True)
class Kpi:
    index: str
    path: Text


@dataclass(frozen=True, slots=True)
class Task:
    name: Text
    image: Text
    command: tuple[Text, ...]
    args: tuple[Text, ...]
    lead: bool
    environment: tuple[tuple[Text, Text], ...]
    credentials: tuple[Credential, ...]
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    kpis: tuple[Kpi, ...]
    files: tuple[File, ...]
    checkpoints: tuple[Checkpoint, ...]
    exit_rules: tuple[ExitRule, ...]
    resources: Resources
    mounts: tuple[HostMount, ...]
    privileged: bool
    host_network: bool
    at: Span


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks that run together. A task outside a group is one of its own: `written` is False, its name
    `<task>-group`.
    """

    name: Text
    written: bool
    barrier: bool
    ignore_nonlead_status: bool
    tasks: tuple[Task, ...]
    at: Span

    @property
    def lead(self) -> Task:
        return next(task for task in self.tasks if task.lead)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """None: the pool's default, or no limit."""

    execution: timedelta | None
    queue: timedelta | None


@dataclass(frozen=True, slots=True)
class Workflow:
    name: Text
    labels: tuple[tuple[Text, Text], ...]
    groups: tuple[Group, ...]
    timeouts: Timeouts
    at: Span

    @property
    def tasks(self) -> tuple[Task, ...]:
        return tuple(task for group in self.groups for task in group.tasks)
