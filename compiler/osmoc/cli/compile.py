"""`osmoc compile`: the spec as Kubernetes manifests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from osmoc import collector, yamlwriter
from osmoc.cli.application import PanelCommand, application
from osmoc.cli.compiling import manifests_of
from osmoc.cli.exits import REJECTED
from osmoc.cli.options import Given, takes_spec
from osmoc.passing import Manifests

app = application()

OUTPUT = "Output"


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
    manifests, _ = manifests_of(given, "" if check else "nothing was written")
    if output in (None, "-"):
        _print(manifests)
        return 0
    assert output is not None
    return _compare(given, manifests, output) if check else _write(manifests, output)


def _print(manifests: Manifests) -> None:
    screen = sys.stdout.buffer
    with collector.paused():
        for text in yamlwriter.write(manifest.body for manifest in manifests.objects):
            screen.write(text.encode())


def _write(manifests: Manifests, output: str) -> int:
    from osmoc import output as writing

    with collector.paused():
        if writing.is_folder(output):
            writing.write_folder(Path(output), manifests)
        else:
            writing.write_file(
                Path(output), yamlwriter.write(manifest.body for manifest in manifests.objects)
            )
    return 0


def _compare(given: Given, manifests: Manifests, output: str) -> int:
    from osmoc import output as writing

    if writing.is_folder(output):
        wanted = writing.folder_of(manifests)
        differing = list(writing.differences_of_folder(Path(output), wanted))
    else:
        text = "".join(yamlwriter.write(manifest.body for manifest in manifests.objects))
        differing = list(writing.differences_of_file(Path(output), text))
    if not differing:
        return 0
    sys.stdout.write("".join(differing))
    sys.stdout.flush()
    many = "1 file differs" if len(differing) == 1 else f"{len(differing)} files differ"
    sys.stderr.write(f"error: {many} from what `{given.spec}` gives\n")
    sys.stderr.write("  = help: leave `--check` out to write what it gives\n")
    return REJECTED
