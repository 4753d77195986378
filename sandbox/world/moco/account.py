"""The agency's MOCO account: tables of records, made and moved on by one entry per kind."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from datetime import timedelta

from sandbox.wire import Record
from sandbox.world.clock import between, day, whole
from sandbox.world.words import PHRASES, TAGS

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from random import Random

    from sandbox.world.campaigns import Campaign
    from sandbox.world.scenario import Advance, Scenario

Table = dict[int, Record]


@dataclass(frozen=True)
class Slot:
    """The place that a new record takes: its running number, id and moments."""

    index: int
    ident: int
    created: datetime
    updated: datetime
    stamp: Callable[[datetime], str]

    def times(self) -> Record:
        """The two keys that close nearly every record."""
        return {"created_at": self.stamp(self.created), "updated_at": self.stamp(self.updated)}


def note(_moco: Moco, rng: Random, record: Record) -> None:
    """Change the free text of a record."""
    record["info"] = f"{rng.choice(PHRASES)} ({rng.randrange(1000)})"


def none(_moco: Moco) -> list[int]:
    """Let no record of this kind be deleted."""
    return []


def unnoticed(_moco: Moco, _record: Record) -> None:
    """Let what became of a record change no other."""


@dataclass(frozen=True)
class Kind:
    """One kind of record. Counts are those at scale 1, `grow`, `edit`, `drop` per advance.

    `loose` names the records that may be deleted because nothing refers to them; `removed` is told
    of each that was.
    """

    stream: str
    count: int
    first_id: int
    make: Callable[[Moco, Random, Slot], Record]
    id_step: int = 1
    fixed: bool = False
    days: tuple[int, int] = (700, 2)
    stamp: Callable[[datetime], str] = whole
    grow: int = 0
    edit: int = 0
    drop: int = 0
    change: Callable[[Moco, Random, Record], None] = note
    loose: Callable[[Moco], list[int]] = none
    removed: Callable[[Moco, Record], None] = unnoticed


class Moco:
    """The tables of the account, by stream and then by id."""

    def __init__(
        self,
        scenario: Scenario,
        campaigns: Sequence[Campaign],
        kinds: Sequence[Kind],
        moves: Sequence[Callable[[Moco, Advance], None]] = (),
    ) -> None:
        """Make the records of a new world, kind by kind; `moves` end each of its steps."""
        self.scenario = scenario
        self.campaigns = campaigns
        self._kinds = kinds
        self._moves = moves
        self.tables: dict[str, Table] = {kind.stream: {} for kind in kinds}
        self._next = {kind.stream: kind.first_id for kind in kinds}
        for kind in kinds:
            self._fill(kind)

    def _fill(self, kind: Kind) -> None:
        rng = self.scenario.rng(f"moco.{kind.stream}")
        count = kind.count if kind.fixed else self.scenario.size(kind.count)
        oldest, newest = (self.scenario.now - timedelta(days=days) for days in kind.days)
        created = sorted(between(rng, oldest, newest) for _ in range(count))
        for moment in created:
            updated = moment if rng.random() < 0.5 else between(rng, moment, self.scenario.now)
            self._add(kind, rng, moment, updated)

    def _add(self, kind: Kind, rng: Random, created: datetime, updated: datetime) -> None:
        slot = self._slot(kind, created, updated)
        self.tables[kind.stream][slot.ident] = kind.make(self, rng, slot)

    def _slot(self, kind: Kind, created: datetime, updated: datetime) -> Slot:
        ident = self._next[kind.stream]
        self._next[kind.stream] += kind.id_step
        index = (ident - kind.first_id) // kind.id_step
        return Slot(index, ident, created, updated, kind.stamp)

    def new_slot(self, stream: str, moment: datetime) -> Slot:
        """Take the next place among the records of a stream."""
        return self._slot(self._kind(stream), moment, moment)

    def _kind(self, stream: str) -> Kind:
        return next(kind for kind in self._kinds if kind.stream == stream)

    def advance(self, step: Advance) -> None:
        """Add, change and delete records within the span of the step."""
        for kind in self._kinds:
            rng = self.scenario.rng(f"moco.{kind.stream}.advance.{step.number}")
            moments = sorted(
                between(rng, step.since, step.until) for _ in range(self._portion(kind.grow))
            )
            for moment in moments:
                self._add(kind, rng, moment, moment)
            self._change(kind, rng, step)
            self._remove(kind, rng)
        for move in self._moves:
            move(self, step)

    def _portion(self, count: int) -> int:
        return self.scenario.size(count) if count else 0

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
            kind.removed(self, self.tables[kind.stream].pop(ident))

    def touch(self, stream: str, record: Record, moment: datetime) -> None:
        """Stamp a record as changed; never back in time."""
        text = self._kind(stream).stamp(moment)
        if text <= record["updated_at"]:
            return
        record["updated_at"] = text
        if "updated_on" in record:
            record["updated_on"] = day(moment)


def short_user(user: Record) -> Record:
    """A user as other records show it."""
    return {key: user[key] for key in ("id", "firstname", "lastname")}


def some_user(moco: Moco, rng: Random) -> Record:
    """One of the users, in short form."""
    return short_user(rng.choice(list(moco.tables["users"].values())))


def some_tags(rng: Random) -> list[str]:
    """No, one or two tags."""
    return rng.sample(TAGS, rng.choice((0, 0, 1, 2)))


def some_properties(rng: Random) -> Record:
    """Custom properties as other departments of the agency use them, often none."""
    if rng.random() < 0.6:
        return {}
    return {
        "Kostenstelle": f"KST-{rng.randint(100, 299)}",
        "Kanäle": rng.sample(("Web", "Print", "Marché"), rng.randint(1, 2)),
        "Abnahme nötig": rng.choice(("0", "1")),
    }


def some_text(rng: Random, *, empty: str | None = "") -> str | None:
    """A remark, or what the entity prints when there is none."""
    return rng.choice(PHRASES) if rng.random() < 0.4 else empty
