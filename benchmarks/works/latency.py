"""Wall time where every answer takes 100 ms."""

from __future__ import annotations

import functools

from benchmarks.measure import (
    AIRBYTE,
    DLT,
    LOOP,
    MSDK,
    OURS,
    PLAIN,
    Peer,
    Run,
    Server,
    interleave,
    median,
    run_counting,
    server,
    spread,
)
from benchmarks.report import Section

LATENCY_MS = 100
PAGES = 50
PARENTS = 200
CHILDREN = 2
ROUNDS = 3
PAGES_TARGET = 3.5
CHILDREN_TARGET = 5.5
PAGES_TEXT = """5,000 records in 50 pages, each answered after 100 ms, no limit. Pages name their
number and the total; only ours reads ahead."""
CHILDREN_TEXT = """200 parents in two pages, and one list of two children for each of them; every
answer takes 100 ms. Airbyte and dlt run with 10 workers, ours with 8, the others one after the
other. tap-rest-api-msdk has no child streams. Airbyte reads the parents twice, once for themselves
and once for their children."""


def measure_pages() -> Section:
    """Measure paging through one list."""
    programs = [(LOOP, 1), (OURS, 4), (DLT, 1), (AIRBYTE, 2), (PLAIN, 1), (MSDK, 1)]
    options = {"total": PAGES * 100}
    return _measure("records", programs, options, PAGES * 100, (
        "50 pages at 100 ms", PAGES_TEXT, PAGES_TARGET,
    ))  # fmt: skip


def measure_children() -> Section:
    """Measure the children of 200 parents."""
    programs = [(LOOP, 1), (OURS, 8), (DLT, 10), (AIRBYTE, 10), (PLAIN, 1)]
    options = {"parents": PARENTS, "children": CHILDREN}
    return _measure("children", programs, options, PARENTS * (1 + CHILDREN), (
        "200 parents with children at 100 ms", CHILDREN_TEXT, CHILDREN_TARGET,
    ))  # fmt: skip


def _measure(
    work: str,
    programs: list[tuple[Peer, int]],
    options: dict[str, int],
    expected: int,
    described: tuple[str, str, float],
) -> Section:
    title, text, target = described
    with server() as api:
        api.set(latency_ms=LATENCY_MS, **options)
        labelled = [
            (peer.name, functools.partial(_once, api, peer, concurrency, work))
            for peer, concurrency in programs
        ]
        results = interleave(labelled, ROUNDS)
    for name, runs in results.items():
        if any(each.code or each.records != expected for each in runs):
            raise SystemExit(f"{name} yields {runs[0].records} records of {expected}.")
    rows = [
        [
            name,
            spread([each.wall for each in runs]),
            f"{median(each.cpu for each in runs):.1f}",
            str(runs[0].asked),
        ]
        for name, runs in results.items()
    ]
    ours = median(each.wall for each in results[OURS.name])
    columns = ["program", "wall", "CPU", "requests"]
    return Section(
        title, text, columns, rows, [(title, f"≤ {target} s", f"{ours:.1f} s", ours <= target)]
    )


def _once(api: Server, peer: Peer, concurrency: int, work: str) -> Run:
    before, _ = api.counts()
    result = run_counting(peer.command(work, api.url, concurrency))
    result.asked = api.counts()[0] - before
    return result
