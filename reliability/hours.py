"""Hours of one API under its limit: the world moves, and the warehouse must be as it is.

Some hours have a fault, some a signal in the midst of the run; what fails is run again at once, out
of the same hour's budget. At the end of each hour every table is compared with the world.
"""

from __future__ import annotations

import random
import typing as t
from collections import Counter
from datetime import timedelta

import psycopg

from demo.comparison import compare, list_tables
from demo.scope import World
from sandbox.process import sandbox_process
from sandbox.world.clock import parse_moment
from simulation.days import FATAL, MENDED
from simulation.delays import Delays
from simulation.disturbances import draw
from simulation.plugins import Pipeline
from simulation.processes import set_clock
from simulation.selection import CORE
from simulation.services import configure

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sandbox.process import SandboxClient
    from simulation.disturbances import Disturbance
    from simulation.plugins import Outcome, Running

LIMIT = {"requests": 500, "seconds": 3600}
START = "2026-03-01T12:00:00Z"
FAULTY, DISTURBED = 0.25, 0.25
"""Which share of the hours has a fault, and which a signal."""
ATTEMPTS = 3


def world_process(scale: float) -> AbstractContextManager[SandboxClient]:
    """Run a sandbox whose world is the same each time."""
    return sandbox_process("--limits=none", "--seed=7", f"--scale={scale}", f"--now={START}")


def pass_hours(box: SandboxClient, hours: int, first: int = 1) -> Iterator[int]:
    """Let hours pass: the world moves on, and the limits of the one before are over.

    Args:
        box: The APIs.
        hours: The last one.
        first: The one that follows on hour 0; those between them pass without a run.

    Yields:
        The number of the hour; at first, 0, the world is as it was made.
    """
    limits = {api: [LIMIT] for api in ("moco", "ulule", "miimosa", "micropledge")}
    box.control("PUT", "options", {"moco_missing": [], "date": "world", "limits": limits})
    for hour in range(hours + 1):
        now = parse_moment(START) + timedelta(hours=hour)
        if hour:
            box.control("POST", "advance", {"now": now.isoformat()})
        if 0 < hour < first:
            continue
        box.control("POST", "reset")
        set_clock(now)
        yield hour


class Hours:
    """The hours of a tap into the warehouse.

    Args:
        api: What it reads.
        box: The APIs.
        uri: Of the warehouse.
        folder: Takes configurations, states and logs.
    """

    def __init__(self, api: str, box: SandboxClient, uri: str, folder: Path) -> None:
        """Begin with an empty warehouse."""
        self._api, self._box, self._uri = api, box, uri
        self._budget = folder / f"{api}-budget"
        year = int(box.control("GET", "world/moco/purchase_budgets")["records"][-1]["year"])
        config = configure(box, [year - 1, year])[api] | {
            "rate_limits": [LIMIT],
            "on_rate_limit": "stop",
            "max_wait": 0,
            "budget_path": str(self._budget),
        }
        database = uri.replace("postgresql://", "postgresql+psycopg://")
        self._pipeline = Pipeline(api, folder, config, database, CORE[api])
        self._faults = [each for each in (*MENDED, *FATAL) if each["api"] == api]
        self._requests = 1
        self.runs = self.refused = self.most = self.compared = self.rows = 0
        self.kinds: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.differences: list[str] = []
        self.delays = Delays()

    def live(self, hour: int, chance: random.Random) -> None:
        """Load what is new, whatever goes wrong, and compare."""
        self._budget.unlink(missing_ok=True)
        disturbance = None
        if hour and self._faults and chance.random() < FAULTY:
            fault = chance.choice(self._faults)
            self._box.control("POST", "faults", fault)
            self.faults[fault["kind"]] += 1
        if hour and chance.random() < DISTURBED:
            disturbance = draw(chance, self._requests)
        outcome = self._run(disturbance)
        whole = outcome.ok and not (disturbance and disturbance.ends)
        for _ in range(ATTEMPTS - 1):
            self._box.control("DELETE", "faults")
            if whole:
                break
            outcome = self._run(None)
            whole = outcome.ok
        stats = self._box.control("GET", "stats")[self._api]
        self.most = max(self.most, stats["requests"])
        self.refused += stats["refused"]
        if not outcome.ok:
            self.differences.append(f"hour {hour}: ended with {outcome.codes}")
        self._compare(hour)

    def _run(self, disturbance: Disturbance | None) -> Outcome:
        self.runs += 1
        if disturbance is None:
            outcome = self._pipeline.run()
            self._requests = max(1, outcome.summary.get("requests") or 1)
            return outcome
        before, met = self._count(), []

        def disturb(running: Running) -> None:
            met.append(disturbance.meet(running, lambda: self._count() - before))

        outcome = self._pipeline.run(disturb)
        self.kinds[disturbance.kind] += met[0]
        return outcome

    def _count(self) -> int:
        made: int = self._box.control("GET", "stats")[self._api]["requests"]
        return made

    def _compare(self, hour: int) -> None:
        world = World(self._box.control, searched=False)
        with psycopg.connect(self._uri) as connection:
            tables = list_tables(connection, [self._api])
            rows = [table.read(connection) for table in tables]
        found = [compare(table, held, world) for table, held in zip(tables, rows, strict=True)]
        wrong = [f"hour {hour}: {each}" for each in found if each]
        for each in wrong:
            print(f"{self._api}: {each}", flush=True)
        self.differences += wrong
        self.delays.note(found, parse_moment(START) + timedelta(hours=hour))
        self.differences += [f"hour {hour}: overdue: {each}" for each in self.delays.overdue]
        self.compared += len(tables)
        self.rows = sum(map(len, rows))


def live(
    api: str, uri: str, folder: Path, hours: range, seed: int, scale: float
) -> dict[str, t.Any]:
    """Live the hours of an API; return what was counted, and every difference."""
    with world_process(scale) as box:
        tap = Hours(api, box, uri, folder)
        for hour in pass_hours(box, hours[-1], hours[0]):
            # Of each hour its own: it is the same whichever is the first.
            tap.live(hour, random.Random(f"{seed} {api} {hour}"))
    return {
        "hours": len(hours),
        "runs": tap.runs,
        "requests in the fullest hour": tap.most,
        "refused": tap.refused,
        "signals": tap.kinds,
        "faults": tap.faults,
        "tables compared": tap.compared,
        "rows at the end": tap.rows,
        "late as documented": tap.delays.met,
        "hours of the latest": round(tap.delays.longest / timedelta(hours=1)),
        "differences": tap.differences,
    }
