"""What the account needs to know about a kind of record to make it and to move it on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.wire import Record
from sandbox.world.clock import whole
from sandbox.world.words import PHRASES, TAGS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from random import Random

    from sandbox.world.moco import Moco

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


@dataclass(frozen=True)
class Kind:
    """One kind of record. Counts are those at scale 1, `grow`, `edit`, `drop` per advance.

    `loose` names the records that may be deleted because nothing refers to them.
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
