"""What the command line gives to a compilation, beside the spec and the pool."""

from __future__ import annotations

from osmoc_runtime.values import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """Values as typed, `NAME=VALUE` each, in order; `set_json` takes JSON values.

    `workflow_id` None: the workflow's name. `namespace` None: none is written. `allow_outside`: local files
    may lie outside the git work tree. `uploads`: local folders that manifests cannot carry are uploaded, so
    that nobody need be told to do it.
    """

    set: tuple[str, ...] = ()
    set_string: tuple[str, ...] = ()
    set_json: tuple[str, ...] = ()
    set_env: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    workflow_id: str | None = None
    namespace: str | None = None
    allow_outside: bool = False
    uploads: bool = False
