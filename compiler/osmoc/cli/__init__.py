"""The command line: one module a command, imported when it is called.

A command's module is listed in `osmoc.cli.application.SECTIONS` and has `app`, a Typer application made by
`application()` there, with one command or a group of them. Commands give back their exit code; None is 0.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from osmoc.cli.exits import BUG, INTERRUPTED, PIPE, USAGE, WORLD, Interrupted, ReaderGone


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments ask and give back the exit code.

    Says what went wrong, with a traceback for our own bugs alone.
    """
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except (BrokenPipeError, ReaderGone):
        # Who reads has seen enough (`| head`). What is buffered still must go somewhere when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE
    except Interrupted:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except Exception as error:
        return _failed(error)


def _run(arguments: Sequence[str]) -> int:
    from typer import Exit, TyperException

    from osmoc.cli.application import commands

    try:
        result = commands().main(list(arguments), prog_name="osmoc", standalone_mode=False)
    except Exit as asked:
        return asked.exit_code
    except TyperException as error:
        from osmoc.cli.usage import say_usage

        say_usage(error)
        return USAGE
    return result if isinstance(result, int) else 0


def _failed(error: Exception) -> int:
    from osmoc.cli.failures import say_bug, say_world
    from osmoc_runtime.errors import WorldError

    if isinstance(error, WorldError | OSError):
        say_world(error)
        return WORLD
    say_bug(error)
    return BUG
