"""Says in a short table what a run brought, and checks it against what the sandbox served."""

from __future__ import annotations

import json
import typing as t

import psycopg
from psycopg import sql

from demo import places

if t.TYPE_CHECKING:
    import datetime as dt

    from demo.services import SandboxClient

SCHEMAS = ("moco", "ulule", "miimosa", "micropledge")


class Table(t.NamedTuple):
    """One table of the warehouse.

    Attributes:
        schema: Its schema, named like the source.
        name: Its name, that of the stream.
        rows: Number of rows.
        written: Rows that this run inserted or updated.
    """

    schema: str
    name: str
    rows: int
    written: int


def tables(uri: str, since: dt.datetime) -> list[Table]:
    """Count the rows of all tables.

    Args:
        uri: The warehouse.
        since: Start of the run, UTC.
    """
    found = []
    with psycopg.connect(uri) as connection:
        names = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_schema = any(%s) order by 1, 2",
            [list(SCHEMAS)],
        ).fetchall()
        for schema, name in names:
            query = sql.SQL(
                "select count(*), count(*) filter (where _sdc_extracted_at >= {since}) from {table}"
            ).format(since=since.replace(tzinfo=None), table=sql.Identifier(schema, name))
            row = connection.execute(query).fetchone()
            if row:
                found.append(Table(schema, name, *row))
    return found


def print_tables(found: list[Table], before: dict[str, int], served: dict[str, t.Any]) -> bool:
    """Print the tables; return whether each holds exactly the rows that were served.

    Args:
        found: The tables.
        before: Rows after the run before, by ``schema.table``.
        served: Rows that the sandbox has served so far, by API and stream.
    """
    print(f"\n{'schema':<12} {'table':<20} {'rows':>6} {'new':>6} {'changed':>8} {'served':>7}")
    right = True
    for table in found:
        new = table.rows - before.get(f"{table.schema}.{table.name}", 0)
        changed = max(table.written - new, 0)
        count = served.get(table.schema, {}).get(table.name, 0)
        mark = "" if count == table.rows else "  <- differs"
        right = right and not mark
        cells = f"{table.rows:>6} {new:>6} {changed:>8} {count:>7}{mark}"
        print(f"{table.schema:<12} {table.name:<20} {cells}")
    return right


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


def _target_summary() -> dict[str, t.Any]:
    """Return the target's own summary from the log of this run."""
    for line in reversed(places.LOG.read_text(encoding="utf-8").splitlines()):
        if "target-miimosa-leads" in line and "Run summary: " in line:
            found: dict[str, t.Any] = json.loads(line.split("Run summary: ", 1)[1])
            return found
    return {}
