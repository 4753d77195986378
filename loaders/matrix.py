"""Every tap into every loader, twice, with the world moved on in between."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from loaders.compare import find_differences, tabulate
from loaders.taps import make_config, run_tap, write_files
from loaders.targets import LOADERS, Flaw, Loader, Place
from loaders.world import list_world
from sandbox.testing import running_sandbox

if t.TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from loaders.compare import Table
    from loaders.taps import Record
    from sandbox.testing import RunningSandbox

RUNS = (1, 2)
SCALE = 0.1


@dataclass
class Outcome:
    """What came of one tap into one loader.

    Attributes:
        package: The loader.
        tap: The tap.
        faults: For each run, in what the tables differ from the world, or why nothing was loaded.
        rows: For each run, how many rows the world had.
        flawed: Whether the tables equal the world only as the loader's flaw shows it.
    """

    package: str
    tap: str
    faults: dict[int, list[str]] = field(default_factory=dict)
    rows: dict[int, int] = field(default_factory=dict)
    flawed: bool = False


@dataclass
class Cell:
    """One loader on its way through both runs of a tap."""

    loader: Loader
    place: Place
    outcome: Outcome
    state: Record | None = None


def start_world() -> datetime:
    """Return the moment at which a world begins, just before the present and in the same year."""
    now = datetime.now(timezone.utc)
    new_year = now.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    return max(now - timedelta(seconds=30), new_year)


def move_world(box: RunningSandbox) -> None:
    """Move the world to the present, or a second on if it is there; it stays in its year."""
    present, world_now = datetime.now(timezone.utc), box.world.now
    if present.year > world_now.year:
        present = world_now.replace(month=12, day=31, hour=23, minute=59, second=59)
    now = max(present, world_now + timedelta(seconds=1))
    box.control("POST", "/advance", {"now": now.strftime("%Y-%m-%dT%H:%M:%SZ")})


def try_tap(
    tap: str,
    folder: Path,
    database: str,
    *,
    streams: Iterable[str] = (),
    loaders: Iterable[Loader] = LOADERS,
    scale: float = SCALE,
) -> list[Outcome]:
    """Load streams of a tap with some loaders, twice, and compare.

    Each loader gets the bytes that the tap has written: the first time without a state, the second
    time with the one that this loader has saved. Loaders that saved the same are served by one run.

    Args:
        tap: Name of the tap.
        folder: Takes all files.
        database: URI of an empty PostgreSQL database.
        streams: The streams to read; all by default.
        loaders: The loaders.
        scale: Size of the sandbox's world.
    """
    cells = [_make_cell(loader, tap, folder, database) for loader in loaders]
    with running_sandbox(scale=scale, now=start_world()) as box:
        box.control("PUT", "/options", {"moco_missing": []})
        write_files(tap, make_config(tap, box), folder, streams)
        before: dict[str, Table] = {}
        schemas: dict[str, Record] = {}
        for number in RUNS:
            outputs: dict[str, bytes] = {}
            for cell in cells:
                asked = json.dumps(cell.state, sort_keys=True)
                if asked not in outputs:
                    outputs[asked] = run_tap(tap, folder, state=cell.state)
                    schemas |= _list_schemas(outputs[asked])
                _load(cell, outputs[asked], number)
            rows = list_world(tap, box, schemas, before)
            world = {stream: tabulate(rows[stream], schemas[stream])[0] for stream in schemas}
            for cell in cells:
                _compare(cell, number, schemas, world, before)
            before = before or world
            if number == 1:
                move_world(box)
    return [cell.outcome for cell in cells]


def _make_cell(loader: Loader, tap: str, folder: Path, database: str) -> Cell:
    place = Place(folder / loader.package, database, loader.package.replace("-", "_"))
    place.folder.mkdir()
    return Cell(loader, place, Outcome(loader.package, tap))


def _list_schemas(messages: bytes) -> dict[str, Record]:
    found = (json.loads(line) for line in messages.splitlines() if b'"SCHEMA"' in line[:32])
    return {message["stream"]: message for message in found}


def _load(cell: Cell, messages: bytes, number: int) -> None:
    loaded = cell.loader.load(messages, cell.place, number)
    faults = cell.outcome.faults.setdefault(number, [])
    if loaded.error:
        faults.append(f"failed: {loaded.error}")
    elif not loaded.states:
        faults.append("saved no STATE")
    if loaded.states:
        cell.state = loaded.states[-1]


def _compare(
    cell: Cell,
    number: int,
    schemas: dict[str, Record],
    world: dict[str, Table],
    before: dict[str, Table],
) -> None:
    loaded = cell.loader.read(cell.place, schemas)
    outcome, flaw = cell.outcome, cell.loader.flaw
    outcome.rows[number] = sum(map(len, world.values()))
    tables = {}
    for stream, message in schemas.items():
        tables[stream], again = tabulate(loaded.get(stream, []), message)
        if again and cell.loader.keyed:
            outcome.faults[number].append(f"{stream}: {again} rows twice")
    faults = _list_differences(tables, world, before)
    if faults and flaw:
        seen = [_with_flaw(each, flaw) for each in (world, before)]
        if remaining := _list_differences(tables, *seen):
            faults = remaining
        else:
            faults, outcome.flawed = [], True
    outcome.faults[number] += faults


def _list_differences(
    tables: dict[str, Table], world: dict[str, Table], before: dict[str, Table]
) -> list[str]:
    return [
        fault
        for stream, table in tables.items()
        for fault in find_differences(stream, table, world[stream], before.get(stream, {}))
    ]


def _with_flaw(world: dict[str, Table], flaw: Flaw) -> dict[str, Table]:
    def shown(value: t.Any) -> t.Any:  # noqa: ANN401 - canonical
        return flaw.apply(value) if isinstance(value, str) else value

    return {
        stream: {
            key: {name: shown(value) for name, value in row.items()} for key, row in table.items()
        }
        for stream, table in world.items()
    }
