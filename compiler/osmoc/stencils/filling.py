"""What the probes became, as texts with slots: compared, filled for each item, and hashed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from osmoc import identity, naming, yamlwriter
from osmoc.passing import Manifest
from osmoc.stencils.cutting import Items
from osmoc.stencils.exploring import Families
from osmoc.stencils.probing import Probe, Probed
from osmoc_runtime.values import dataclass

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A text with slots. `order`: which word stands in each of the form's `%s`."""

    form: str
    order: tuple[int, ...]

    def filled(self, words: Words) -> str:
        return self.form % tuple([words[index] for index in self.order])


@dataclass(frozen=True, slots=True)
class Stencil:
    """What becomes of an item of a family.

    `open_slots`: which of the item's values are its words; the digest is the word behind them, then come
    `scalars`: texts on one line, which YAML wants in quotes or not by what they are.
    """

    open_slots: tuple[int, ...]
    hashed: Form
    scalars: tuple[Form, ...]
    plan: Form | None
    job: Form

    def words(self, values: tuple[str, ...]) -> Words:
        """The open values and the digest."""
        own = tuple([values[slot] for slot in self.open_slots])
        return (*own, identity.unit_digest([self.hashed.filled(own)], []))

    def with_scalars(self, words: Words) -> Words:
        scalar = yamlwriter.scalar
        return (*words, *[scalar(form.filled(words)) for form in self.scalars])


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that is written: what is no task's, then each item by its family's stencil."""

    items: Items
    families: Families
    stencils: tuple[Stencil, ...]
    others: tuple[Manifest, ...]

    def documents(self) -> Iterator[str]:
        """The YAML documents in the order in which they are applied."""
        separator = ""
        for text in self._texts():
            yield separator + text
            separator = yamlwriter.SEPARATOR

    def _texts(self) -> Iterator[str]:
        yield from (yamlwriter.document(manifest.body) for manifest in self.others)
        stencils = [self.stencils[family] for family in self.families.family]
        words = [stencil.words(values) for stencil, values in zip(stencils, self.items.values, strict=True)]
        for stencil, own in zip(stencils, words, strict=True):
            if stencil.plan is not None:
                yield stencil.plan.filled(stencil.with_scalars(own))
        for stencil, own in zip(stencils, words, strict=True):
            yield stencil.job.filled(stencil.with_scalars(own))


def sheet_of(items: Items, families: Families, short: Probed, long: Probed) -> Sheet | None:
    """None where the probes differ in more than their stand-ins: something followed from a word."""
    if [one.body for one in short.others] != [one.body for one in long.others]:
        return None
    stencils = []
    for (_, values), first, second in zip(families.members, short.probes, long.probes, strict=True):
        slots = tuple(index for index, value in enumerate(values) if value is None)
        stencil = _stencil(slots, first)
        if stencil != _stencil(slots, second):
            return None
        stencils.append(stencil)
    return Sheet(items, families, tuple(stencils), short.others)


def _stencil(slots: tuple[int, ...], probe: Probe) -> Stencil:
    press = _Press(probe.marks)
    plan = None if probe.plan is None else press.document(probe.plan)
    job = press.document(probe.job)
    return Stencil(slots, press.form(probe.hashed), tuple(map(press.form, press.scalars)), plan, job)


class _Press:
    """Makes forms of texts in which marks stand for words."""

    def __init__(self, marks: tuple[str, ...]) -> None:
        self._numbers = {mark: number for number, mark in enumerate(marks)}
        self._mark = re.compile("|".join(map(re.escape, marks)))
        self.scalars: dict[str, int] = {}

    def document(self, manifest: Manifest) -> Form:
        return self.form(yamlwriter.document(manifest.body, self._text))

    def _text(self, value: str, pad: str) -> str:
        written = yamlwriter.text_value(value, pad)
        # A block is the same whatever words are in it.
        if not self._mark.search(value) or written.startswith("|"):
            return written
        number = self.scalars.setdefault(value, len(self._numbers) + len(self.scalars))
        return f"{naming.OPEN}{number}{naming.CLOSE}"

    def form(self, text: str) -> Form:
        order: list[int] = []
        pattern = re.compile(f"{naming.OPEN}([0-9]+){naming.CLOSE}|({self._mark.pattern})")

        def slot(match: re.Match[str]) -> str:
            order.append(int(match[1]) if match[1] else self._numbers[match[2]])
            return "%s"

        return Form(pattern.sub(slot, text.replace("%", "%%")), tuple(order))
