"""Short commands that have to succeed."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.cluster.failures import ClusterError

# What a command line is made of.
Word = str | Path


def run(
    *command: Word,
    input: str | None = None,  # noqa: A002 - subprocess' name for it
    directory: Path | None = None,
    seconds: float = 120,
) -> str:
    """Run a command to its end and give back its output; ClusterError with all that it said when it fails."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            input=input,
            cwd=directory,
            capture_output=True,
            text=True,
            timeout=seconds,
            errors="replace",
        )
    except subprocess.TimeoutExpired as error:
        raise ClusterError(f"`{' '.join(words)}` did not end within {seconds:.0f} s") from error
    if done.returncode != 0:
        raise ClusterError(described(words, done))
    return done.stdout


def succeeds(command: Sequence[Word], *, seconds: float = 20) -> bool:
    """Tell whether a command ends well, for questions where failing is an answer."""
    try:
        return subprocess.run(list(command), capture_output=True, timeout=seconds).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def described(words: Sequence[str], done: subprocess.CompletedProcess[str]) -> str:
    """Say in full what a failed command was and what it wrote."""
    said = f"--- stdout\n{done.stdout}\n--- stderr\n{done.stderr}"
    return f"`{' '.join(words)}` ended with {done.returncode}\n{said}"
