"""The folders of the node that a task mounts (osmo-spec 2.8); `lower` asks whether it may."""

from __future__ import annotations

from collections.abc import Iterator

from osmoc.checking.fields import Part
from osmoc.diagnostics.codes import Code
from osmoc.spec import HostMount, Text


def mounts(task: Part) -> tuple[HostMount, ...]:
    """A folder that names no target is seen in the container where it is on the node."""
    return tuple(mount for text in task.texts("volumeMounts") for mount in _mount(task, text))


def _mount(task: Part, text: Text) -> Iterator[HostMount]:
    source, colon, target = text.value.partition(":")
    if not source or ":" in target or (colon and not target):
        written = source or "/folder"
        task.diagnostics.error(
            Code.MOUNT_MALFORMED,
            f"`{text.value}` is no mount",
            text.at,
            help=f"write `{written}`, or `{written}:/where/in/the/container`",
            note="nothing may follow the target" if ":" in target else "",
        )
    elif ".." in source.split("/"):
        task.diagnostics.error(
            Code.MOUNT_MALFORMED, f"`{source}` has `..` in it, which Kubernetes does not mount", text.at
        )
    else:
        yield HostMount(source, target or source, text.at)
