"""The head that every object has."""

from __future__ import annotations

from collections.abc import Mapping


def head(
    kind: str, name: str, labels: Mapping[str, str], namespace: str | None, *, version: str = "v1"
) -> dict[str, object]:
    """`apiVersion`, `kind` and `metadata`; no namespace is written where none is given."""
    metadata: dict[str, object] = {"name": name}
    if namespace is not None:
        metadata["namespace"] = namespace
    metadata["labels"] = labels
    return {"apiVersion": version, "kind": kind, "metadata": metadata}
