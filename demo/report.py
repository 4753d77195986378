"""Says in a short table what a run brought, and checks it against what is in the world."""

from __future__ import annotations

import json
import typing as t
from collections import Counter

import psycopg

from demo import places
from demo.comparison import compare, list_tables

if t.TYPE_CHECKING:
    import datetime as dt

    from demo.comparison import Difference
    from demo.scope import World
    from sandbox.process import SandboxClient

SCHEMAS = ("moco", "ulule", "miimosa", "micropledge")


class Loaded(t.NamedTuple):
    """What a run left in a table.

    Attributes:
        schema: Its schema, named like the source.
        name: Its name, that of the stream.
        keys: Keys of the rows that are there and not marked as deleted.
        written: Rows that this run inserted or updated.
        difference: How they differ from the world.
    """

    schema: str
    name: str
    keys: list[str]
    written: int
    difference: Difference


def tables(uri: str, since: dt.datetime, world: World) -> list[Loaded]:
    """Compare all tables with the world.

    Args:
        uri: The warehouse.
        since: Start of the run, UTC.
        world: What is there.
    """
    found = []
    with psycopg.connect(uri) as connection:
        for table in list_tables(connection, list(SCHEMAS)):
            rows = table.read(connection)
            written = sum(row["_sdc_extracted_at"] >= since.replace(tzinfo=None) for row in rows)
            keys = sorted(map(table.key, rows))
            found.append(
                Loaded(table.api, table.stream, keys, written, compare(table, rows, world))
            )
    return found


def print_tables(found: list[Loaded], before: dict[str, list[str]]) -> bool:
    """Print the tables; return whether each holds exactly the rows of the world.

    Args:
        found: The tables.
        before: Keys after the run before, by ``schema.table``.
    """
    titles = ("rows", "new", "changed", "gone")
    print(f"\n{'schema':<12} {'table':<30}" + "".join(f"{title:>8}" for title in titles))
    for table in found:
        old, keys = set(before.get(f"{table.schema}.{table.name}", [])), set(table.keys)
        new = len(keys - old)
        numbers = (len(keys), new, max(table.written - new, 0), len(old - keys))
        cells = "".join(f"{number:>8}" for number in numbers)
        mark = "  <- differs" if table.difference else ""
        print(f"{table.schema:<12} {table.name:<30}{cells}{mark}")
    wrong = [table.difference for table in found if table.difference]
    for difference in wrong:
        print(f"Not as in the world: {difference}")
    late = sum(len(table.difference.late) for table in found)
    if late:
        print(f"{late} values moved no counter of their project: refresh_days finds them.")
    return not wrong


def print_leads(box: SandboxClient) -> bool:
    """Print what became of the leads; return whether each arrived exactly once."""
    summary = _target_summary()
    leads = box.control("GET", "leads")
    twice = sum(1 for lead in leads if lead["times"] > 1)
    print(
        f"\nleads: {summary.get('created', 0)} sent, {summary.get('skipped', 0)} known already, "
        f"{summary.get('rejected', 0)} rejected, {summary.get('unknown', 0)} unknown; "
        f"at MiiMOSA: {len(leads)}, {twice} of them twice"
    )
    return twice == 0 and not summary.get("unknown")


def print_requests(box: SandboxClient) -> bool:
    """Print the requests made; return whether none was refused."""
    stats = box.control("GET", "stats")
    print("\nrequests made and refused:")
    for api, counts in stats.items():
        print(f"  {api:<12} {counts['requests']:>5} {counts['refused']:>5}")
    return not any(counts["refused"] for counts in stats.values())


def print_models() -> bool:
    """Print how many models were built and tests passed; return whether all did."""
    path = places.DBT / "target" / "run_results.json"
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    ends = Counter(result["status"] for result in results)
    print(
        f"\nmodels: {ends['success']} built, {ends['pass']} tests passed, {ends['warn']} warnings, "
        f"{len(results) - ends['success'] - ends['pass'] - ends['warn']} failed"
    )
    return ends["success"] + ends["pass"] == len(results)


def _target_summary() -> dict[str, t.Any]:
    """Return the target's own summary from the log of this run."""
    for line in reversed(places.LOG.read_text(encoding="utf-8").splitlines()):
        if "target-miimosa-leads" in line and "Run summary: " in line:
            found: dict[str, t.Any] = json.loads(line.split("Run summary: ", 1)[1])
            return found
    return {}
