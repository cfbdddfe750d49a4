"""Credentials: secrets as environment variables or as files (reference osmo-spec 2.4.2, 8.3)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from osmoc.checking.environment import check_variable_name
from osmoc.checking.fields import Part, as_scalar_text, key_text
from osmoc.diagnostics.codes import Code
from osmoc.document import Entry, Mapping
from osmoc.pool import Pool
from osmoc.spec import Credential, EnvironmentCredential, MountedCredential, Text
from osmoc_runtime import contract

# The reference's names, and those of Kubernetes' Secrets.
_NAME = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9_.-]{0,251}[a-zA-Z0-9])?")
_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")


def credentials(task: Part, pool: Pool) -> tuple[Credential, ...]:
    """One for each environment variable and each folder."""
    return tuple(one for entry in task.entries("credentials") for one in _credential(task, entry, pool))


def _credential(task: Part, entry: Entry, pool: Pool) -> Iterator[Credential]:
    secret = key_text(entry.key)
    if not _NAME.fullmatch(secret.value):
        task.diagnostics.error(Code.CREDENTIAL, f"`{secret.value}` is no name for a credential", secret.at)
    if isinstance(entry.value, Mapping):
        for inner in entry.value.entries:
            yield from _variable(task, secret, inner, pool)
        return
    path = as_scalar_text(entry.value)
    # The reference accepts an empty folder and mounts nothing there.
    if path is not None and path.value:
        yield from _folder(task, secret, path)


def _variable(task: Part, secret: Text, entry: Entry, pool: Pool) -> Iterator[Credential]:
    variable, key = key_text(entry.key), as_scalar_text(entry.value)
    check_variable_name(task.diagnostics, variable, pool)
    if key is None:
        return
    if not _KEY.fullmatch(key.value):
        task.diagnostics.error(
            Code.CREDENTIAL,
            f"`{key.value}` is no key that a Secret can have"
            if key.value
            else "the key of the secret is missing",
            key.at,
            note="keys are of letters, digits, `-`, `_` and `.`",
        )
    yield EnvironmentCredential(variable, secret, key.value)


def _folder(task: Part, secret: Text, path: Text) -> Iterator[Credential]:
    normal = posixpath.normpath("/" + path.value.lstrip("/"))
    if normal == "/" or normal == contract.TREE or normal.startswith(f"{contract.TREE}/"):
        task.diagnostics.error(
            Code.CREDENTIAL,
            f"the files of `{secret.value}` cannot lie in `{path.value}`",
            path.at,
            help=f"write `/secrets/{secret.value}`",
        )
        return
    yield MountedCredential(secret, Text(normal, path.at))
