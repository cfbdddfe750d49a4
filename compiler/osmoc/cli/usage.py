"""What is said when the command line itself is wrong."""

from __future__ import annotations

import sys

from typer import TyperException


def say_usage(error: TyperException) -> None:
    """The complaint in our style, and where help is; help itself where a group was called with nothing."""
    message = error.format_message()
    context = getattr(error, "ctx", None)
    if "\n" in message:
        sys.stderr.write(message.rstrip("\n") + "\n")
        return
    sys.stderr.write(f"error: {_ours(message)}\n")
    path = context.command_path if context is not None else "osmoc"
    sys.stderr.write(f"  = help: see `{path} --help`\n")


def _ours(message: str) -> str:
    message = message.rstrip(".").replace("'", "`")
    return message[:1].lower() + message[1:]
