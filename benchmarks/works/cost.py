"""CPU per record."""

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
    run,
    run_counting,
    server,
    spread,
)
from benchmarks.report import Section

RECORDS = 100_000
CHECKED = 1_000
ROUNDS = 5
TARGET = 0.22
PROGRAMS = [
    (LOOP.name, LOOP, 1),
    (f"{OURS.name}, concurrency 1", OURS, 1),
    (f"{OURS.name}, concurrency 4", OURS, 4),
    (DLT.name, DLT, 1),
    (AIRBYTE.name, AIRBYTE, 2),
    (PLAIN.name, PLAIN, 1),
    (MSDK.name, MSDK, 1),
]
TEXT = """100,000 records of about 1 KB in pages of 100, no latency, no limit, output to the null
device. Ours, the plain SDK tap and tap-rest-api-msdk run incrementally by `updated_at`. The others
have it easier: the items of dlt are only counted, nothing is normalized or written; Airbyte and the
loop keep no bookmark. Where other work shares the cores, CPU time swells; the best runs are those
it met least."""


def measure() -> Section:
    """Measure all programs."""
    with server() as api:
        for label, peer, concurrency in PROGRAMS:
            check(api, label, peer, concurrency)
        api.set(total=RECORDS)
        programs = [
            (label, functools.partial(once, api, peer, concurrency))
            for label, peer, concurrency in PROGRAMS
        ]
        results = interleave(programs, ROUNDS)
    base = median(each.cpu for each in results[PLAIN.name])
    base_best = min(each.cpu for each in results[PLAIN.name])
    rows = []
    for label, runs in results.items():
        cpu = [each.cpu for each in runs]
        ratio = median(cpu) / base
        rate = RECORDS / median(cpu)
        wall = spread([each.wall for each in runs])
        best_ratio = min(cpu) / base_best
        numbers = [f"{ratio:.2f}", f"{best_ratio:.2f}", f"{rate:,.0f}"]
        rows.append([label, spread(cpu, 2), *numbers, wall])
    one, four = (
        median(each.cpu for each in results[f"{OURS.name}, concurrency {number}"]) / base
        for number in (1, 4)
    )
    return Section(
        "CPU for 100,000 records",
        TEXT,
        [
            "program",
            "CPU",
            "relative to the plain SDK tap",
            "the same for the best runs",
            "records per CPU second",
            "wall",
        ],
        rows,
        [("CPU for 100,000 records", f"≤ {TARGET} of a plain SDK tap",
          f"{four:.2f} at concurrency 4, {one:.2f} at 1", max(one, four) <= TARGET)],
    )  # fmt: skip


def check(api: Server, label: str, peer: Peer, concurrency: int) -> None:
    """See that a program yields every record once, before it is measured."""
    api.set(total=CHECKED)
    result = run_counting(peer.command("records", api.url, concurrency))
    if result.code or result.records != CHECKED:
        raise SystemExit(f"{label} yields {result.records} records of {CHECKED}.")


def once(api: Server, peer: Peer, concurrency: int) -> Run:
    """Read all records once."""
    result = run(peer.command("records", api.url, concurrency))
    if result.code:
        raise SystemExit(f"{peer.name} failed.")
    return result
