"""The agency's MOCO account: tables of records, made and moved on by one entry per kind."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.world.clock import between, day, whole
from sandbox.world.moco.billing import KINDS as BILLING
from sandbox.world.moco.fields import STREAM as FIELDS
from sandbox.world.moco.fields import make_definitions
from sandbox.world.moco.kinds import Kind, Slot, Table
from sandbox.world.moco.people import KINDS as PEOPLE
from sandbox.world.moco.sales import KINDS as SALES
from sandbox.world.moco.samples import KINDS as SAMPLES
from sandbox.world.moco.work import KINDS as WORK

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from sandbox.wire import Record
    from sandbox.world import Advance, World

KINDS: tuple[Kind, ...] = (*PEOPLE, *SALES, *WORK, *BILLING, *SAMPLES)
"""Every kind of record, each after those that it refers to."""


class Moco:
    """The tables of the account, by stream and then by id."""

    def __init__(self, world: World) -> None:
        """Make the records of a new world."""
        self.world = world
        self.tables: dict[str, Table] = {kind.stream: {} for kind in KINDS}
        self._next = {kind.stream: kind.first_id for kind in KINDS}
        for kind in KINDS:
            self._fill(kind)
        self.tables[FIELDS] = make_definitions(self)

    def _fill(self, kind: Kind) -> None:
        rng = self.world.rng(f"moco.{kind.stream}")
        count = kind.count if kind.fixed else self.world.size(kind.count)
        oldest, newest = (self.world.now - timedelta(days=days) for days in kind.days)
        created = sorted(between(rng, oldest, newest) for _ in range(count))
        for moment in created:
            updated = moment if rng.random() < 0.5 else between(rng, moment, self.world.now)
            self._add(kind, rng, moment, updated)

    def _add(self, kind: Kind, rng: Random, created: datetime, updated: datetime) -> None:
        table = self.tables[kind.stream]
        ident = self._next[kind.stream]
        self._next[kind.stream] += kind.id_step
        index = (ident - kind.first_id) // kind.id_step
        table[ident] = kind.make(self, rng, Slot(index, ident, created, updated, kind.stamp))

    def advance(self, step: Advance) -> None:
        """Add, change and delete records within the span of the step."""
        for kind in KINDS:
            rng = self.world.rng(f"moco.{kind.stream}.advance.{step.number}")
            moments = sorted(
                between(rng, step.since, step.until) for _ in range(self._portion(kind.grow))
            )
            for moment in moments:
                self._add(kind, rng, moment, moment)
            self._change(kind, rng, step)
            self._remove(kind, rng)

    def _portion(self, count: int) -> int:
        return self.world.size(count) if count else 0

    def _change(self, kind: Kind, rng: Random, step: Advance) -> None:
        table = self.tables[kind.stream]
        old = [ident for ident, row in table.items() if row["created_at"] <= whole(step.since)]
        for _ in range(self._portion(kind.edit) if old else 0):
            record = table[rng.choice(old)]
            kind.change(self, rng, record)
            self.touch(kind.stream, record, between(rng, step.since, step.until))

    def _remove(self, kind: Kind, rng: Random) -> None:
        loose = kind.loose(self)
        for ident in rng.sample(loose, min(len(loose), self._portion(kind.drop))):
            del self.tables[kind.stream][ident]

    def touch(self, stream: str, record: Record, moment: datetime) -> None:
        """Stamp a record as changed; never back in time."""
        kind = next(kind for kind in KINDS if kind.stream == stream)
        text = kind.stamp(moment)
        if text <= record["updated_at"]:
            return
        record["updated_at"] = text
        if "updated_on" in record:
            record["updated_on"] = day(moment)
