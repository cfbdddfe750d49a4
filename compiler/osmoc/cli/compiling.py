"""Compiling for a command: the pool, the passes, and what is said on the way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import typer

from osmoc import collector
from osmoc.cli.exits import REJECTED
from osmoc.cli.options import Given, MessageFormat
from osmoc.diagnostics.diagnostic import Diagnostic, Diagnostics, Rejected
from osmoc.driver import Driver, Observer
from osmoc.passing import Expanded, Manifests
from osmoc.plan import Plan
from osmoc.pool import Pool

Result = TypeVar("Result")


def manifests_of(given: Given, otherwise: str) -> tuple[Manifests, Pool]:
    """The manifests and the pool they are for. Warnings go to stderr.

    Where something is wrong: says what, closes with `otherwise` (such as `nothing was written`), raises Exit.
    """

    def compiled(diagnostics: Diagnostics) -> tuple[Manifests, Pool]:
        from osmoc.pipeline import compile_spec

        pool = _pool(given, diagnostics)
        return compile_spec(given.spec, given.options, pool, Driver(diagnostics, _observer(given))), pool

    return saying(given, otherwise, compiled)


def written_by(given: Given, otherwise: str) -> Iterator[str]:
    """The manifests as YAML, a text for each document; else as `manifests_of`."""

    def written(diagnostics: Diagnostics) -> Iterator[str]:
        from osmoc.pipeline import write_spec

        pool = _pool(given, diagnostics)
        return write_spec(given.spec, given.options, pool, Driver(diagnostics, _observer(given)))

    return saying(given, otherwise, written)


def planned(given: Given) -> tuple[Plan, Pool]:
    """What the spec means in its pool; else as `manifests_of`."""

    def plan(diagnostics: Diagnostics) -> tuple[Plan, Pool]:
        from osmoc.pipeline import plan_spec

        pool = _pool(given, diagnostics)
        return plan_spec(given.spec, given.options, pool, Driver(diagnostics, _observer(given))), pool

    return saying(given, "", plan)


def compiled_again(given: Given, pool: Pool, otherwise: str) -> Manifests:
    """The manifests under other options; what was said the first time is not said again."""

    def compiled(_: Diagnostics) -> Manifests:
        from osmoc.pipeline import compile_spec

        return compile_spec(given.spec, given.options, pool, Driver(Diagnostics(strict=given.strict), None))

    return saying(given, otherwise, compiled)


def expanded_by(given: Given) -> Expanded:
    """The workflow that the template writes; else as `manifests_of`."""

    def expanded(diagnostics: Diagnostics) -> Expanded:
        from osmoc.pipeline import expand_spec

        return expand_spec(given.spec, given.options, Driver(diagnostics, _observer(given)))

    return saying(given, "", expanded)


def saying(given: Given, otherwise: str, work: Callable[[Diagnostics], Result]) -> Result:
    """What `work` gives; what it says goes to stderr, and Exit is raised where that is an error."""
    diagnostics = Diagnostics(strict=given.strict)
    try:
        with collector.paused():
            result = work(diagnostics)
        diagnostics.stop_if_strict()
    except Rejected as rejected:
        _write(rejected.diagnostics, given.message_format, otherwise)
        raise typer.Exit(REJECTED) from None
    _write(diagnostics.said, given.message_format)
    return result


def _write(said: Sequence[Diagnostic], how: MessageFormat, otherwise: str | None = None) -> None:
    """The complaints, to stderr. `otherwise`: what was not done because of them, where they are errors."""
    match how:
        case MessageFormat.JSON:
            from osmoc.diagnostics.machine import json_lines

            sys.stderr.write(json_lines(said))
        case MessageFormat.GITHUB:
            from osmoc.diagnostics.machine import github

            sys.stderr.write(github(said))
        case MessageFormat.SARIF:
            from osmoc.diagnostics.machine import sarif
            from osmoc.explanations import explanations

            described = {code: (one.title, one.about) for code, one in explanations().items()}
            sys.stderr.write(sarif(said, described))
        case MessageFormat.HUMAN:
            if said:
                _draw(said, otherwise)


def _draw(said: Sequence[Diagnostic], otherwise: str | None) -> None:
    from osmoc.diagnostics.terminal import closing, draw, further

    sys.stderr.write("".join(draw(said)))
    if otherwise is not None:
        sys.stderr.write(closing(said, otherwise))
    if sys.stderr.isatty():
        sys.stderr.write(further(said))


def _pool(given: Given, diagnostics: Diagnostics) -> Pool:
    pool = Pool()
    if given.pool is not None:
        from osmoc.pools import load_pool

        pool = load_pool(diagnostics, given.pool)
    return pool if given.kube_version is None else replace(pool, kubernetes_version=given.kube_version)


def _observer(given: Given) -> Observer | None:
    if given.dump_after is None and not given.time_passes:
        return None
    from osmoc.cli.looking import Looking

    return Looking(given.dump_after, given.time_passes)
