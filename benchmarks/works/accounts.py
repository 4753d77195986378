"""20 accounts at the same time, started by two processes, on one shared budget."""

from __future__ import annotations

import functools
import itertools
import json
import subprocess
import sys
import tempfile
import typing as t
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import ENVIRONMENT, HERE, server, spread
from benchmarks.report import Section
from benchmarks.taps import PYTHON, api_settings, select
from benchmarks.warehouse import warehouse

if t.TYPE_CHECKING:
    from benchmarks.measure import Server

ACCOUNTS, RUNNERS = 20, 2
PAGES = 15
REQUESTS, SECONDS = 30, 5
LATENCY = {"latency_ms": 20, "jitter_ms": 30}
SLACK = 1.25
# Of its turn; the slots of a window come all at once, so that some accounts get two and then none.
LONGEST_TURN = 3
TITLE = "20 accounts on one budget"
TEXT = f"""{ACCOUNTS} accounts of MOCO, {ACCOUNTS // RUNNERS} each from {RUNNERS} processes that
start a tap for each account at the same time, as schedulers of two machines would. Each tap reads
{PAGES} pages of activities with `concurrency` 1; all have one `budget_path`, for the server counts
all together: at most {REQUESTS} requests in any {SECONDS} s, beyond which it answers 429. Answers
come after 20 to 50 ms. The bound is the time that the limit takes for all requests; it begins with
the first one, when most taps are still being started. A slot is for who came first: the wait is the
longest time from one request of an account to its next, and its fair turn the time in which the
limit serves each account once, were its slots spread evenly. They are not: those of a window come
at once, so that some accounts are served twice and then wait for the next window.
A second row for each budget has {REQUESTS} in {SECONDS} s for one half of the accounts, and
{REQUESTS * 2} in {SECONDS * 3} s for the other and the server: the stricter holds for all."""


@dataclass(frozen=True)
class Result:
    """What came of all accounts.

    Attributes:
        complete: How many ended well.
        asked: Requests.
        refused: Of those, answered 429.
        wall: Seconds from the first request to the last.
        waits: The longest wait of each account, in seconds.
        bound: Seconds that the limit makes it take at least.
        turn: Seconds in which the limit serves each account once.
    """

    complete: int
    asked: int
    refused: int
    wall: float
    waits: list[float]
    bound: float
    turn: float

    @property
    def longest_turn(self) -> float:
        """The longest wait of any account, in fair turns."""
        return max(self.waits) / self.turn


def measure() -> Section:
    """Measure with a file and with PostgreSQL."""
    one = [{"requests": REQUESTS, "seconds": SECONDS}]
    two = [{"requests": 2 * REQUESTS, "seconds": 3 * SECONDS}]
    results = {}
    with warehouse() as database, tempfile.TemporaryDirectory() as folder:
        for name, path in (
            ("file", f"{folder}/{{}}.db"),
            ("PostgreSQL", f"{database.url}&budget={{}}"),
        ):
            run = functools.partial(_run, Path(folder))
            results[f"{name}"] = run(path.format("one"), [one, one])
            results[f"{name}, two limits"] = run(path.format("two"), [one, two])
    for name, each in results.items():
        print(f"  {name}: {each}", flush=True)
    rows = [
        [
            name,
            f"{each.complete} of {ACCOUNTS}",
            str(each.asked),
            str(each.refused),
            f"{each.wall:.1f}",
            f"{each.wall / each.bound:.2f}",
            spread(each.waits),
            f"{each.turn:.1f}",
            f"{each.longest_turn:.1f}",
        ]
        for name, each in results.items()
    ]
    refused = sum(each.refused for each in results.values())
    slowest = max(each.wall / each.bound for each in results.values())
    longest = max(each.longest_turn for each in results.values())
    complete = all(each.complete == ACCOUNTS for each in results.values())
    columns = [
        *("budget", "accounts complete", "requests", "refused", "wall"),
        *("relative to the bound", "longest wait of an account", "fair turn", "longest in turns"),
    ]
    target = f"0 refused, all complete, ≤ {SLACK} of the limit's own time"
    told = f"{refused} refused, {slowest:.2f}"
    met = complete and refused == 0 and slowest <= SLACK
    fair = f"no account waits for more than {LONGEST_TURN} turns"
    summary = [
        (TITLE, target, told, met),
        (TITLE, fair, f"{longest:.1f} turns", longest <= LONGEST_TURN),
    ]
    return Section(TITLE, TEXT, columns, rows, summary)


def _run(folder: Path, budget: str, limits: list[list[dict[str, int]]]) -> Result:
    with server() as api, ExitStack() as stack:
        window = max(itertools.chain(*limits), key=lambda each: each["seconds"] / each["requests"])
        commands = [_configure(folder, api, budget, number, limits) for number in range(ACCOUNTS)]
        api.set(total=PAGES * 100, **window, **LATENCY)
        running = []
        for runner in range(RUNNERS):
            path = folder / f"runner{runner}.json"
            path.write_text(json.dumps(commands[runner::RUNNERS]), encoding="utf-8")
            errors = stack.enter_context((folder / f"runner{runner}.log").open("w"))
            running.append(
                subprocess.Popen(
                    [sys.executable, str(HERE / "runner.py"), str(path)],
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    env=ENVIRONMENT,
                )
            )
        codes = [code for each in running for code in json.loads(each.communicate()[0])]
        asked, refused = api.counts()
        served = api.served()
    times = sorted(itertools.chain(*served.values()))
    waits = [
        max(later - earlier for earlier, later in itertools.pairwise(own))
        for own in served.values()
    ]
    full = (ACCOUNTS * PAGES - 1) // window["requests"] * window["seconds"]
    turn = ACCOUNTS * window["seconds"] / window["requests"]
    return Result(codes.count(0), asked, refused, times[-1] - times[0], waits, full, turn)


def _configure(
    folder: Path, api: Server, budget: str, number: int, limits: list[list[dict[str, int]]]
) -> list[str]:
    settings = api_settings("tap_moco", api.url, 1) | {
        "api_key": f"key{number}",
        "budget_path": budget,
        "rate_limits": limits[number % len(limits)],
    }
    config = folder / f"account{number}.json"
    config.write_text(json.dumps(settings), encoding="utf-8")
    catalog = folder / "account0.catalog.json"
    if number == 0 and not catalog.exists():
        select("tap_moco", config, ["activities"])
    return [PYTHON, "-m", "tap_moco", "--config", str(config), "--catalog", str(catalog)]
