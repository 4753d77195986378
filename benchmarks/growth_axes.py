"""What the work `growth` makes larger, and what it looks at meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import typing as t
from contextlib import contextmanager
from pathlib import Path

from benchmarks.journals import TARGET, make_dry, make_journal
from benchmarks.lead_records import write_leads
from benchmarks.measure import BENCH, HERE, OURS, Run, run, run_counting, server
from benchmarks.peers.lists import MOCO, ULULE
from benchmarks.taps import PYTHON, select

if t.TYPE_CHECKING:
    from collections.abc import Iterator

JOURNAL = str(BENCH / "singer" / "bin" / "target-miimosa-leads-journal")
CONCURRENCY = 4
RECORDS = 20_000
PAGES = 20
RUNS = 1_000
LOOKED_UP = 1_000


def read_parents(count: int) -> Run:
    """Read parents with two children each."""
    with server() as api:
        api.set(parents=count, children=2)
        return run_counting(OURS.command("incremental_children", api.url, CONCURRENCY))


def read_records(count: int) -> Run:
    """Read records of 1 KB."""
    with server() as api:
        api.set(total=count, rising=True)
        return run(OURS.command("records", api.url, CONCURRENCY))


def read_with_concurrency(concurrency: int) -> Run:
    """Read records with so many workers."""
    with server() as api:
        api.set(total=RECORDS)
        return run(OURS.command("records", api.url, concurrency))


def read_with_latency(milliseconds: int) -> Run:
    """Read pages that take so long."""
    with server() as api:
        api.set(total=PAGES * 100, latency_ms=milliseconds)
        return run(OURS.command("records", api.url, CONCURRENCY))


def read_custom_fields(count: int) -> Run:
    """Read projects of MOCO with so many custom fields, each a column."""
    settings = {"custom_properties": "columns", "api_key": "key"}
    return _run_tap("tap_moco", ("projects",), settings, fields=count)


def read_search(count: int) -> Run:
    """Read so many projects of Ulule that a search finds, and what it says of them."""
    settings = {"auth_method": "anonymous", "search_query": "all"}
    return _run_tap("tap_ulule", ("projects", "search_projects"), settings, projects=count)


def _run_tap(
    package: str,
    streams: tuple[str, ...],
    settings: dict[str, str],
    *,
    fields: int = 0,
    projects: int = 0,
) -> Run:
    with growth_server(fields, projects) as url, tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.json"
        address = url + (MOCO if package == "tap_moco" else ULULE)
        given = {"api_url": address, "rate_limits": [], "concurrency": CONCURRENCY}
        config.write_text(json.dumps(given | settings), encoding="utf-8")
        catalog = select(package, config, streams)
        return run([PYTHON, "-m", package, "--config", str(config), "--catalog", str(catalog)])


@contextmanager
def growth_server(fields: int, projects: int) -> Iterator[str]:
    """Run the server of these lists and yield its URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.growth_server", str(fields), str(projects)],
        cwd=HERE.parent, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout  # noqa: S101 - for the type checker
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def repeat_runs() -> dict[int, int]:
    """Return the size of the state after a number of runs, in bytes."""
    lines: list[bytes] = []
    with server() as api:
        script = str(HERE / "peers" / "many_runs.py")
        result = run([PYTHON, script, api.url, str(RUNS)], lines.extend)
    if result.code:
        raise SystemExit("The runs failed.")
    return {int(number): size for number, size in json.loads(lines[-1]).items()}


def use_journal(count: int) -> dict[str, Run]:
    """Return what it costs to use a journal of so many leads: start, lookups, list."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = make_journal(folder, count)
        config, dry = str(path), str(make_dry(path))
        leads = str(write_leads(folder / "leads.jsonl", LOOKED_UP))
        return {
            "start": run([TARGET, "--config", config, "--input", str(folder / "empty.jsonl")]),
            "lookups": run([TARGET, "--config", dry, "--input", leads]),
            "list": run([JOURNAL, "--config", config, "list"]),
        }
