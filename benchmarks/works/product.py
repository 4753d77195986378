"""CPU per record of tap-moco and tap-ulule."""

from __future__ import annotations

import functools
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import (
    AIRBYTE,
    DLT,
    LOOP,
    PLAIN,
    Run,
    Server,
    interleave,
    median,
    run,
    run_counting,
    server,
    spread,
)
from benchmarks.peers.lists import LISTS, ApiList
from benchmarks.report import Section
from benchmarks.taps import PYTHON, api_settings, select

# So many that the start is not the most of it.
RECORDS = {
    "activities": 50_000,
    "projects": 20_000,
    "project_orders": 20_000,
    "project_comments": 20_000,
}
CHECKED = 1_000
# Of the loop and ours, on which the targets are, and of the others, which take long.
ROUNDS, PEER_ROUNDS = 5, 1
OURS_1, OURS_4 = "**ours**, concurrency 1", "**ours**, concurrency 4"
COLUMNS = [
    "list", "program", "CPU", "of that, start", "relative to the loop", "the same, per record",
    "records per CPU second", "wall",
]  # fmt: skip
TEXT = """Records as the documents of the APIs show them (an activity of MOCO has 0.7 KB, a project
with tasks and custom fields 1.7 KB, an order of Ulule 2.6 KB, a comment 1.8 KB), no latency, no
limit, output to the null device: 50,000 activities, 20,000 of each other list. MOCO's lists have
pages of 100 records and rise by `updated_at`; Ulule's have pages of 20 and begin with the newest.
Our taps run as a user would run them, with a catalog in which one stream is selected; of the others
the same is true as in the work before. The start is that of the same program with an empty list;
"per record" is without it. Each run is compared with that of the loop in the same round, and the
median of these ratios is what counts."""


@dataclass(frozen=True)
class Program:
    """A program that reads one list.

    Attributes:
        name: As the table calls it.
        command: Its command line.
    """

    name: str
    command: list[str]


@dataclass(frozen=True)
class Cost:
    """What a program cost, compared with the loop.

    Attributes:
        runs: With all records.
        start: CPU time in seconds without any.
        ratio: CPU time relative to that of the loop.
        per_record: The same without the start of either.
    """

    runs: list[Run]
    start: float
    ratio: float
    per_record: float

    def cells(self, records: int) -> list[str]:
        """Return the cells of the table."""
        cpu = [each.cpu for each in self.runs]
        return [
            spread(cpu, 2),
            f"{self.start:.2f}",
            f"{self.ratio:.2f}",
            f"{self.per_record:.2f}",
            f"{records / median(cpu):,.0f}",
            spread([each.wall for each in self.runs]),
        ]


def measure() -> Section:
    """Measure all programs on all lists."""
    rows, costs = [], {}
    with server() as api, tempfile.TemporaryDirectory() as folder:
        for found in LISTS.values():
            print(f" {found.name}", flush=True)
            for name, cost in _measure_list(api, found, Path(folder)).items():
                rows.append([f"`{found.name}`", name, *cost.cells(RECORDS[found.name])])
                costs[found.name, name] = cost
    return Section("CPU per record of tap-moco and tap-ulule", TEXT, COLUMNS, rows, _summary(costs))


def _measure_list(api: Server, found: ApiList, folder: Path) -> dict[str, Cost]:
    """Return what each program cost."""
    api.set(total=CHECKED)
    loop = Program(LOOP.name, LOOP.command(found.name, api.url))
    ours = [_ours(api, found, folder, concurrency) for concurrency in (1, 4)]
    peers = [
        Program(peer.name, peer.command(found.name, api.url, concurrency))
        for peer, concurrency in ((PLAIN, 1), (DLT, 1), (AIRBYTE, 2))
    ]
    for program in (loop, *ours, *peers):
        check(program)
    costs = _compare(api, found, [loop, *ours], ROUNDS)
    return costs | {
        name: cost
        for name, cost in _compare(api, found, [loop, *peers], PEER_ROUNDS).items()
        if name != LOOP.name
    }


def _ours(api: Server, found: ApiList, folder: Path, concurrency: int) -> Program:
    config = folder / f"{found.name}-{concurrency}.json"
    settings = api_settings(found.package, api.url, concurrency)
    config.write_text(json.dumps(settings), encoding="utf-8")
    catalog = select(found.package, config, [found.name])
    files = ["--config", str(config), "--catalog", str(catalog)]
    name = OURS_1 if concurrency == 1 else OURS_4
    return Program(name, [PYTHON, "-m", found.package, *files])


def check(program: Program) -> None:
    """See that a program yields every record once, before it is measured."""
    result = run_counting(program.command)
    if result.code or result.records != CHECKED:
        raise SystemExit(f"{program.name} yields {result.records} records of {CHECKED}.")


def _compare(api: Server, found: ApiList, programs: list[Program], rounds: int) -> dict[str, Cost]:
    """Measure programs, the first of which is the loop."""
    labelled = []
    for program in programs:
        for total in (0, RECORDS[found.name]):
            label = f"{program.name}, {total} records"
            labelled.append((label, functools.partial(_once, api, program, total)))
    results = list(interleave(labelled, rounds).values())
    starts, wholes = results[::2], results[1::2]
    base_start = median(each.cpu for each in starts[0])
    costs = {}
    for program, started, whole in zip(programs, starts, wholes, strict=True):
        start = median(each.cpu for each in started)
        pairs = list(zip(whole, wholes[0], strict=True))
        costs[program.name] = Cost(
            whole,
            start,
            median(one.cpu / base.cpu for one, base in pairs),
            median((one.cpu - start) / (base.cpu - base_start) for one, base in pairs),
        )
    return costs


def _once(api: Server, program: Program, total: int) -> Run:
    api.set(total=total)
    result = run(program.command)
    if result.code:
        raise SystemExit(f"{program.name} failed.")
    return result


def _summary(costs: dict[tuple[str, str], Cost]) -> list[tuple[str, str, str, bool]]:
    one, four = costs["activities", OURS_1], costs["activities", OURS_4]
    lists = [
        f"{costs[name, OURS_1].ratio:.2f} / {costs[name, OURS_4].ratio:.2f} for {label}"
        for name, label in (("project_orders", "orders"), ("project_comments", "comments"))
    ]
    worst = max(
        cost.ratio
        for (name, ours), cost in costs.items()
        if name.startswith("project_") and ours in (OURS_1, OURS_4)
    )
    return [
        ("tap-moco, activities, `concurrency` 1 / 4", "CPU ≤ 1.3 / 1.5 of a loop",
         f"{one.ratio:.2f} / {four.ratio:.2f}", one.ratio <= 1.3 and four.ratio <= 1.5),  # noqa: PLR2004
        ("the same per record, start taken off", "≤ 1.0 / 1.2",
         f"{one.per_record:.2f} / {four.per_record:.2f}",
         one.per_record <= 1.0 and four.per_record <= 1.2),  # noqa: PLR2004
        ("tap-ulule, orders and comments, `concurrency` 1 / 4", "CPU ≤ 1.1 of a loop",
         ", ".join(lists), worst <= 1.1),  # noqa: PLR2004
    ]  # fmt: skip
