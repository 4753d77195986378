"""Command line of the simulation: `python -m simulation --days 14`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
import typing as t

import psycopg

from demo.comparison import compare, list_tables
from demo.scope import World
from sandbox.process import sandbox_process
from sandbox.world.clock import parse_moment
from simulation.days import Fault, faults_of
from simulation.delays import Delays
from simulation.plugins import Pipeline
from simulation.processes import TAPS, set_clock
from simulation.selection import CORE
from simulation.services import configure, warehouse

if t.TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from pathlib import Path
    from types import FrameType

    from demo.comparison import Difference
    from sandbox.process import SandboxClient

ATTEMPTS = 2
"""How often a pipeline is run on a day before it counts as failed."""


class Simulation:
    """An agency's days.

    Args:
        box: The APIs.
        uri: Address of the warehouse.
        folder: Takes configurations, states and logs.
        now: The moment of the first day.
        apis: Names of the APIs that are read.
        core: Whether only the streams of money and hours are read.
    """

    def __init__(
        self,
        box: SandboxClient,
        uri: str,
        folder: Path,
        now: datetime,
        apis: Collection[str],
        *,
        core: bool,
    ) -> None:
        """Make a pipeline of each tap."""
        self._box = box
        self._uri = uri
        self._now = now
        self._delays = Delays()
        # Bookmarks, and what is read again after some days, follow the server's clock.
        box.control("PUT", "options", {"moco_missing": [], "date": "world"})
        year = int(box.control("GET", "world/moco/purchase_budgets")["records"][-1]["year"])
        database = uri.replace("postgresql://", "postgresql+psycopg://")
        self.pipelines = [
            Pipeline(api, folder, config, database, CORE[api] if core else None)
            for api, config in configure(box, [year - 1, year]).items()
            if api in apis
        ]

    def live(self, day: int) -> dict[str, t.Any]:
        """Let a day pass, load everything, and compare.

        Args:
            day: Its number; on day 0 the world is as it was made.
        """
        started = time.monotonic()
        if day:
            self._now = parse_moment(self._box.control("POST", "advance", {"number": day})["now"])
        set_clock(self._now)
        faults = faults_of(day)
        runs = {
            pipeline.api: self._load(pipeline, faults.get(pipeline.api, []))
            for pipeline in self.pipelines
        }
        tables, rows, differences = self._compare()
        return {
            "day": day,
            "faults": [f"{api} {each['kind']}" for api, found in faults.items() for each in found],
            "runs": runs,
            "tables": tables,
            "rows": rows,
            "differences": [str(difference) for difference in differences if difference],
            "late": len(self._delays),
            "overdue": self._delays.overdue,
            "seconds": round(time.monotonic() - started, 1),
        }

    def _load(self, pipeline: Pipeline, faults: list[Fault]) -> list[dict[str, t.Any]]:
        """Run a pipeline, and again if it failed: by then the API is well again."""
        for fault in faults:
            self._box.control("POST", "faults", fault)
        runs: list[dict[str, t.Any]] = []
        while len(runs) < ATTEMPTS and not (runs and runs[-1]["codes"] == (0, 0)):
            outcome = pipeline.run()
            runs.append({"codes": outcome.codes, "requests": outcome.summary.get("requests")})
            self._box.control("DELETE", "faults")
        return runs

    def _compare(self) -> tuple[int, int, list[Difference]]:
        world = World(self._box.control, searched=False)
        with psycopg.connect(self._uri) as connection:
            tables = list_tables(connection, list(TAPS))
            rows = [table.read(connection) for table in tables]
        found = [compare(table, held, world) for table, held in zip(tables, rows, strict=True)]
        self._delays.note(found, self._now)
        return len(tables), sum(map(len, rows)), found


def show(day: dict[str, t.Any]) -> None:
    """Print a day for people."""
    requests_made = {api: [run["requests"] for run in runs] for api, runs in day["runs"].items()}
    print(
        f"day {day['day']:>2}: {day['tables']} tables, {day['rows']} rows, {day['seconds']} s; "
        f"requests {requests_made}; faults: {', '.join(day['faults']) or 'none'}",
        flush=True,
    )
    if day["late"]:
        print(f"   {day['late']} values that moved no counter will come with refresh_days")
    for name in day["overdue"]:
        print(f"   overdue: {name}")
    for difference in day["differences"]:
        print(f"   differs: {difference}", flush=True)


def is_right(day: dict[str, t.Any]) -> bool:
    """Whether every pipeline came to its end and every table is as the world."""
    ended = all(tuple(runs[-1]["codes"]) == (0, 0) for runs in day["runs"].values())
    return ended and not day["differences"] and not day["overdue"]


def _stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise SystemExit(128 + signum)


def main() -> int:
    """Simulate some days; 1 means that a table was not as the world, or a pipeline failed."""
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scale", type=float, default=0.3)
    parser.add_argument("--now", default="2026-03-01T12:00:00Z", help="moment of the first day")
    parser.add_argument("--api", choices=TAPS, action="append", help="only this; again for more")
    parser.add_argument("--core", action="store_true", help="only the streams of money and hours")
    parser.add_argument("--json", action="store_true", help="one line of JSON per day")
    given = parser.parse_args()
    # Loaders fill columns of times, which have no zone, in that of their session.
    os.environ["PGTZ"] = "UTC"
    right = True
    # Whatever ends us, what we have started is stopped on the way out.
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _stop)
    world = [f"--{name}={getattr(given, name)}" for name in ("seed", "scale", "now")]
    with sandbox_process("--limits=none", *world) as box, warehouse() as (uri, folder):
        now, apis = parse_moment(given.now), given.api or list(TAPS)
        simulation = Simulation(box, uri, folder, now, apis, core=given.core)
        for number in range(given.days + 1):
            day = simulation.live(number)
            right = right and is_right(day)
            if given.json:
                print(json.dumps(day), flush=True)
            else:
                show(day)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
