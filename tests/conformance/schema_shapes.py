"""Kubernetes' own schemas, asked once for each shape of object."""

from __future__ import annotations

from collections.abc import Mapping

_taken: set[tuple[str, str]] = set()


def assert_schemas_take(body: Mapping[str, object], *versions: str) -> None:
    """Fail where the schema of one of the versions refuses the object, unknown fields included."""
    import kubernetes_validate

    shape = repr(_shape(body))
    for version in versions:
        # A schema sees fields and types, and it is slow to ask.
        if (shape, version) not in _taken:
            kubernetes_validate.validate(body, version, strict=True)
            _taken.add((shape, version))


def _shape(value: object) -> object:
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items() if key not in ("data", "binaryData")}
    if isinstance(value, list):
        return [_shape(item) for item in value]
    return type(value)
