"""What is said when neither the spec nor the command line is wrong."""

from __future__ import annotations

import sys
import traceback

from osmoc import __version__
from osmoc_runtime.errors import WorldError


def say_world(error: WorldError | OSError) -> None:
    """One sentence of what happened, and what to do."""
    if isinstance(error, WorldError):
        message, advice = error.message, error.help
    else:
        reason = (error.strerror or str(error)).lower()
        message, advice = (f"`{error.filename}`: {reason}" if error.filename else reason), ""
    sys.stderr.write(f"error: {message}\n")
    if advice:
        sys.stderr.write(f"  = help: {advice}\n")


def say_bug(error: Exception) -> None:
    """The traceback, and that it is ours."""
    from osmoc.driver import PassFailed

    cause: BaseException = error
    where = ""
    if isinstance(error, PassFailed):
        cause = error.__cause__ or error
        where = f" in the pass `{error.name}`"
    sys.stderr.write("".join(traceback.format_exception(cause)))
    python = ".".join(str(part) for part in sys.version_info[:3])
    sys.stderr.write(
        f"error: this is a bug in osmoc{where}; your spec may be right\n"
        "  = help: report it with the lines above and the spec "
        f"(osmoc {__version__}, Python {python}, {sys.platform})\n"
    )
