"""What all objects of a workflow are built with."""

from __future__ import annotations

from dataclasses import field

from osmoc.plan import Plan
from osmoc.pool import Pool
from osmoc.shared import SharedMap
from osmoc_runtime.values import dataclass


@dataclass(frozen=True, slots=True)
class Site:
    """The plan, the pool, and the namespace that is written, None for none.

    `containers`: osmo-init and osmo-ctrl as they were built so far, by what makes them differ. `plans`: texts
    of plans, by the plan without its task's name.
    """

    plan: Plan
    pool: Pool
    namespace: str | None
    containers: dict[object, SharedMap] = field(default_factory=dict)
    plans: dict[object, str] = field(default_factory=dict)
