"""CPU per record."""

from __future__ import annotations

import functools
from dataclasses import dataclass

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
ROUNDS = 3
# So many more for ours and the plain SDK tap, on which the target is.
MORE_ROUNDS = 4
# Relative to the plain SDK tap, by concurrency.
TARGETS = {1: 0.14, 4: 0.17}
COLUMNS = ["program", "CPU", "relative to the plain SDK tap", "records per CPU second", "wall"]
TEXT = """100,000 records of about 1 KB in pages of 100, no latency, no limit, output to the null
device. Ours, the plain SDK tap and tap-rest-api-msdk run incrementally by `updated_at`, which rises
from record to record where the table says so, as in the lists of most APIs, and is shuffled
otherwise. The others have it easier: the items of dlt are only counted, nothing is normalized or
written; Airbyte and the loop keep no bookmark. A machine that is shared is now faster, now slower:
each run is compared with that of the plain SDK tap in the same round, and the median of these
ratios is what counts."""


@dataclass(frozen=True)
class Program:
    """A peer that reads a list.

    Attributes:
        peer: The peer.
        concurrency: Its setting.
        rising: Whether the list is sorted by its timestamp.
    """

    peer: Peer
    concurrency: int = 1
    rising: bool = False

    @property
    def name(self) -> str:
        """As the table calls it."""
        name = self.peer.name
        if self.peer is OURS:
            name += f", concurrency {self.concurrency}"
        return f"{name}, rising" if self.rising else name


def _close(*, rising: bool) -> list[Program]:
    """Return the plain SDK tap and ours."""
    return [Program(PLAIN, 1, rising), Program(OURS, 1, rising), Program(OURS, 4, rising)]


SHUFFLED, RISING = _close(rising=False), _close(rising=True)
PROGRAMS = [
    Program(LOOP), *SHUFFLED, *RISING, Program(DLT), Program(AIRBYTE, 2), Program(MSDK),
]  # fmt: skip


def measure() -> Section:
    """Measure all programs."""
    with server() as api:
        for program in PROGRAMS:
            check(api, program)
        results = _interleave(api, PROGRAMS, ROUNDS)
        for name, runs in _interleave(api, [*SHUFFLED, *RISING], MORE_ROUNDS).items():
            results[name] += runs
    ratios = {
        program.name: _ratio(results[program.name], results[_base(program).name])
        for program in PROGRAMS
    }
    rows = []
    for name, runs in results.items():
        cpu = [each.cpu for each in runs]
        numbers = [f"{ratios[name]:.2f}", f"{RECORDS / median(cpu):,.0f}"]
        rows.append([name, spread(cpu, 2), *numbers, spread([each.wall for each in runs])])
    summary = [_summary(label, group, ratios)
               for label, group in (("shuffled", SHUFFLED), ("rising", RISING))]  # fmt: skip
    return Section("CPU for 100,000 records", TEXT, COLUMNS, rows, summary)


def _interleave(api: Server, programs: list[Program], rounds: int) -> dict[str, list[Run]]:
    labelled = [(each.name, functools.partial(once, api, each)) for each in programs]
    return interleave(labelled, rounds)


def _base(program: Program) -> Program:
    """Return the plain SDK tap with the same list."""
    return RISING[0] if program.rising else SHUFFLED[0]


def _ratio(runs: list[Run], base: list[Run]) -> float:
    """Return the median of the ratios of CPU time, round by round."""
    return median(one.cpu / other.cpu for one, other in zip(runs, base, strict=False))


def _summary(
    label: str, group: list[Program], ratios: dict[str, float]
) -> tuple[str, str, str, bool]:
    ours = {each.concurrency: ratios[each.name] for each in group if each.peer is OURS}
    return (
        f"CPU for 100,000 records, {label}, `concurrency` 1 / 4",
        f"≤ {TARGETS[1]} / {TARGETS[4]} of a plain SDK tap",
        f"{ours[1]:.2f} / {ours[4]:.2f}",
        all(ours[concurrency] <= target for concurrency, target in TARGETS.items()),
    )


def check(api: Server, program: Program) -> None:
    """See that a program yields every record once, before it is measured."""
    api.set(total=CHECKED, rising=program.rising)
    result = run_counting(program.peer.command("records", api.url, program.concurrency))
    if result.code or result.records != CHECKED:
        raise SystemExit(f"{program.name} yields {result.records} records of {CHECKED}.")


def once(api: Server, program: Program) -> Run:
    """Read all records once."""
    api.set(total=RECORDS, rising=program.rising)
    result = run(program.peer.command("records", api.url, program.concurrency))
    if result.code:
        raise SystemExit(f"{program.name} failed.")
    return result
