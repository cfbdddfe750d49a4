"""The whole compiler on one page: every pass, in order, with what it takes and gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from osmoc import yamlwriter
from osmoc.diagnostics.ignoring import say_idle
from osmoc.driver import Driver
from osmoc.options import Options
from osmoc.passes.check import check
from osmoc.passes.emit import emit
from osmoc.passes.expand import expand
from osmoc.passes.lower import lower
from osmoc.passes.parse import parse
from osmoc.passes.read import read
from osmoc.passes.resolve import resolve
from osmoc.passes.template import find_template
from osmoc.passes.verify import verify
from osmoc.passing import Expanded, Manifests
from osmoc.plan import Plan
from osmoc.pool import Pool

MANY_PIECES = 64
"""A template that writes fewer has no loop that is worth a look."""


def expand_spec(path: Path, options: Options, run: Driver) -> Expanded:
    """The workflow that the template writes, run-time tokens intact. Raises Rejected."""
    source = run(read, path)
    template = run(find_template, source, options)
    return run(expand, template)


def plan_spec(path: Path, options: Options, pool: Pool, run: Driver) -> Plan:
    """What the spec means in the pool, before Kubernetes. Raises Rejected."""
    return _plan(expand_spec(path, options, run), path.parent, options, pool, run)


def compile_spec(path: Path, options: Options, pool: Pool, run: Driver) -> Manifests:
    """The manifests of the spec in the pool. Raises Rejected; the driver knows what was said."""
    return _manifests(expand_spec(path, options, run), path.parent, options, pool, run)


def write_spec(path: Path, options: Options, pool: Pool, run: Driver) -> Iterator[str]:
    """The manifests as YAML, a text for each document; else as `compile_spec`.

    What a loop wrote is compiled once where that surely gives the same (`stencils`).
    """
    expanded = expand_spec(path, options, run)
    if len(expanded.origins.starts) >= MANY_PIECES and not run.observed:
        from osmoc import stencils

        texts = stencils.documents(expanded, path.parent, options, pool)
        if texts is not None:
            say_idle(run.diagnostics)
            return texts
    manifests = _manifests(expanded, path.parent, options, pool, run)
    return yamlwriter.write(manifest.body for manifest in manifests.objects)


def _plan(expanded: Expanded, folder: Path, options: Options, pool: Pool, run: Driver) -> Plan:
    document = run(parse, expanded)
    # What is wrong for one of these is no reason not to hear the others: all is said at once.
    workflow = run.going_on(check, document, pool, options)
    resolved = run.going_on(resolve, workflow, folder, options)
    return run(lower, resolved, pool, options)


def _manifests(expanded: Expanded, folder: Path, options: Options, pool: Pool, run: Driver) -> Manifests:
    plan = _plan(expanded, folder, options, pool, run)
    emitted = run(emit, plan, pool, options)
    manifests = run(verify, emitted)
    say_idle(run.diagnostics)
    return manifests
