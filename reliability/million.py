"""A million records through a tap into PostgreSQL: ``python -m reliability.million``.

tap-moco reads activities from the server of the benchmarks, target-postgres loads them with the
settings of meltano.yml; both are processes of their own. Their memory is looked at for every tenth
of the records: the figures are those of the first tenth and of the last.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import typing as t

import psutil
import psycopg
from target_postgres.target import TargetPostgres

from benchmarks.measure import server
from benchmarks.peers.lists import MOCO
from loaders.settings import postgres_settings
from reliability.figures import FOLDER, append, stamp
from simulation.plugins import Stage, run_pipe
from simulation.processes import TAPS
from simulation.selection import select
from simulation.services import warehouse

if t.TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.measure import Server
    from simulation.plugins import Running

RECORDS, PAGE, PARTS = 1_000_000, 100, 10
STREAM = "activities"
# In MB, between the first tenth and the last: what an allocator keeps, not what grows.
MOST_GROWTH = 30


class Memory:
    """The largest memory of both processes in each tenth of the records.

    Args:
        api: Tells how many pages were read.
        pages: How many there are.
    """

    def __init__(self, api: Server, pages: int) -> None:
        """Know nothing yet."""
        self._api, self._pages = api, pages
        self.tap, self.loader = [0.0] * PARTS, [0.0] * PARTS

    def watch(self, running: Running) -> None:
        """Look at both until the tap has ended."""
        processes = {"tap": psutil.Process(running.tap), "loader": psutil.Process(running.loader)}
        while not running.over:
            part = min(self._api.counts()[0] * PARTS // self._pages, PARTS - 1)
            for name, process in processes.items():
                held = getattr(self, name)
                held[part] = max(held[part], _resident(process))
            time.sleep(0.2)


def _resident(process: psutil.Process) -> float:
    """Return the resident memory in MB; 0 once the process has ended."""
    try:
        return float(process.memory_info().rss) / 2**20
    except psutil.NoSuchProcess:
        return 0.0


def load(records: int) -> dict[str, t.Any]:
    """Load so many records; return what it took."""
    with server() as api, warehouse() as (uri, folder):
        api.set(total=records)
        tap = {"api_url": api.url + MOCO, "api_key": "key", "rate_limits": [], "concurrency": 4}
        url = uri.replace("postgresql://", "postgresql+psycopg://")
        loader = {"sqlalchemy_url": url, "default_target_schema": "moco", **postgres_settings()}
        files = {"tap": tap, "loader": loader}
        files["catalog"] = json.loads(select(TAPS["moco"], frozenset({STREAM})))
        paths = {name: _write(folder / f"{name}.json", each) for name, each in files.items()}
        memory = Memory(api, records // PAGE)
        started = time.monotonic()
        codes = run_pipe(
            Stage(
                TAPS["moco"],
                [f"--config={paths['tap']}", f"--catalog={paths['catalog']}"],
                folder / "tap.log",
            ),
            Stage(TargetPostgres, [f"--config={paths['loader']}"], folder / "loader.log"),
            folder / "saved.jsonl",
            memory.watch,
        )
        seconds = time.monotonic() - started
        with psycopg.connect(uri) as connection:
            counted = connection.execute(
                "select count(*), count(distinct id) from moco.activities"
            ).fetchone()
    assert counted  # noqa: S101 - for the type checker
    return {
        "records": records,
        "codes": codes,
        "rows": counted[0],
        "keys": counted[1],
        "seconds": round(seconds),
        "tap MB by tenth": [round(each) for each in memory.tap],
        "loader MB by tenth": [round(each) for each in memory.loader],
    }


def _write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def is_right(told: dict[str, t.Any]) -> bool:
    """Tell whether each record is there once, and memory was flat."""
    whole = told["rows"] == told["keys"] == told["records"] and tuple(told["codes"]) == (0, 0)
    grown = [told[name][-1] - told[name][1] for name in ("tap MB by tenth", "loader MB by tenth")]
    return whole and max(grown) <= MOST_GROWTH


def main() -> int:
    """Load them; 1 means that something was lost, or memory grew."""
    parser = argparse.ArgumentParser(prog="python -m reliability.million", description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS)
    given = parser.parse_args()
    os.environ["PGTZ"] = "UTC"
    stamp()
    told = load(given.records)
    print(json.dumps(told))
    append(FOLDER / "soak.jsonl", "million", told)
    return 0 if is_right(told) else 1


if __name__ == "__main__":
    sys.exit(main())
