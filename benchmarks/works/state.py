"""STATE written for many parents with incremental children."""

from __future__ import annotations

import functools

from benchmarks.measure import OURS, PLAIN, Peer, Run, interleave, run_counting, server
from benchmarks.report import Section

PARENTS = 4_000
CHILDREN = 2
CONCURRENCY = 4
TARGET_MB = 1.5
TEXT = """4,000 parents with two children each, incremental by `updated_at`. The plain SDK tap
keeps a bookmark per parent and writes its whole state for each of them; ours keeps a change signal
per parent and writes STATE every two seconds at most, a large one rarer: the work `growth` has more
parents. Run once: the bytes hardly vary."""


def measure() -> Section:
    """Measure ours and the plain SDK tap."""
    programs = [(peer.name, functools.partial(_once, peer)) for peer in (OURS, PLAIN)]
    results = interleave(programs, 1)
    rows = [
        [
            name,
            f"{runs[0].state_bytes / 1e6:.2f} MB",
            f"{runs[0].records:,}",
            f"{runs[0].cpu:.1f}",
            f"{runs[0].wall:.1f}",
        ]
        for name, runs in results.items()
    ]
    ours = results[OURS.name][0].state_bytes / 1e6
    return Section(
        "STATE for 4,000 parents",
        TEXT,
        ["program", "STATE written", "records", "CPU", "wall"],
        rows,
        [("STATE for 4,000 parents with incremental children", f"≤ {TARGET_MB} MB",
          f"{ours:.2f} MB", ours <= TARGET_MB)],
    )  # fmt: skip


def _once(peer: Peer) -> Run:
    with server() as api:
        api.set(parents=PARENTS, children=CHILDREN)
        result = run_counting(peer.command("incremental_children", api.url, CONCURRENCY))
        result.asked, result.refused = api.counts()
    if result.code or result.records != PARENTS * (1 + CHILDREN):
        raise SystemExit(f"{peer.name} yields {result.records} records.")
    return result
