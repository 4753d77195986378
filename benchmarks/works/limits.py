"""50 pages under a sliding window that refuses what is too much."""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor

from benchmarks.measure import (
    AIRBYTE,
    DLT,
    MSDK,
    OURS,
    PLAIN,
    Peer,
    Run,
    interleave,
    median,
    run_counting,
    server,
    spread,
)
from benchmarks.report import Section

PAGES = 50
REQUESTS = 20
SHORT, LONG = 10, 120
ROUNDS = 3
LATENCY = {"latency_ms": 20, "jitter_ms": 30}
SLACK = 1.1
PROGRAMS = ((OURS, 4), (AIRBYTE, 2), (DLT, 1), (PLAIN, 1), (MSDK, 1))
SHORT_TEXT = """50 pages, at most 20 requests in any 10 s, answers after 20 to 50 ms. Beyond the
limit the server answers 429 without telling when to come back, as MOCO documents it. With two full
windows to wait for, nobody can be done before 20 s. Ours and Airbyte (`HTTPAPIBudget` with a
`MovingWindowCallRatePolicy`) are told the limit; the others have no setting for it and retry. The
loop has no notion of limits and is left out."""
LONG_TEXT = """The same with 20 requests in any 120 s: nobody can be done before 240 s. Run once,
all programs at the same time, each against a server of its own."""


def measure_short() -> Section:
    """Measure under 20 requests in 10 s."""
    programs = [
        (peer.name, functools.partial(_once, peer, concurrency, SHORT))
        for peer, concurrency in PROGRAMS
    ]
    return _section(
        "50 pages under 20 requests / 10 s", SHORT_TEXT, SHORT, interleave(programs, ROUNDS)
    )


def measure_long() -> Section:
    """Measure under 20 requests in 120 s."""
    with ThreadPoolExecutor(len(PROGRAMS)) as threads:
        futures = {
            peer.name: threads.submit(_once, peer, concurrency, LONG)
            for peer, concurrency in PROGRAMS
        }
        results = {name: [future.result()] for name, future in futures.items()}
    return _section("50 pages under 20 requests / 120 s", LONG_TEXT, LONG, results)


def _once(peer: Peer, concurrency: int, seconds: int) -> Run:
    with server() as api:
        api.set(total=PAGES * 100, requests=REQUESTS, seconds=seconds, **LATENCY)
        window = (REQUESTS, seconds)
        result = run_counting(peer.command("records", api.url, concurrency, window))
        result.asked, result.refused = api.counts()
    return result


def _section(title: str, text: str, seconds: int, results: dict[str, list[Run]]) -> Section:
    bound = (PAGES - 1) // REQUESTS * seconds
    rows = []
    for name, runs in results.items():
        records = min(each.records for each in runs)
        whole = all(each.code == 0 and each.records == PAGES * 100 for each in runs)
        rows.append(
            [
                name,
                "yes" if whole else f"no, fails after {records or 'some'} records",
                f"{median(each.asked for each in runs):.0f}",
                f"{median(each.refused for each in runs):.0f}",
                spread([each.wall for each in runs]) if whole else "-",
                f"{median(each.wall for each in runs) / bound:.2f}" if whole else "-",
            ]
        )
    ours = results[OURS.name]
    wall, refused = median(each.wall for each in ours), max(each.refused for each in ours)
    asked = max(each.asked for each in ours)
    met = rows[0][1] == "yes" and refused == 0 and asked == PAGES and wall <= SLACK * bound
    return Section(
        title,
        text,
        ["program", "complete", "requests", "refused", "wall", "relative to the bound"],
        rows,
        [(title, f"{PAGES} requests, 0 refused, ≤ {SLACK} of the limit's own {bound} s",
          f"{asked} requests, {refused} refused, {wall / bound:.2f}", met)],
    )  # fmt: skip
