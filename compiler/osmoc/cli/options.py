"""Arguments and options that several commands take, declared once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Annotated, Concatenate, ParamSpec

import typer

from osmoc.options import Options
from osmoc.pool import VERSIONS
from osmoc_runtime.values import dataclass

TEMPLATE = "Template"
OBJECTS = "Objects"
LOOKING = "Looking inside"

Own = ParamSpec("Own")


class MessageFormat(Enum):
    """How complaints are written."""

    HUMAN = "human"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


@dataclass(frozen=True, slots=True)
class Given:
    """What every command that compiles was given: the spec, and how to compile it."""

    spec: Path
    options: Options
    pool: str | None
    strict: bool
    message_format: MessageFormat
    dump_after: str | None
    time_passes: bool
    kube_version: str | None = None


def _known_version(version: str | None) -> str | None:
    if version is not None and version not in VERSIONS:
        raise typer.BadParameter(f"`{version}` is no version known here; there is {', '.join(VERSIONS)}")
    return version


def _given(
    spec: Annotated[Path, typer.Argument(metavar="SPEC", help="The workflow spec.", show_default=False)],
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Give a variable of the template a value: a number where it looks like one, else a text. "
            "May be repeated, as may all options of this kind.",
            rich_help_panel=TEMPLATE,
        ),
    ] = None,
    set_string: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="The same, always a text.", rich_help_panel=TEMPLATE),
    ] = None,
    set_json: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=JSON",
            help="The same, any value as JSON: `flag=false`, `sizes=[1, 2]`.",
            rich_help_panel=TEMPLATE,
        ),
    ] = None,
    set_env: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Put a variable into the environment of every task.",
            rich_help_panel=OBJECTS,
        ),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Put a label onto every pod.", rich_help_panel=OBJECTS),
    ] = None,
    workflow_id: Annotated[
        str | None,
        typer.Option(
            "--id",
            metavar="ID",
            help="The id of the workflow, which names begin with. [default: the workflow's name]",
            rich_help_panel=OBJECTS,
        ),
    ] = None,
    namespace: Annotated[
        str | None,
        typer.Option(
            "--namespace",
            "-n",
            metavar="NAMESPACE",
            help="The namespace of all objects.",
            rich_help_panel=OBJECTS,
        ),
    ] = None,
    pool: Annotated[
        str | None,
        typer.Option(
            metavar="FILE[:NAME]",
            help="The pool file that describes the cluster, and which of its pools.",
            rich_help_panel=OBJECTS,
        ),
    ] = None,
    kube_version: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION",
            help=f"The oldest Kubernetes that the manifests must work on, {VERSIONS[0]} to {VERSIONS[-1]}; "
            "else the pool's.",
            callback=_known_version,
            rich_help_panel=OBJECTS,
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")] = False,
    message_format: Annotated[
        MessageFormat,
        typer.Option(
            help="How messages are written to stderr: for people, or for a program that reads them."
        ),
    ] = MessageFormat.HUMAN,
    allow_outside: Annotated[
        bool, typer.Option("--allow-outside", help="Allow local files outside the spec's git work tree.")
    ] = False,
    dump_after: Annotated[
        str | None,
        typer.Option(metavar="PASS", help="Print what this pass gave.", rich_help_panel=LOOKING, hidden=True),
    ] = None,
    time_passes: Annotated[
        bool,
        typer.Option(
            "--time-passes", help="Print how long each pass took.", rich_help_panel=LOOKING, hidden=True
        ),
    ] = False,
) -> Given:
    return Given(
        spec,
        Options(
            set=tuple(set_ or ()),
            set_string=tuple(set_string or ()),
            set_json=tuple(set_json or ()),
            set_env=tuple(set_env or ()),
            label=tuple(label or ()),
            workflow_id=workflow_id,
            namespace=namespace,
            allow_outside=allow_outside,
        ),
        pool,
        strict,
        message_format,
        dump_after,
        time_passes,
        kube_version,
    )


def takes_spec(command: Callable[Concatenate[Given, Own], int]) -> Callable[..., int]:
    """The command with the parameters of `_given` in place of its first one, for Typer to read and fill."""
    gather: Callable[..., Given] = _given
    run: Callable[..., int] = command
    shared = list(inspect.signature(_given, eval_str=True).parameters.values())
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

    def called(**arguments: object) -> int:
        given = gather(**{one.name: arguments.pop(one.name) for one in shared})
        return run(given, **arguments)

    parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in (shared[0], *own, *shared[1:])]
    called.__signature__ = inspect.Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
    called.__annotations__ = {one.name: one.annotation for one in parameters}
    called.__doc__ = command.__doc__
    called.__name__ = command.__name__
    called.__module__ = command.__module__
    return called
