"""`osmoc` and `python -m osmoc`. Answers `--version` before anything slow is imported."""

from __future__ import annotations

import sys


def main() -> int:
    """Do what the command line asks; the process's exit code."""
    if sys.argv[1:] == ["--version"]:
        from osmoc import __version__

        sys.stdout.write(f"osmoc {__version__}\n")
        return 0
    from osmoc.cli import main as command_line

    return command_line(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
