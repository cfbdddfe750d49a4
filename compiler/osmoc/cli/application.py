"""The commands as Typer sees them: listed by what they are for, imported when called, help in plain text."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from osmoc.cli.exits import Interrupted, ReaderGone

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter

SECTIONS = {
    "Compile": ("compile", "check", "render", "explain-exit", "explain-targets"),
    "Run": ("run", "watch", "logs", "cancel", "data"),
    "Look up": ("explain", "schema"),
    "Set up": ("runtime", "version"),
}
"""Every command, in the order in which help shows them; each is the module of its name in `osmoc.cli`."""


class PanelCommand(TyperCommand):
    """A command whose help shows its options by panel, in the order in which panels are first named.

    Interruptions come through it as they are, where Typer would make exit codes of its own of them.
    """

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        panels: dict[str, list[tuple[str, str]]] = {"Arguments": []}
        options = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is None:
                continue
            if parameter.param_type_name == "argument":
                panels["Arguments"].append(record)
            elif panel := getattr(parameter, "rich_help_panel", None):
                panels.setdefault(panel, []).append(record)
            else:
                options.append(record)
        for title, records in {**panels, "Options": options}.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        # Typer puts braces round what must be given, which elsewhere stand round alternatives.
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def invoke(self, ctx: Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise Interrupted from error
        except BrokenPipeError as error:
            raise ReaderGone from error


ALIASES = {("explain", "targets"): "explain-targets", ("explain", "exit"): "explain-exit"}
"""Two words for one command: both are explanations, of a spec."""


class Commands(TyperGroup):
    """osmoc itself."""

    def list_commands(self, ctx: Context) -> list[str]:
        return [name for names in SECTIONS.values() for name in names]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = import_module(f"osmoc.cli.{cmd_name.replace('-', '_')}")
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        alias = ALIASES.get((args[0], args[1])) if len(args) > 1 else None
        if alias is not None:
            args = [alias, *args[2:]]
        if args and not args[0].startswith("-") and args[0] not in self.list_commands(ctx):
            from osmoc.diagnostics.suggest import did_you_mean

            advice = did_you_mean(args[0], self.list_commands(ctx))
            ctx.fail(f"there is no command `{args[0]}`{'; ' if advice else ''}{advice}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        width = max(len(name) for name in self.list_commands(ctx))
        for title, names in SECTIONS.items():
            rows = []
            for name in names:
                command = self.get_command(ctx, name)
                assert command is not None
                rows.append((name.ljust(width), command.get_short_help_str(formatter.width - width - 6)))
            with formatter.section(title):
                formatter.write_dl(rows)


def application(**settings: Any) -> typer.Typer:
    """A Typer application in the style of all others."""
    settings.setdefault("add_completion", False)
    return typer.Typer(
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        **settings,
    )


def commands() -> Command:
    """The whole command line."""
    app = application(cls=Commands, no_args_is_help=True, add_completion=True)
    app.callback()(osmoc)
    return typer.main.get_command(app)


def _version(asked: bool) -> None:
    if asked:
        from osmoc import __version__

        typer.echo(f"osmoc {__version__}")
        raise typer.Exit


def osmoc(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Compile OSMO workflow specs to plain Kubernetes manifests, and run them."""
