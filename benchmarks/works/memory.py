"""Peak memory of a long run against a short one."""

from __future__ import annotations

import functools

from benchmarks.measure import OURS, Run, Server, interleave, median, run, server, spread
from benchmarks.report import Section

SHORT, LONG = 10_000, 1_000_000
ROUNDS = 3
CONCURRENCY = 4
TARGET_MB = 10
TEXT = """Largest resident set of the process at `concurrency: 4`, records of 1 KB."""


def measure() -> Section:
    """Measure ours."""
    with server() as api:
        programs = [
            (f"{records:,} records", functools.partial(_once, api, records))
            for records in (SHORT, LONG)
        ]
        results = interleave(programs, ROUNDS)
    rows = [
        [label, spread([each.peak for each in runs]), spread([each.cpu for each in runs])]
        for label, runs in results.items()
    ]
    short, long = (median(each.peak for each in runs) for runs in results.values())
    return Section(
        "Peak memory of ours",
        TEXT,
        ["run", "peak MB", "CPU"],
        rows,
        [("peak memory at 1,000,000 records against 10,000", f"+ ≤ {TARGET_MB} MB",
          f"{long - short:+.1f} MB", long - short <= TARGET_MB)],
    )  # fmt: skip


def _once(api: Server, records: int) -> Run:
    api.set(total=records)
    result = run(OURS.command("records", api.url, CONCURRENCY))
    result.asked, result.refused = api.counts()
    if result.code or result.asked != records // 100:
        raise SystemExit(f"{result.asked} pages were read.")
    return result
