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
# So many more for ours and the plain SDK tap, on which the target is.
MORE_ROUNDS = 6
TARGET = 0.22
OURS_1, OURS_4 = f"{OURS.name}, concurrency 1", f"{OURS.name}, concurrency 4"
PROGRAMS = [
    (LOOP.name, LOOP, 1),
    (OURS_1, OURS, 1),
    (PLAIN.name, PLAIN, 1),
    (OURS_4, OURS, 4),
    (DLT.name, DLT, 1),
    (AIRBYTE.name, AIRBYTE, 2),
    (MSDK.name, MSDK, 1),
]
TEXT = """100,000 records of about 1 KB in pages of 100, no latency, no limit, output to the null
device. Ours, the plain SDK tap and tap-rest-api-msdk run incrementally by `updated_at`. The others
have it easier: the items of dlt are only counted, nothing is normalized or written; Airbyte and the
loop keep no bookmark. A machine that is shared is now faster, now slower: each run is compared with
that of the plain SDK tap in the same round, and the median of these ratios is what counts."""


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
        close = [each for each in programs if each[0] in (OURS_1, PLAIN.name, OURS_4)]
        for label, runs in interleave(close, MORE_ROUNDS).items():
            results[label] += runs
    ratios = {label: _ratio(runs, results[PLAIN.name]) for label, runs in results.items()}
    rows = []
    for label, runs in results.items():
        cpu = [each.cpu for each in runs]
        numbers = [f"{ratios[label]:.2f}", f"{RECORDS / median(cpu):,.0f}"]
        rows.append([label, spread(cpu, 2), *numbers, spread([each.wall for each in runs])])
    one, four = ratios[OURS_1], ratios[OURS_4]
    return Section(
        "CPU for 100,000 records",
        TEXT,
        [
            "program",
            "CPU",
            "relative to the plain SDK tap",
            "records per CPU second",
            "wall",
        ],
        rows,
        [("CPU for 100,000 records", f"≤ {TARGET} of a plain SDK tap",
          f"{four:.2f} at concurrency 4, {one:.2f} at 1", max(one, four) <= TARGET)],
    )  # fmt: skip


def _ratio(runs: list[Run], base: list[Run]) -> float:
    """Return the median of the ratios of CPU time, round by round."""
    return median(one.cpu / other.cpu for one, other in zip(runs, base, strict=False))


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
