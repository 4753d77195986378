"""Disturbs a tap and target-postgres again and again, lets them end, and compares the tables.

``python -m tests.kills.sequences URI URI FOLDER`` reads orders from standard input, a line of JSON
each (``api``, ``kills``, ``seed``), and answers each with a line of JSON. The databases, for the
disturbed runs and for the others, are empty. It is a process of its own because it forks, which
one with threads must not.
"""

from __future__ import annotations

import gc
import json
import os
import random
import re
import sys
import typing as t
from collections import Counter
from pathlib import Path

import psycopg
from psycopg import sql

from demo.comparison import compare, list_tables
from demo.scope import World
from sandbox.process import sandbox_process
from sandbox.world.clock import parse_moment
from simulation.disturbances import draw
from simulation.plugins import Pipeline
from simulation.processes import set_clock
from simulation.selection import CORE
from simulation.services import configure

if t.TYPE_CHECKING:
    from demo.comparison import Table
    from sandbox.process import SandboxClient
    from simulation.disturbances import Disturbance
    from simulation.plugins import Outcome, Running

# Of each sequence: while everything is read, and when the world has moved on.
FIRST, SECOND = 5, 3
# Disturbances that come too late count as none; more than so many of them in all are a mistake.
MOST_DRAWS = 4
# Signed links differ at every read.
SIGNATURE = re.compile(r"\?[^\s\"',)]*")


class Sequences:
    """Sequences of disturbed runs.

    Args:
        box: The APIs.
        disturbed: URI of the database that the disturbed runs fill.
        undisturbed: URI of the one for the others.
        folder: Takes configurations, states and logs.
    """

    def __init__(self, box: SandboxClient, disturbed: str, undisturbed: str, folder: Path) -> None:
        self._box, self._days = box, 0
        self._uris = {"disturbed": disturbed, "undisturbed": undisturbed}
        box.control("PUT", "options", {"moco_missing": [], "date": "world"})
        year = int(box.control("GET", "world/moco/purchase_budgets")["records"][-1]["year"])
        configs = configure(box, [year - 1, year])
        self._pipelines: dict[str, dict[str, Pipeline]] = {name: {} for name in self._uris}
        for name, uri in self._uris.items():
            (folder / name).mkdir()
            url = uri.replace("postgresql://", "postgresql+psycopg://")
            for api, config in configs.items():
                made = Pipeline(api, folder / name, config, url, CORE[api])
                self._pipelines[name][api] = made

    def run(self, api: str, kills: int, seed: int) -> dict[str, t.Any]:
        """Run sequences until so many disturbances have met a run; what is wrong is listed."""
        chance = random.Random(seed)
        met: list[Disturbance] = []
        told: dict[str, t.Any] = {"sequences": 0, "runs": 0, "wrong": []}
        while len(met) < kills and not told["wrong"]:
            told["sequences"] += 1
            requests = self._begin(api)
            for stage in (FIRST, SECOND):
                done: list[str] = []
                for _ in range(min(stage, kills - len(met))):
                    disturbance = draw(chance, requests)
                    outcome, hit = self._disturb(api, disturbance)
                    done.append(f"{disturbance}: {outcome.codes}")
                    met += [disturbance] * hit
                told["runs"] += len(done)
                wrong = self._end(api, told, world=stage == SECOND)
                told["wrong"] += [f"{each} after {done}" for each in wrong]
                self._advance()
            if told["runs"] > MOST_DRAWS * kills + FIRST + SECOND:
                told["wrong"].append(f"only {len(met)} of {told['runs']} disturbances met a run")
        kinds = Counter(each.kind for each in met)
        parts = Counter(" and ".join(each.parts) for each in met)
        return {**told, "kinds": kinds, "parts": parts}

    def _disturb(self, api: str, disturbance: Disturbance) -> tuple[Outcome, bool]:
        """Run, and disturb it; return how it ended, and whether there was something to disturb."""
        before = self._count(api)
        met: list[bool] = []

        def disturb(running: Running) -> None:
            met.append(disturbance.meet(running, lambda: self._count(api) - before))

        outcome = self._pipelines["disturbed"][api].run(disturb)
        return outcome, met[0]

    def _count(self, api: str) -> int:
        made: int = self._box.control("GET", "stats")[api]["requests"]
        return made

    def _advance(self) -> None:
        self._days += 1
        set_clock(parse_moment(self._box.control("POST", "advance", {"number": self._days})["now"]))

    def _begin(self, api: str) -> int:
        """Forget what was loaded, load it undisturbed, and return how many requests that took."""
        for name, uri in self._uris.items():
            with psycopg.connect(uri, autocommit=True) as connection:
                connection.execute(
                    sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(api))
                )
            self._pipelines[name][api].forget()
        outcome = self._pipelines["undisturbed"][api].run()
        if not outcome.ok:
            raise SystemExit(f"{api}: an undisturbed run ended with {outcome.codes}.")
        requests: int = outcome.summary["requests"]
        return requests

    def _end(self, api: str, told: dict[str, t.Any], *, world: bool) -> list[str]:
        """Run to the end, and say how the tables differ from the world, or from the others."""
        outcome = self._pipelines["disturbed"][api].run()
        if not outcome.ok:
            return [f"the run that was not disturbed ended with {outcome.codes}"]
        with psycopg.connect(self._uris["disturbed"]) as connection:
            tables = list_tables(connection, [api])
            told["tables"], told["rows"] = len(tables), 0
            without = [f"{table.stream} has no key" for table in tables if not table.keys]
            rows = [table.read(connection) for table in tables]
            told["rows"] = sum(map(len, rows))
            held = {table.stream: _dump(connection, table) for table in tables}
        if world:
            known = World(self._box.control, searched=False)
            found = [compare(table, each, known) for table, each in zip(tables, rows, strict=True)]
            return without + [str(difference) for difference in found if difference]
        with psycopg.connect(self._uris["undisturbed"]) as connection:
            real = {each.stream: _dump(connection, each) for each in list_tables(connection, [api])}
        return without + [
            f"{name}: {len(held.get(name, []))} rows, not the {len(real.get(name, []))} undisturbed"
            for name in sorted(held.keys() | real.keys())
            if held.get(name) != real.get(name)
        ]


def _dump(connection: psycopg.Connection, table: Table) -> list[str]:
    """Return the rows as text, in order, without the loader's own columns."""
    columns = [name for name in sorted(table.types) if not name.startswith("_sdc")]
    query = sql.SQL("select row({})::text from {} order by 1").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table.api, table.stream)
    )
    return [SIGNATURE.sub("", row) for (row,) in connection.execute(query)]


def main(disturbed: str, undisturbed: str, folder: str) -> None:
    """Answer orders until there are no more."""
    os.environ["PGTZ"] = "UTC"
    world = ("--limits=none", "--seed=7", "--scale=0.1", "--now=2026-03-01T12:00:00Z")
    with sandbox_process(*world) as box:
        set_clock(parse_moment("2026-03-01T12:00:00Z"))
        sequences = Sequences(box, disturbed, undisturbed, Path(folder))
        # What is forked has no need to look at what was there before.
        gc.collect()
        gc.freeze()
        for line in sys.stdin:
            print(json.dumps(sequences.run(**json.loads(line))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
