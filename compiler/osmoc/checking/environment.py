"""Environment variables: the task's own and those of `--set-env`.

Reference osmo-spec 2.4.1 and 3.2; design, deviations 16, 17 and 21.
"""

from __future__ import annotations

import re

from osmoc.checking.fields import Part, as_scalar_text, key_text
from osmoc.checking.overrides import assignments
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.pool import VERSIONS, Pool
from osmoc.spec import Text

Variables = tuple[tuple[Text, Text], ...]

_EVERYWHERE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
# KEP-4369: any printable ASCII but `=`; on by default from 1.32, for good from 1.34.
_RELAXED = re.compile(r"[ -<>-~]+")
RELAXED_SINCE = "1.32"


def environment(part: Part, pool: Pool) -> Variables:
    """The task's `environment` in the order written."""
    variables = []
    for entry in part.entries("environment"):
        name, value = key_text(entry.key), as_scalar_text(entry.value)
        check_variable_name(part.diagnostics, name, pool)
        if value is not None:
            variables.append((name, value))
    return tuple(variables)


def variables_of_options(diagnostics: Diagnostics, given: tuple[str, ...], pool: Pool) -> Variables:
    """The variables of `--set-env`, which every task gets; of several with one name the last counts."""
    last: dict[str, tuple[Text, Text]] = {}
    for name, value in assignments(diagnostics, "--set-env", given):
        check_variable_name(diagnostics, name, pool)
        last.pop(name.value, None)
        last[name.value] = (name, value)
    return tuple(last.values())


def with_overrides(variables: Variables, overrides: Variables) -> Variables:
    """An override takes the place of the variable that it overrides; new ones come last."""
    by_name = {name.value: (name, value) for name, value in overrides}
    kept = tuple(by_name.pop(name.value, (name, value)) for name, value in variables)
    return kept + tuple(by_name.values())


def is_taken_everywhere(name: str) -> bool:
    """Whether every version of Kubernetes takes an environment variable of that name."""
    return _EVERYWHERE.fullmatch(name) is not None


def check_variable_name(diagnostics: Diagnostics, name: Text, pool: Pool) -> None:
    """Complain where Kubernetes cannot take the name; warn where only newer ones than the pool's can."""
    if is_taken_everywhere(name.value):
        return
    if not _RELAXED.fullmatch(name.value):
        diagnostics.error(
            Code.ENVIRONMENT_NAME,
            f"`{name.value}` is no name for an environment variable"
            if name.value
            else "an environment variable needs a name",
            name.at,
            help=f"write `{_mended(name.value)}`" if _mended(name.value) else "",
            note="Kubernetes takes printable ASCII letters but `=`",
        )
    elif VERSIONS.index(pool.kubernetes_version) < VERSIONS.index(RELAXED_SINCE):
        diagnostics.warning(
            Code.ENVIRONMENT_NAME_RELAXED,
            f"Kubernetes {pool.kubernetes_version} may refuse `{name.value}` as an environment variable",
            name.at,
            help=f"write `{_mended(name.value)}`" if _mended(name.value) else "",
            note="names that are no identifiers are taken from 1.32 on",
        )


def _mended(name: str) -> str:
    mended = re.sub(r"[^A-Za-z0-9_]+", "_", name)
    return f"_{mended}" if mended[:1].isdigit() else mended
