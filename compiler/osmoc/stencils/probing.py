"""A small spec with one item of each family, its open slots filled with stand-ins, through all passes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from osmoc import identity
from osmoc.diagnostics.diagnostic import Diagnostics, Rejected
from osmoc.options import Options
from osmoc.passes.check import check
from osmoc.passes.emit import emit, hashed_texts
from osmoc.passes.lower import lower
from osmoc.passes.parse import parse
from osmoc.passes.resolve import resolve
from osmoc.passes.verify import verify
from osmoc.passing import Expanded, Manifest, Manifests, SourceMap
from osmoc.plan import Plan
from osmoc.pool import Pool
from osmoc.source import Source
from osmoc.stencils.cutting import Items, Piece
from osmoc.stencils.exploring import Families, StandIns, Uses
from osmoc_runtime.values import dataclass


@dataclass(frozen=True, slots=True)
class Probe:
    """What became of one item of a family.

    `marks`: the stand-ins, and last the digest of the unit. `hashed`: what the digest is over. `plan`: the
    ConfigMap with the agent's plan, where the item has one.
    """

    marks: tuple[str, ...]
    hashed: str
    plan: Manifest | None
    job: Manifest


@dataclass(frozen=True, slots=True)
class Probed:
    """A probe for each family, and the objects that are no task's."""

    probes: tuple[Probe, ...]
    others: tuple[Manifest, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """How the spec is compiled."""

    folder: Path
    options: Options
    pool: Pool


def probe(
    items: Items, shapes: tuple[Uses, ...], families: Families, longer: int, setting: Setting
) -> Probed | None:
    """None where a pass complains of anything, or where tasks depend on each other.

    Stand-ins are at least as long as every word that they stand for, `longer` being added: what is cut or
    refused for its length is so in none of the items if it is not here.
    """
    writer = _Writer(items, shapes, families, longer)
    expanded = writer.expanded(items.head[0].origin.source)
    said = Diagnostics()
    options, pool = setting.options, setting.pool
    try:
        workflow = check(said, parse(said, expanded), pool, options)
        plan = lower(said, resolve(said, workflow, setting.folder, options), pool, options)
        if plan.coordinated or any(unit.upstream or len(unit.groups) > 1 for unit in plan.units):
            return None
        manifests = verify(said, emit(said, plan, pool, options))
    except Rejected:
        return None
    return None if said.said else _sorted(writer.marks, plan, manifests, setting)


def _sorted(
    marks: list[tuple[str, ...]], plan: Plan, manifests: Manifests, setting: Setting
) -> Probed | None:
    jobs = [manifest for manifest in manifests.objects if manifest.kind == "Job"]
    by_name = {manifest.name: manifest for manifest in manifests.objects if manifest.kind == "ConfigMap"}
    hashed = hashed_texts(plan, setting.pool, setting.options)
    if not len(jobs) == len(hashed) == len(marks):
        return None
    probes = [
        Probe((*own, identity.unit_digest([text], [])), text, by_name.pop(job.name, None), job)
        for own, text, job in zip(marks, hashed, jobs, strict=True)
    ]
    kept = set(by_name)
    others = [
        one
        for one in manifests.objects
        if one.kind != "Job" and (one.kind != "ConfigMap" or one.name in kept)
    ]
    return Probed(tuple(probes), tuple(others))


class _Writer:
    """Writes the small spec; each piece keeps the place in the template that it has in the large one."""

    def __init__(self, items: Items, shapes: tuple[Uses, ...], families: Families, longer: int) -> None:
        self._items = items
        self._shapes = shapes
        self._families = families
        self._stand_ins = StandIns(items)
        self._length = families.longest + longer
        self.marks: list[tuple[str, ...]] = []

    def expanded(self, source: Source) -> Expanded:
        pieces = [*self._items.head, *self._members(), *self._items.tail]
        starts, position = [], 0
        for piece in pieces:
            starts.append(position)
            position += len(piece.text)
        text = "".join([piece.text for piece in pieces])
        origins = tuple([piece.origin for piece in pieces])
        copied = tuple([piece.copied for piece in pieces])
        return Expanded(text, SourceMap(source, tuple(starts), origins, copied, text))

    def _members(self) -> Iterator[Piece]:
        number = 0
        for shape, values in self._families.members:
            in_names = {piece for use in self._shapes[shape] if use.name for piece in use.pieces}
            marks = []
            slot = 0
            for piece in self._items.shapes[shape]:
                if piece.copied:
                    yield piece
                    continue
                word = values[slot]
                if word is None:
                    word = self._stand_ins.word(number, self._length, name=slot in in_names)
                    marks.append(word)
                    number += 1
                slot += 1
                yield Piece(word, piece.origin, copied=False)
            self.marks.append(tuple(marks))
