"""The whole compiler on one page: every pass, in order, with what it takes and gives."""

from __future__ import annotations

from pathlib import Path

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


def expand_spec(path: Path, options: Options, run: Driver) -> Expanded:
    """The workflow that the template writes, run-time tokens intact. Raises Rejected."""
    source = run(read, path)
    template = run(find_template, source, options)
    return run(expand, template)


def plan_spec(path: Path, options: Options, pool: Pool, run: Driver) -> Plan:
    """What the spec means in the pool, before Kubernetes. Raises Rejected."""
    expanded = expand_spec(path, options, run)
    document = run(parse, expanded)
    workflow = run(check, document, pool, options)
    resolved = run(resolve, workflow, path.parent, options)
    return run(lower, resolved, pool, options)


def compile_spec(path: Path, options: Options, pool: Pool, run: Driver) -> Manifests:
    """The manifests of the spec in the pool. Raises Rejected; the driver knows what was said."""
    plan = plan_spec(path, options, pool, run)
    manifests = run(emit, plan, pool, options)
    return run(verify, manifests)
