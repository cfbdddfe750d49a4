"""What the compiler promises to the programs in the pods, and they to it: paths, names, exit codes and plans.

The one module that compiler, agent and coordinator share. Standard library only: it travels in the agent's
archive. A golden pins the JSON of the plans; a change that an older agent would misread takes a new
`CONTRACT`.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from functools import lru_cache
from json.encoder import encode_basestring
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from osmoc_runtime.values import dataclass

CONTRACT = 1
"""Version of everything in this module; agent and plan refuse each other where theirs differ."""

# Folders and files of a task's pod. The tree below TREE is built by osmo-init and read-only for everyone
# else.
TREE = "/osmo"
PLAN_FILE = "/osmo/plan.json"
DATA = "/osmo/data"
INPUT = "/osmo/data/input"
OUTPUT = "/osmo/data/output"
# Locks and notes between the containers of a pod; writable for every user.
RUN = "/osmo/run"
TASK_LOCK = "/osmo/run/task.lock"
"""Held by the wrapper for as long as it lives: the kernel drops it, whatever ended the wrapper."""
TASK_STARTED = "/osmo/run/task.started"
TASK_RESULT = "/osmo/run/task.json"
CONTROL_LOCK = "/osmo/run/control.lock"
CONTROL_STARTED = "/osmo/run/control.started"
# Mounted into a group's lead by the downward API: it follows OVER_ANNOTATION of the pod.
GROUP_FOLDER = "/osmo/run/group"
OVER_FILE = "/osmo/run/group/over"

# Where osmo-init and osmo-ctrl find what the manifests mount into them alone.
ARCHIVE_FOLDER = "/osmoc/agent"
ARCHIVE_KEY = "agent.tar.bz2"
PLAN_FOLDER = "/osmoc/plan"
PLAN_KEY = "plan.json"
STORAGE_FOLDER = "/osmoc/storage"
"""The Secret of the object storage, a file for each of STORAGE_KEYS; the mount is optional, every key is."""
LOCAL_FOLDER = "/osmoc/local"
"""ConfigMap n of the local folder that is input i is mounted at LOCAL_FOLDER/i/n in osmo-init."""
CHECKPOINT_FOLDER = "/osmoc/checkpoint"
"""The volume of checkpoint volume i is mounted at CHECKPOINT_FOLDER/i in osmo-init and osmo-ctrl."""

STORAGE_KEYS = (
    "url",
    "endpoint",
    "region",
    "addressing",
    "access-key-id",
    "secret-access-key",
    "session-token",
)

# Container names.
INIT = "osmo-init"
CONTROL = "osmo-ctrl"

# Environment variables of osmo-init and osmo-ctrl, by the downward API.
JOB_UID = "OSMO_JOB_UID"
POD_UID = "OSMO_POD_UID"
POD_NAME = "OSMO_POD_NAME"
NAMESPACE = "OSMO_NAMESPACE"
NODE_NAME = "OSMO_NODE_NAME"

# Exit codes of our own containers.
DATA_NOT_STORED = 73
"""osmo-ctrl: data could not be stored. The Job fails (FailJob)."""
CONTROL_LOST = 74
"""osmo-ctrl: the task's container never started. The wrapper: osmo-ctrl never did, or it ended before the
command: the Job judges osmo-ctrl's own code first.
"""
INIT_PERMANENT = 78
"""osmo-init: a failure that no further attempt can mend (wrong key, missing bucket, wrong contract).
FailJob.
"""
INIT_PASSING = 75
"""osmo-init: a failure that may pass. Counted."""
INTERRUPTED = 143
"""What the wrapper reports where the command ended with 0 after SIGTERM, or would be mapped to 0: work was
cut short.
"""
# Exit codes of the coordinator; any other is tried again.
WORKFLOW_COMPLETED = 0
WORKFLOW_FAILED = 64
COORDINATOR_PERMANENT = 78
COORDINATOR_INTERRUPTED = 75

BARRIER_PORT = 30411
"""TCP port on which the wrappers of a group's members meet and hear of the lead's end."""

# Labels and annotations.
LABEL_PREFIX = "osmoc.dev/"
WORKFLOW_LABEL = "osmoc.dev/workflow"
WORKFLOW_ID_LABEL = "osmoc.dev/workflow-id"
GROUP_LABEL = "osmoc.dev/group"
TASK_LABEL = "osmoc.dev/task"
LEAD_LABEL = "osmoc.dev/lead"
COMPONENT_LABEL = "app.kubernetes.io/component"
REASON_ANNOTATION = "osmoc.dev/reason"
"""On a Job that the coordinator or `osmoc cancel` ended: FAILED_UPSTREAM, LEAD_FAILED, … (state.REASONS)"""
OVER_ANNOTATION = "osmoc.dev/over"
"""On a lead's pod, by the coordinator: the members whose Jobs are over, with commas between. No barrier waits
for them.
"""
GATE = "osmoc.dev/upstream"
"""Scheduling gate on the pods of a task that waits for others."""
COORDINATOR_MODULES = (
    "values.py",
    "contract.py",
    "errors.py",
    "cluster.py",
    "watch.py",
    "state.py",
    "coordinator",
)
"""Files and folders of osmoc_runtime that a coordinator needs; run as `python -m
osmoc_runtime.coordinator`.
"""
COORDINATOR_RULES = (
    ("batch", "jobs", ("get", "list", "watch"), False),
    ("batch", "jobs", ("patch",), True),
    ("", "pods", ("get", "list", "watch", "patch"), False),
    ("", "pods/eviction", ("create",), False),
)
"""What the coordinator's Role must allow: API group, resource, verbs, and whether only for the Jobs of its
plan, by name.
"""


@dataclass(frozen=True, slots=True)
class Storage:
    """Where the workflow's own data lie. An empty string is taken from the Secret, then from the
    environment.
    """

    url: str = ""
    endpoint: str = ""
    region: str = ""
    addressing: str = ""


@dataclass(frozen=True, slots=True)
class TaskInput:
    """What task `task` committed below `location` (relative to the storage's url) goes to INPUT/index.

    The task of another workflow has a location that ends in `-*`: the newest commit of all that begin so is
    meant, since the compiler does not know the hash of that task.
    """

    index: int
    task: str
    location: str
    regex: str


@dataclass(frozen=True, slots=True)
class UrlInput:
    index: int
    url: str
    regex: str


@dataclass(frozen=True, slots=True)
class DatasetInput:
    """The newest commit of dataset `name` goes to INPUT/index."""

    index: int
    name: str
    regex: str


@dataclass(frozen=True, slots=True)
class DatasetVersionInput:
    """One version of dataset `name`, known by what it holds, goes to INPUT/index: somebody uploaded a local
    folder before the workflow was applied.
    """

    index: int
    name: str
    version: str
    regex: str


@dataclass(frozen=True, slots=True)
class FolderFile:
    """A file of a local folder: its path within, where osmo-init finds its pieces (`n/key`), and whether it
    can be run. A file that is larger than a ConfigMap has several.
    """

    path: str
    pieces: tuple[str, ...]
    executable: bool


@dataclass(frozen=True, slots=True)
class FolderList:
    """What a local folder holds; it lies in the folder's ConfigMaps, which tasks share."""

    contract: int
    files: tuple[FolderFile, ...]


@dataclass(frozen=True, slots=True)
class FolderInput:
    """Files that the manifests themselves carry go to INPUT/index. `listed`: pieces of their FolderList."""

    index: int
    listed: tuple[str, ...]


Input = TaskInput | UrlInput | DatasetInput | DatasetVersionInput | FolderInput


@dataclass(frozen=True, slots=True)
class TaskOutput:
    """The task's own output, for the tasks that take it as input: below `location`, relative to the storage's
    url.
    """

    location: str


@dataclass(frozen=True, slots=True)
class UrlOutput:
    url: str
    regex: str


@dataclass(frozen=True, slots=True)
class DatasetOutput:
    """A commit of dataset `name`, by this workflow."""

    name: str
    regex: str


@dataclass(frozen=True, slots=True)
class KpiOutput:
    """A file `path` of the output folder, stored below the task's `location`."""

    index: str
    path: str
    location: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Files that are saved to `url` while the task runs and once after it ended.

    `path` is the path as the task sees it, without a trailing `/*`. Its bytes are in checkpoint volume number
    `volume`, at `subpath` of it (`.`: the volume itself). `prefix` stands before the path relative to that
    folder, in object names and in what `regex` is matched against: the folder's own name, or nothing where
    the spec wrote `/*`. `exclude`: paths relative to the folder that are files of the spec, never uploaded.
    `frequency`: seconds from the end of one upload to the next. `restore`: never, job or workflow.
    """

    path: str
    url: str
    frequency: float
    regex: str
    volume: int
    subpath: str
    prefix: str
    exclude: tuple[str, ...]
    restore: str


@dataclass(frozen=True, slots=True)
class ExitMapping:
    """What the wrapper makes of the command's exit code; the Job's podFailurePolicy judges the rest.

    `complete`: non-zero codes that are reported as 0. `restart`: codes after which the command runs again in
    the same container, at most `restarts` times. `zero`: what 0 is reported as (0 unless the spec maps it
    away). `timed_out`: what a command that was ended by the plan's `timeout` is reported as; it ends the Job.
    `aside`: pairs of a code that stands for something else, and what a command that itself ends with it is
    reported as, so that the two are told apart.
    """

    complete: tuple[int, ...]
    restart: tuple[int, ...]
    restarts: int
    zero: int
    timed_out: int
    aside: tuple[tuple[int, int], ...]

    def reported(self, code: int) -> int:
        """What the wrapper reports of the command's code, where it does not run the command again."""
        if code == 0:
            return self.zero
        return 0 if code in self.complete else dict(self.aside).get(code, code)


@dataclass(frozen=True, slots=True)
class Member:
    """A task of a group and the host name at which its pod is found."""

    task: str
    host: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """How the wrappers of a group of several tasks find each other.

    `barrier`: the commands start once all members are there. The lead ends the group: the others then end
    their commands and report 0. `group` (name and unit hash) is told in the handshake, so that two
    generations do not mix. `members`: whom the task speaks with; the lead with all, itself among them, the
    others with the lead.
    """

    group: str
    me: str
    lead: str
    barrier: bool
    members: tuple[Member, ...]

    @property
    def leads(self) -> bool:
        """Whether the task itself is the lead."""
        return self.me == self.lead


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """All that the agent in a task's pod must know. `timeout`: seconds for one attempt's command, 0 for none.

    `meeting` is empty for a task that is alone. `grace`: seconds of the pod's terminationGracePeriod.
    """

    contract: int
    workflow: str
    task: str
    job: str
    storage: Storage
    inputs: tuple[Input, ...]
    outputs: tuple[TaskOutput | UrlOutput | DatasetOutput | KpiOutput, ...]
    checkpoints: tuple[Checkpoint, ...]
    exit: ExitMapping
    timeout: float
    grace: float
    control: bool
    meeting: tuple[Meeting, ...]


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A task's Job, as the coordinator sees it."""

    name: str
    job: str
    lead: bool


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """`upstream`: names of the groups that must complete first. Timeouts in seconds, 0 for none.

    `gated`: the pods of the group carry GATE. `ignore_nonlead`: only the lead's fate counts.
    `exec_timeout` is 0 where the wrapper of a lone task keeps the time itself.
    """

    name: str
    tasks: tuple[PlannedTask, ...]
    upstream: tuple[str, ...]
    gated: bool
    ignore_nonlead: bool
    queue_timeout: float
    exec_timeout: float


@dataclass(frozen=True, slots=True)
class WorkflowPlan:
    """All that the coordinator must know, in topological order. `workflow`: the value of WORKFLOW_ID_LABEL on
    its Jobs and pods.
    """

    contract: int
    workflow: str
    groups: tuple[PlannedGroup, ...]


class ContractError(Exception):
    """A plan that this version of the contract cannot read; the text says what to do."""


Plan = TypeVar("Plan", TaskPlan, WorkflowPlan, FolderList)


def dump(plan: TaskPlan | WorkflowPlan | FolderList) -> str:
    """The plan as JSON, readable in a review: same plan, same text."""
    return _json(plan, "\n") + "\n"


def load(kind: type[Plan], text: str) -> Plan:
    """Read a plan back.

    Raises ContractError where it is of another contract version (both are named), or is no plan.
    """
    try:
        raw = json.loads(text)
        version = raw["contract"]
    except (ValueError, KeyError, TypeError) as error:
        raise ContractError(f"the plan is not one of osmoc's: {error}") from error
    if version != CONTRACT:
        raise ContractError(
            f"the plan is of contract version {version}, the agent of version {CONTRACT}: compile the "
            "workflow again with the osmoc whose agent is installed, or install the agent of the osmoc that "
            "compiled it"
        )
    try:
        return _decode(kind, raw)  # type: ignore[no-any-return]
    except (ValueError, KeyError, TypeError) as error:
        raise ContractError(f"the plan of contract version {version} is damaged: {error}") from error


def _json(value: object, line: str) -> str:
    """The value as `json.dumps` with an indent of one writes it, several times faster: compilers write ten
    thousand plans.

    `line`: a line end and the indent of the line that the value begins on.
    """
    kind = type(value)
    if kind is str:
        return encode_basestring(value)  # type: ignore[arg-type]
    inner = line + " "
    if isinstance(value, tuple):
        items = [_json(item, inner) for item in value]
        return f"[{inner}{f',{inner}'.join(items)}{line}]" if items else "[]"
    if is_dataclass(kind):
        entries = [f'"{name}": {_json(getattr(value, name), inner)}' for name in _names(kind)]
        if kind.__name__ in _KINDS:
            entries.insert(0, f'"kind": "{kind.__name__}"')
        return f"{{{inner}{f',{inner}'.join(entries)}{line}}}"
    return json.dumps(value)


@lru_cache(maxsize=64)
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _decode(kind: Any, raw: Any) -> Any:
    if isinstance(kind, UnionType):
        return _decode(_KINDS[raw["kind"]], raw)
    if get_origin(kind) is tuple:
        return tuple(_decode(get_args(kind)[0], item) for item in raw)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{field.name: _decode(hints[field.name], raw[field.name]) for field in fields(kind)})  # type: ignore[operator]
    if kind is float and type(raw) is int:
        return float(raw)
    if type(raw) is not kind:
        raise TypeError(f"{raw!r} stands where {kind.__name__} must")
    return raw


# Dataclasses that stand in a union, told apart by `kind` in the JSON.
_KINDS: dict[str, type] = {
    kind.__name__: kind for kind in (*get_args(Input), TaskOutput, UrlOutput, DatasetOutput, KpiOutput)
}
