"""Runs the works named on the command line, or all, and writes RESULTS.md."""

from __future__ import annotations

import sys

from benchmarks import report
from benchmarks.works import (
    accounts,
    cost,
    growth,
    latency,
    lead_rates,
    leads,
    limits,
    load,
    memory,
    product,
    state,
    ulule,
)

WORKS = {
    "cost": cost.measure,
    "product": product.measure,
    "load": load.measure,
    "latency": latency.measure_pages,
    "children": latency.measure_children,
    "limit": limits.measure_short,
    "long-limit": limits.measure_long,
    "accounts": accounts.measure,
    "ulule": ulule.measure,
    "leads": leads.measure,
    "lead-rates": lead_rates.measure,
    "state": state.measure,
    "memory": memory.measure,
    "growth": growth.measure,
}


def main(names: list[str]) -> None:
    """Measure and report."""
    unknown = set(names) - set(WORKS)
    if unknown:
        raise SystemExit(f"No such work: {', '.join(sorted(unknown))}. Known: {', '.join(WORKS)}.")
    for name in names or WORKS:
        print(name, flush=True)
        report.write(list(WORKS), name, WORKS[name]())


if __name__ == "__main__":
    main(sys.argv[1:])
