"""The pool: what the reference's server knows of a cluster, as typed values. `pools.py` reads the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta

from osmoc_runtime.values import dataclass

Json = Mapping[str, object]


VERSIONS = tuple(f"1.{minor}" for minor in range(31, 38))
"""The versions of Kubernetes that manifests can be written for."""


@dataclass(frozen=True, slots=True)
class Storage:
    """Where task data lie. `secret` names a Secret of the pods' namespace; None: ambient credentials alone.

    `url`, `endpoint`, `region` and `addressing` stand in the manifests where they are given, else the Secret
    has them.
    """

    secret: str | None = "osmoc-storage"
    url: str = ""
    endpoint: str = ""
    region: str = ""
    addressing: str = ""


@dataclass(frozen=True, slots=True)
class ContainerResources:
    """Requests and limits of osmo-init and osmo-ctrl."""

    requests: Mapping[str, str] = field(default_factory=lambda: {"cpu": "50m", "memory": "64Mi"})
    limits: Mapping[str, str] = field(default_factory=lambda: {"cpu": "2", "memory": "512Mi"})


@dataclass(frozen=True, slots=True)
class Runtime:
    """`agent`: embedded (a ConfigMap of the workflow), installed (one of the namespace) or image."""

    agent: str = "embedded"
    image: str = "docker.io/library/python:3.12-slim"
    resources: ContainerResources = field(default_factory=ContainerResources)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a task gets that asks for nothing; None: nothing is written."""

    cpu: int | None = 1
    gpu: int | None = None
    memory: str | None = "1Gi"
    storage: str | None = "1Gi"


@dataclass(frozen=True, slots=True)
class Timeout:
    """The limit that a workflow gets which names none, and the longest that it may ask for (longer is cut to
    it).
    """

    default: timedelta | None = None
    maximum: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Platform:
    """A kind of node. `mounts`: host paths that a task may mount; `default_mounts`: those that every task
    has.
    """

    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Json, ...] = ()
    runtime_class: str | None = None
    mounts: tuple[str, ...] = ()
    default_mounts: tuple[str, ...] = ()
    privileged: bool = False
    host_network: bool = False
    pod_template: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue that Jobs go through. `system`: kueue, kai or volcano; `name`: of the queue in it."""

    system: str
    name: str


@dataclass(frozen=True, slots=True)
class Pool:
    """Everything that the compiler must know of a cluster; the defaults are the built-in pool.

    `platforms` None: no platforms are known, and none is checked. `topology`: key to node label, coarse to
    fine. `default_exit_actions`: as in a spec, for codes that a task does not name. `security`: baseline or
    restricted.
    """

    name: str = "default"
    namespace: str | None = None
    cli: str = "always"
    runtime: Runtime = field(default_factory=Runtime)
    service_account: str | None = None
    coordinator_service_account: str | None = None
    image_pull_secrets: tuple[str, ...] = ()
    storage: Storage = field(default_factory=Storage)
    defaults: Defaults = field(default_factory=Defaults)
    execution_timeout: Timeout = field(default_factory=Timeout)
    queue_timeout: Timeout = field(default_factory=Timeout)
    max_retries: int = 6
    termination_grace: int = 150
    on_disruption: str = "retry"
    default_exit_actions: Mapping[str, str] = field(default_factory=dict)
    gpu_resource: str = "nvidia.com/gpu"
    platforms: Mapping[str, Platform] | None = None
    default_platform: str | None = None
    topology: Mapping[str, str] | None = None
    priority_class: str | None = None
    queue: Queue | None = None
    security: str = "baseline"
    run_as_user: int | None = None
    fs_group: int | None = None
    kubernetes_version: str = "1.31"
    pod_template: Json = field(default_factory=dict)
