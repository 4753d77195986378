"""How many leads arrive per second, by leads in flight, latency and journal."""

from __future__ import annotations

import itertools
import tempfile
import typing as t
from pathlib import Path

from benchmarks.lead_records import write_leads
from benchmarks.report import Section
from benchmarks.warehouse import warehouse
from benchmarks.works.leads import deliver, sandbox, target

IN_FLIGHT = (1, 4, 16, 64)
LATENCIES_MS = (0, 20, 100)
# So many that a run takes some seconds, and no more than needed.
LEADS = {1: 150, 4: 400, 16: 1000, 64: 1000}
SQLITE, POSTGRES = "SQLite", "PostgreSQL"
COLUMNS = ["journal", "latency", *(f"{number} in flight" for number in IN_FLIGHT)]
TEXT = """Leads per second, from the first arrival to the last, and in brackets the CPU time of a
lead in milliseconds, the start of the target included. Sandbox, target and database share the
machine. Each lead is committed before it is sent, and its outcome after; what waits at the same
time is one commit, so that more leads in flight need no more of them. Without TLS: the sandbox
speaks none. Run once, so that a rate is no more exact than the machine is idle."""


def measure() -> Section:
    """Measure all combinations."""
    rows = []
    with warehouse() as tables, tempfile.TemporaryDirectory() as folder:
        url = tables.url.replace("postgresql:", "postgresql+psycopg:")
        for journal, latency in itertools.product((SQLITE, POSTGRES), LATENCIES_MS):
            cells = [
                _once(Path(folder), number, latency, url if journal == POSTGRES else None)
                for number in IN_FLIGHT
            ]
            rows.append([journal, f"{latency} ms", *cells])
            print(f"  {rows[-1]}", flush=True)
    return Section("Leads per second", TEXT, COLUMNS, rows)


def _once(folder: Path, in_flight: int, latency: int, url: str | None) -> str:
    """Return the rate and the CPU time of a lead."""
    count = LEADS[in_flight]
    leads = write_leads(folder / "leads.jsonl", count)
    # A journal of its own for each run.
    schema = f"journal_{in_flight}_{latency}"
    more: dict[str, t.Any] = {}
    if url:
        more = {"journal_url": url, "journal_schema": schema, "allow_new_journal": True}
    with sandbox(latency) as box:
        result = deliver(box, leads, target(in_flight, **more))
    return f"{result.rate:.0f} ({1000 * result.cpu / count:.1f} ms)"
