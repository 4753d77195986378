"""What grows how fast: exponents of CPU time, memory, state and journal, fitted over decades."""

from __future__ import annotations

import math
import statistics
import typing as t
from dataclasses import dataclass

from benchmarks import growth_axes as axes
from benchmarks.report import Section

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.measure import Run

Values = t.Mapping[int, float]

STATE_PARENTS = 40_000
PARENTS = (100, 1_000, 10_000, STATE_PARENTS, 100_000)
RECORDS = (10_000, 100_000, 1_000_000)
FIELDS = (10, 100, 1_000)
CONCURRENCY = (1, 4, 16, 64)
LATENCY_MS = (20, 100, 500)
PROJECTS = (100, 1_000, 10_000)
LEADS = (10_000, 100_000, 1_000_000)
# Of runs that take less CPU time than so many seconds, the cheapest of so many counts.
SHORT, ROUNDS = 3.0, 5
# Exponents above this are more than linear: what is measured hardly varies by more.
MOST = 1.1
CPU, PEAK, WALL, STATE = "CPU, s", "peak memory, MB", "wall, s", "STATE written, MB"
COLUMNS = ["of", "by", "from", "to", "values", "exponent"]
TEXT = f"""Each quantity is measured at several sizes, and the exponent is the slope of a line
through the logarithms: 0 does not grow, 1 grows in proportion, 2 with the square. CPU time is
without that of the same program with nothing to read, where there is such a run; of short runs the
cheapest of {ROUNDS} counts. The values are in the order of the sizes. Parents have two children
each; records have 1 KB; custom fields are columns of 1,000 projects of MOCO; what a search of Ulule
finds is read as `projects` and as `search_projects`; journals hold delivered leads in SQLite, of
which 1,000 are looked up (dry run); {axes.RUNS:,} runs of 20 to 22 parents follow one another, each
with the state of the one before it, and each finding something new. CPU by `concurrency` and by
latency is not without the start."""


@dataclass(frozen=True)
class Growth:
    """How a quantity grows.

    Attributes:
        what: The quantity.
        by: What is made larger.
        values: The quantity by size.
        digits: After the point.
    """

    what: str
    by: str
    values: Values
    digits: int = 2

    @property
    def exponent(self) -> float:
        """The slope of the line through the logarithms."""
        sizes, values = (map(math.log, each) for each in zip(*self.values.items(), strict=True))
        return statistics.linear_regression([*sizes], [*values]).slope

    def cells(self) -> list[str]:
        """Return the cells of the table."""
        sizes = list(self.values)
        listed = ", ".join(f"{value:.{self.digits}f}" for value in self.values.values())
        return [
            self.what, self.by, f"{sizes[0]:,}", f"{sizes[-1]:,}", listed, f"{self.exponent:.2f}",
        ]  # fmt: skip


def measure() -> Section:
    """Measure all of it."""
    found = [
        *_parents(),
        *_cpu_and_peak("records", RECORDS, axes.read_records),
        *_cpu_and_peak("custom fields", FIELDS, axes.read_custom_fields),
        *_concurrency(),
        *_latency(),
        *_cpu_and_peak("projects of Ulule", PROJECTS, axes.read_search),
        *_runs(),
        *_journal(),
    ]  # fmt: skip
    rows = [each.cells() for each in found]
    return Section("Growth", TEXT, COLUMNS, rows, _summary(found))


def _each(sizes: Sequence[int], once: Callable[[int], Run]) -> dict[int, Run]:
    return {size: _best(once, size) for size in sizes}


def _best(once: Callable[[int], Run], size: int) -> Run:
    """Return the run that cost least: of short ones, where chance weighs much, of several."""
    runs = [once(size)]
    while runs[0].cpu < SHORT and len(runs) < ROUNDS:
        runs.append(once(size))
    if any(each.code for each in runs):
        raise SystemExit(f"{once.__name__}({size}) failed.")
    best = min(runs, key=lambda each: each.cpu)
    print(f"  {once.__name__}({size:,}): {best}", flush=True)
    return best


def _cpu(runs: Mapping[int, Run], start: float = 0.0) -> Values:
    # Where the start is nearly all of it, chance decides what is left.
    return {size: max(each.cpu - start, 0.01) for size, each in runs.items()}


def _peak(runs: Mapping[int, Run]) -> Values:
    return {size: each.peak for size, each in runs.items()}


def _start(once: Callable[[int], Run]) -> float:
    """Return the CPU time of a run of nothing."""
    return _best(once, 0).cpu


def _parents() -> list[Growth]:
    start = _start(axes.read_parents)
    runs = _each(PARENTS, axes.read_parents)
    state = {size: each.state_bytes / 1e6 for size, each in runs.items()}
    return [
        Growth(CPU, "parents", _cpu(runs, start)),
        Growth(PEAK, "parents", _peak(runs), 0),
        Growth(STATE, "parents", state, 3),
    ]


def _cpu_and_peak(by: str, sizes: Sequence[int], once: Callable[[int], Run]) -> list[Growth]:
    start = _start(once)
    runs = _each(sizes, once)
    return [Growth(CPU, by, _cpu(runs, start)), Growth(PEAK, by, _peak(runs), 0)]


def _concurrency() -> list[Growth]:
    runs = _each(CONCURRENCY, axes.read_with_concurrency)
    return [
        Growth(CPU, "`concurrency`", _cpu(runs)),
        Growth(PEAK, "`concurrency`", _peak(runs), 0),
    ]


def _latency() -> list[Growth]:
    runs = _each(LATENCY_MS, axes.read_with_latency)
    return [
        Growth(CPU, "latency, ms", _cpu(runs)),
        Growth(WALL, "latency, ms", {size: each.wall for size, each in runs.items()}),
    ]


def _runs() -> list[Growth]:
    sizes: dict[int, float] = {number: size / 1e3 for number, size in axes.repeat_runs().items()}
    return [Growth("state, KB", "runs", sizes)]


def _journal() -> list[Growth]:
    runs: dict[str, dict[int, Run]] = {}
    for size in LEADS:
        for name, each in axes.use_journal(size).items():
            runs.setdefault(name, {})[size] = each
            print(f"  journal of {size:,}, {name}: {each}", flush=True)
    return [
        Growth(f"start of the target, {CPU}", "leads in the journal", _cpu(runs["start"])),
        Growth(f"1,000 lookups, {CPU}", "leads in the journal", _cpu(runs["lookups"])),
        Growth(f"`journal list`, {CPU}", "leads in the journal", _cpu(runs["list"])),
        Growth(f"`journal list`, {PEAK}", "leads in the journal", _peak(runs["list"]), 0),
    ]


def _summary(found: Sequence[Growth]) -> list[tuple[str, str, str, bool]]:
    by_name = {(each.what, each.by): each for each in found}
    search = by_name[PEAK, "projects of Ulule"].values[PROJECTS[-1]]
    listed = by_name[f"`journal list`, {PEAK}", "leads in the journal"].values[LEADS[-1]]
    state = by_name[STATE, "parents"].values[STATE_PARENTS]
    worst = max(found, key=lambda each: each.exponent)
    most = 100
    return [
        ("memory for 10,000 projects of Ulule", f"≤ {most} MB", f"{search:.0f} MB", search <= most),
        ("memory for `journal list` of a million", f"≤ {most} MB", f"{listed:.0f} MB",
         listed <= most),
        ("STATE for 40,000 parents", "≤ 2.5 MB", f"{state:.2f} MB", state <= 2.5),  # noqa: PLR2004
        ("growth of CPU, memory, state and journal", f"no exponent above {MOST}",
         f"{worst.exponent:.2f} at most ({worst.what} by {worst.by})", worst.exponent <= MOST),
    ]  # fmt: skip
