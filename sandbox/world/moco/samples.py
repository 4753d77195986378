"""Records made after samples: the many small lists of the account.

`samples/*.json` hold, per stream, one or more records of the documented shape. Text that begins
with `@` stands for what is made up anew for each record:

| text | becomes |
|---|---|
| `@user`, `@user2` | somebody of the staff in short form, the same within a record |
| `@project:id,name` | these keys of a project (or company, deal, invoice, offer, purchase, task) |
| `@invoice.id` | one value of it |
| `@day`, `@day+3` | the day of creation, or one relative to it |
| `@stamp` | the moment of the last change |
| `@properties`, `@tags`, `@email` | custom properties, tags, an address |
| `@sub` | an id that no other record of the stream has |
| `@file:name` | kept: a link to a file, signed when it is served |
"""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sandbox.world.clock import day
from sandbox.world.moco.account import Kind, Slot, some_properties, some_tags
from sandbox.world.moco.references import loose, rename
from sandbox.world.moco.work import touch_invoice

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from sandbox.wire import Record
    from sandbox.world.moco.account import Moco

FOLDER = Path(__file__).parent / "samples"
AREAS = ("account", "people", "purchases", "projects", "billing")
TABLES = {
    "user": "users",
    "project": "projects",
    "company": "companies",
    "deal": "deals",
    "invoice": "invoices",
    "offer": "offers",
    "purchase": "purchases",
}
REFERENCE = re.compile(r"@(?P<table>[a-z]+)(?P<other>\d?)(?::(?P<keys>.+)|\.(?P<key>.+))?")
DAY = re.compile(r"@day(?P<days>[+-]\d+)?")
TEXTS = ("comment", "description", "note", "info", "text", "title", "name")


@dataclass
class Filler:
    """Fills one sample; what it refers to stays the same within the record."""

    moco: Moco
    rng: Random
    slot: Slot
    chosen: dict[str, Record] = field(default_factory=dict)
    parts: int = 0

    def fill(self, value: t.Any) -> t.Any:  # noqa: ANN401 - JSON
        """Return the value with everything made up that begins with @."""
        if isinstance(value, dict):
            return {key: self.fill(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self.fill(part) for part in value]
        if isinstance(value, str) and value.startswith("@") and not value.startswith("@file:"):
            return self._make(value)
        return value

    def _make(self, text: str) -> t.Any:  # noqa: ANN401 - JSON
        plain: dict[str, Callable[[], t.Any]] = {
            "@properties": lambda: some_properties(self.rng),
            "@tags": lambda: some_tags(self.rng),
            "@email": lambda: f"absender.{self.slot.ident}@example.org",
            "@stamp": lambda: self.slot.times()["updated_at"],
            "@sub": self._number,
        }
        if text in plain:
            return plain[text]()
        if found := DAY.fullmatch(text):
            return day(self.slot.created + timedelta(days=int(found["days"] or 0)))
        return self._refer(text)

    def _number(self) -> int:
        self.parts += 1
        return self.slot.ident * 10 + self.parts

    def _refer(self, text: str) -> t.Any:  # noqa: ANN401 - JSON
        found = REFERENCE.fullmatch(text)
        if not found:
            raise ValueError(f"{text} is not understood")
        row = self._choose(found["table"], found["other"])
        if found["key"]:
            return row[found["key"]]
        keys = (found["keys"] or "id,firstname,lastname").split(",")
        return {key: self._value(row, key) for key in keys}

    def _choose(self, table: str, other: str) -> Record:
        if table + other not in self.chosen:
            if table == "task":
                rows = self._choose("project", "")["tasks"]
            else:
                rows = list(self.moco.tables[TABLES[table]].values())
            self.chosen[table + other] = self.rng.choice(rows)
        return self.chosen[table + other]

    def _value(self, row: Record, key: str) -> t.Any:  # noqa: ANN401 - JSON
        if key in row:
            return row[key]
        made: dict[str, Callable[[], t.Any]] = {
            "customer_name": lambda: (row.get("customer") or row.get("company") or {}).get("name"),
            "company": lambda: dict(row["customer"]),
            "name": lambda: row["lastname"],
            "iban": lambda: None,
            "color": lambda: "#3a7f5b",
            "dunning_level": lambda: 1,
        }
        return made[key]()


def change_sample(moco: Moco, rng: Random, record: Record) -> None:
    """Change a text of the record, else a flag; what it belongs to changes too."""
    texts = [key for key in TEXTS if isinstance(record.get(key), str)]
    if texts:
        key = texts[0]
        record[key] = f"{str(record[key]).partition(' (')[0]} ({rng.randrange(10_000)})"
    for key, value in record.items():
        if not texts and isinstance(value, bool):
            record[key] = not value
            break
    touch_owner(moco, record)


def touch_owner(moco: Moco, record: Record) -> None:
    """Let what an invoice bills, and what a purchase is paid by, change it. Assumed."""
    touch_invoice(moco, record)
    purchase = moco.tables["purchases"].get((record.get("purchase") or {}).get("id", 0))
    if purchase is not None:
        moco.touch("purchases", purchase, moco.scenario.now)


def sample_kind(stream: str, definition: Record) -> Kind:
    """Return the kind of records that a stream's samples describe."""

    def change(moco: Moco, rng: Random, record: Record) -> None:
        change_sample(moco, rng, record)
        rename(moco, stream, record, moco.scenario.now)

    def make(moco: Moco, rng: Random, slot: Slot) -> Record:
        samples = definition["records"]
        filled = Filler(moco, rng, slot).fill(samples[slot.index % len(samples)])
        record = {"id": slot.ident, **filled, **slot.times()}
        if moco.scenario.advances:
            touch_owner(moco, record)
        return record

    return Kind(
        stream,
        definition["count"],
        definition["first_id"],
        make,
        fixed=definition["count"] < 10,
        days=(600, 10),
        grow=1,
        edit=1,
        drop=1,
        change=change,
        loose=lambda moco: loose(moco, stream),
        removed=touch_owner,
    )


KINDS = tuple(
    sample_kind(stream, definition)
    for area in AREAS
    for stream, definition in json.loads(
        (FOLDER / f"{area}.json").read_text(encoding="utf-8")
    ).items()
)
