"""`osmoc compile`: the spec as Kubernetes manifests."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from osmoc import collector
from osmoc.cli.application import PanelCommand, application
from osmoc.cli.compiling import manifests_of, written_by
from osmoc.cli.exits import REJECTED
from osmoc.cli.options import Given, takes_spec

app = application()

OUTPUT = "Output"
NOTHING_WRITTEN = "nothing was written"


@app.command(cls=PanelCommand)
@takes_spec
def compile_command(
    given: Given,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE|DIR",
            help="Write there instead of to the screen. A folder (one that exists, or a name that ends in "
            "`/`) gets a file for each object, and a kustomization.yaml.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Write nothing: compare with what lies at `-o`, print the difference, and exit with 1 where "
            "there is one.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
) -> int:
    """Compile a spec to Kubernetes manifests, as YAML.

    The same spec, files and options give the same bytes, everywhere and always. Nothing is written where the
    spec is wrong.
    """
    if check and output in (None, "-"):
        raise typer.BadParameter("`--check` compares with what lies at `-o FILE|DIR`: name it")
    with collector.paused():
        if output in (None, "-"):
            _print(given)
            return 0
        from osmoc.output import is_folder

        assert output is not None
        write = _folder if is_folder(output) else _file
        return write(given, Path(output), check=check)


def _print(given: Given) -> None:
    screen = sys.stdout.buffer
    for text in written_by(given, NOTHING_WRITTEN):
        screen.write(text.encode())


def _folder(given: Given, folder: Path, *, check: bool) -> int:
    from osmoc import output

    manifests, _ = manifests_of(given, "" if check else NOTHING_WRITTEN)
    if check:
        return _differing(given, output.differences_of_folder(folder, output.folder_of(manifests)))
    output.write_folder(folder, manifests)
    return 0


def _file(given: Given, path: Path, *, check: bool) -> int:
    from osmoc import output

    texts = written_by(given, "" if check else NOTHING_WRITTEN)
    if check:
        return _differing(given, output.differences_of_file(path, "".join(texts)))
    output.write_file(path, texts)
    return 0


def _differing(given: Given, found: Iterable[str]) -> int:
    differing = list(found)
    if not differing:
        return 0
    sys.stdout.write("".join(differing))
    sys.stdout.flush()
    many = "1 file differs" if len(differing) == 1 else f"{len(differing)} files differ"
    sys.stderr.write(f"error: {many} from what `{given.spec}` gives\n")
    sys.stderr.write("  = help: leave `--check` out to write what it gives\n")
    return REJECTED
