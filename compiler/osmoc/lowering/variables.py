"""Environment variables of a task: those of the spec, then those of credentials; of two with one name the
last one counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics, Label
from osmoc.lowering.paths import absolute
from osmoc.lowering.texts import Texts
from osmoc.source import Span
from osmoc.spec import Credential, EnvironmentCredential, MountedCredential, Task, Text


def plan_variables(
    diagnostics: Diagnostics, texts: Texts, task: Task
) -> tuple[tuple[tuple[str, str], ...], tuple[Credential, ...]]:
    """The variables with their values, and the credentials. Each name is given once: server-side apply takes
    no name twice.
    """
    environment = [(texts.fill(name), texts.fill(value), name.at) for name, value in task.environment]
    credentials = [_credential(texts, credential) for credential in task.credentials]
    last: dict[str, Span] = {name: at for name, _, at in environment}
    for credential in credentials:
        if isinstance(credential, EnvironmentCredential):
            last[credential.variable.value] = credential.variable.at
    kept = [(name, value) for name, value, at in environment if _counts(diagnostics, name, at, last)]
    return tuple(kept), tuple(_last_ones(diagnostics, credentials, last))


def _last_ones(
    diagnostics: Diagnostics, credentials: Sequence[Credential], last: dict[str, Span]
) -> list[Credential]:
    return [
        credential
        for credential in credentials
        if isinstance(credential, MountedCredential)
        or _counts(diagnostics, credential.variable.value, credential.variable.at, last)
    ]


def _counts(diagnostics: Diagnostics, name: str, at: Span, last: dict[str, Span]) -> bool:
    if last[name] is at:
        return True
    diagnostics.warning(
        Code.VARIABLE_TWICE,
        f"the environment variable `{name}` is set twice, and this one does not count",
        at,
        labels=(Label(last[name], "this one does"),),
        help="remove one of them",
    )
    return False


def _credential(texts: Texts, credential: Credential) -> Credential:
    match credential:
        case EnvironmentCredential(variable=variable, secret=secret, key=key):
            name = Text(texts.fill(variable), variable.at)
            return EnvironmentCredential(name, secret, texts.fill_at(key, secret.at))
        case MountedCredential(secret=secret, path=path):
            return MountedCredential(secret, Text(absolute(texts.fill(path)), path.at))
