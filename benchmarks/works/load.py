"""From the API into a table of PostgreSQL, and again when 1 % has changed."""

from __future__ import annotations

import functools
import json
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

from benchmarks.api_pages import EVERY, STEP
from benchmarks.measure import (
    BENCH,
    HERE,
    Labelled,
    Run,
    Server,
    interleave,
    median,
    run,
    server,
    spread,
)
from benchmarks.peers.shape import moment
from benchmarks.report import Section
from benchmarks.taps import PYTHON, api_settings, select
from benchmarks.warehouse import Warehouse, warehouse
from loaders.settings import postgres_settings

if t.TYPE_CHECKING:
    from collections.abc import Callable

RECORDS = 100_000
# The last programs take long, and are there for comparison: they run once.
ROUNDS, LONG = 2, 2
STREAM = "activities"
FIRST, SECOND = "first", "1 % changed"
OURS = "**ours**: tap-moco, target-postgres"
DEFAULTS = "the same, target-postgres with its defaults"
LOOP = "loop (requests + orjson, COPY)"
# Format of its files and merge strategy; the first is what it does unasked.
DLT = {
    "dlt, its defaults": ("insert_values", "delete-insert"),
    "dlt, csv, upsert": ("csv", "upsert"),
    "dlt, parquet, upsert": ("parquet", "upsert"),
}
WALL, CPU, AGAIN = 0.6, 0.8, 0.8
COLUMNS = [
    "run", "program", "wall", "CPU", "CPU of PostgreSQL", "rows per second", "peak MB",
    "wall, CPU relative to dlt's best",
]  # fmt: skip
TEXT = f"""{RECORDS:,} activities of MOCO into a new table of a PostgreSQL on the same machine, and
once more after every hundredth of them has changed. All read incrementally by `updated_at` and
leave one row for each key, which is checked. Ours runs with the settings of `meltano.yml`. CPU is
that of all processes of a program, PostgreSQL's is told apart; peak memory is that of its largest
process. dlt flattens objects into columns where the others have jsonb, and its best is the best of
its rows in each figure. PyAirbyte reads everything again in the second run: its state was not taken
up here."""


@dataclass
class Program:
    """A program that loads a list.

    Attributes:
        name: As the table calls it.
        command: Returns its command line, given a folder that is empty before its first run.
    """

    name: str
    command: Callable[[Path], list[str]]


def measure() -> Section:
    """Measure all programs."""
    with server() as api, warehouse() as tables, tempfile.TemporaryDirectory() as folder:
        labelled: list[Labelled] = []
        for program in _programs(api, tables):
            home = Path(folder) / str(len(labelled))
            load = functools.partial(_load, api, tables, program, home)
            labelled += [
                (f"{program.name}, {which}", functools.partial(load, which))
                for which in (FIRST, SECOND)
            ]
        results = list(interleave(labelled[: -2 * LONG], ROUNDS).values())
        results += interleave(labelled[-2 * LONG :], 1).values()
        names = [program.name for program in _programs(api, tables)]
    runs = {
        FIRST: dict(zip(names, results[::2], strict=True)),
        SECOND: dict(zip(names, results[1::2], strict=True)),
    }
    rows = [
        [which, name, *_cells(which, name, found)]
        for which, found in runs.items()
        for name in found
    ]
    return Section(f"{RECORDS:,} activities into PostgreSQL", TEXT, COLUMNS, rows, _summary(runs))


def _programs(api: Server, tables: Warehouse) -> list[Program]:
    scripts = HERE / "peers"
    dlt = str(BENCH / "dlt" / "bin" / "python")

    def loop(folder: Path) -> list[str]:
        script, state = str(scripts / "copy_loop.py"), str(folder / "state.json")
        return [PYTHON, script, api.url, tables.url, STREAM, state]

    def airbyte(folder: Path) -> list[str]:
        python, script = BENCH / "pyairbyte" / "bin" / "python", scripts / "pyairbyte.py"
        return [str(python), str(script), api.url, tables.url, STREAM, str(folder)]

    def load_dlt(folder: Path, options: tuple[str, str]) -> list[str]:
        script = str(scripts / "dlt_load.py")
        return [dlt, script, api.url, tables.url, STREAM, str(folder), *options]

    return [
        Program(LOOP, loop),
        Program(OURS, functools.partial(_pipeline, api, tables, postgres_settings())),
        *[
            Program(name, functools.partial(load_dlt, options=options))
            for name, options in DLT.items()
        ],
        Program("PyAirbyte", airbyte),
        Program(DEFAULTS, functools.partial(_pipeline, api, tables, {})),
    ]


def _pipeline(
    api: Server, tables: Warehouse, settings: dict[str, t.Any], folder: Path
) -> list[str]:
    """Return the pipeline as a shell has it, the STATE of the loader kept for the next run."""
    tap, loader, state = (folder / f"{name}.json" for name in ("tap", "loader", "state"))
    catalog = tap.with_suffix(".catalog.json")
    if not tap.exists():
        tap.write_text(json.dumps(api_settings("tap_moco", api.url, 4)), encoding="utf-8")
        select("tap_moco", tap, [STREAM])
        url = tables.url.replace("postgresql:", "postgresql+psycopg:")
        there = {"sqlalchemy_url": url, "default_target_schema": STREAM}
        loader.write_text(json.dumps({**settings, **there}), encoding="utf-8")
    known = f"--state {state}" if state.exists() else ""
    read = f"{PYTHON} -m tap_moco --config {tap} --catalog {catalog} {known}"
    load = f"{BENCH / 'singer' / 'bin' / 'target-postgres'} --config {loader}"
    return ["/bin/bash", "-o", "pipefail", "-c",
            f"{read} | {load} | tail -n 1 > {state}.new && mv {state}.new {state}"]  # fmt: skip


def _load(api: Server, tables: Warehouse, program: Program, home: Path, which: str) -> Run:
    """Load once; see that every key is there once, and what has changed."""
    if which == FIRST:
        tables.drop(STREAM)
        for file in [*home.rglob("*")][::-1]:
            file.rmdir() if file.is_dir() else file.unlink()
        home.mkdir(exist_ok=True)
    api.set(total=RECORDS, changed=which == SECOND)
    command = program.command(home)
    before = tables.cpu()
    result = run(command)
    result.server_cpu = tables.cpu() - before
    changed = RECORDS // EVERY if which == SECOND else 0
    found = tables.count(STREAM, STREAM, moment(RECORDS * STEP))
    if result.code or found != (RECORDS, RECORDS, changed):
        raise SystemExit(f"{program.name}, {which}: rows, keys and changed rows are {found}.")
    return result


def _ratio(runs: list[Run], found: dict[str, list[Run]], of: str) -> float:
    """Return the median ratio to dlt, round by round, to the variant that is best in a figure."""
    best = min((found[name] for name in DLT), key=lambda each: median(getattr(r, of) for r in each))
    return median(getattr(a, of) / getattr(b, of) for a, b in zip(runs, best, strict=False))


def _cells(which: str, name: str, found: dict[str, list[Run]]) -> list[str]:
    runs = found[name]
    rows = RECORDS if which == FIRST else RECORDS // EVERY
    return [
        spread([each.wall for each in runs]),
        spread([each.cpu for each in runs]),
        f"{median(each.server_cpu for each in runs):.1f}",
        f"{rows / median(each.wall for each in runs):,.0f}",
        f"{median(each.peak for each in runs):.0f}",
        f"{_ratio(runs, found, 'wall'):.2f}, {_ratio(runs, found, 'cpu'):.2f}",
    ]


def _summary(runs: dict[str, dict[str, list[Run]]]) -> list[tuple[str, str, str, bool]]:
    first, again = (
        [_ratio(found[OURS], found, of) for of in ("wall", "cpu")] for found in runs.values()
    )
    return [
        (f"{RECORDS:,} activities into PostgreSQL", f"wall ≤ {WALL}, CPU ≤ {CPU} of dlt's best",
         f"{first[0]:.2f}, {first[1]:.2f}", first[0] <= WALL and first[1] <= CPU),
        ("the same again, 1 % changed", f"wall and CPU ≤ {AGAIN} of dlt's best",
         f"{again[0]:.2f}, {again[1]:.2f}", max(again) <= AGAIN),
    ]  # fmt: skip
