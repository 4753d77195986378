"""Writes docs/cost.md: what accounts of given sizes cost, read from the sandbox (`make cost`)."""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

from sandbox.process import sandbox_process
from simulation.services import configure
from tap_moco._kit.http.budget import Window
from tap_moco._kit.singer.plan import seconds

DOCUMENT = Path(__file__).parent / "cost.md"
LAUNCH = DOCUMENT.parents[1] / "benchmarks" / "launch.py"
SIZES = (1, 5)
NOW = "2026-03-01T12:00:00Z"
YEARS = [2025, 2026]
# As docs/apis says of each; microPledge and MiiMOSA document none.
LIMITS = {
    "moco": {"standard": [Window(120, 120)], "unlimited": [Window(1200, 120)]},
    "ulule": {"documented": [Window(10, 1), Window(500, 3600)]},
}
NAMES = {"moco": "tap-moco", "ulule": "tap-ulule", "miimosa": "tap-miimosa",
         "micropledge": "tap-micropledge"}  # fmt: skip
MANY = 1000
HOUR = 3600
NO_LIMIT = "none is documented"
HEAD = """# What accounts cost

Written by `make cost`: each tap reads an account of the [sandbox](../sandbox/README.md) with its
default settings, first everything and then once more after nothing has changed. Size {small} is an
agency with the records below, size {large} has about {large} times as many. For an account of
yours, `--plan` tells the requests of the next run. [Scale](scale.md) says what follows.
"""


@dataclass(frozen=True)
class Cost:
    """What a run cost.

    Attributes:
        streams: Requests and records of each stream.
        state: Bytes of the last STATE.
        cpu: Seconds, user and system.
        peak: Memory in MB.
    """

    streams: dict[str, tuple[int, int]]
    state: int
    cpu: float
    peak: float

    @property
    def requests(self) -> int:
        """All requests."""
        return sum(requests for requests, _ in self.streams.values())

    @property
    def records(self) -> int:
        """All records."""
        return sum(records for _, records in self.streams.values())


Costs = dict[tuple[str, int], tuple[Cost, Cost]]


def measure(sizes: t.Sequence[int] = SIZES) -> Costs:
    """Return the cost of the first run and of the next one, by API and size."""
    found: Costs = {}
    for size in sizes:
        with (
            tempfile.TemporaryDirectory() as name,
            sandbox_process(f"--scale={size}", "--limits=none", f"--now={NOW}") as box,
        ):
            for api, config in configure(box, YEARS).items():
                folder = Path(name) / api
                folder.mkdir()
                path = folder / "config.json"
                # Finding out what was deleted is a choice, and costs requests.
                config.pop("deleted_records", None)
                path.write_text(json.dumps(config | {"summary_path": str(folder / "summary.json")}))
                first = _run(api, folder, None)
                found[api, size] = first, _run(api, folder, folder / "state.json")
    return found


def _run(api: str, folder: Path, state: Path | None) -> Cost:
    command = [sys.executable, "-m", f"tap_{api}", "--config", str(folder / "config.json")]
    command += ["--state", str(state)] if state else []
    # A small process starts it: Linux counts what the starting one held into the peak memory.
    launch = [sys.executable, "-I", "-S", str(LAUNCH), str(folder / "usage.json")]
    with (folder / "out.singer").open("wb") as out, (folder / "log").open("wb") as log:
        subprocess.run([*launch, *command], stdout=out, stderr=log, check=True)
    usage = json.loads((folder / "usage.json").read_text(encoding="utf-8"))
    if usage["code"]:
        raise SystemExit(f"{api}: exit code {usage['code']}\n{(folder / 'log').read_text()}")
    lines = (folder / "out.singer").read_bytes().splitlines()
    last = [line for line in lines if line.startswith(b'{"type":"STATE"')][-1]
    value = json.loads(last)["value"]
    (folder / "state.json").write_text(json.dumps(value), encoding="utf-8")
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    streams = {
        name: (each.get("requests", 0), each.get("records", 0))
        for name, each in sorted(summary["streams"].items())
    }
    return Cost(streams, len(last), usage["cpu"], usage["peak"])


def render(costs: Costs) -> str:
    """Return the page; nothing in it depends on the machine."""
    parts = [HEAD.format(small=SIZES[0], large=SIZES[-1]) + "\n", _accounts(costs), _many(costs)]
    return "".join([*parts, *(_streams(api, costs) for api in NAMES)])


def list_accounts(costs: Costs) -> list[tuple[t.Any, ...]]:
    """Return the rows of the first table."""
    return [
        (NAMES[api], size, first.records, first.requests, following.requests,
         f"{max(round(following.state / 1000), 1)} KB",
         ", ".join(f"{_time(seconds(first.requests, windows))} ({plan})"
                   for plan, windows in LIMITS.get(api, {}).items()) or NO_LIMIT)
        for (api, size), (first, following) in costs.items()
    ]  # fmt: skip


def _accounts(costs: Costs) -> str:
    return "## Accounts\n\n" + _table(
        ("tap", "size", "records", "requests of the first run", "of the next", "state",
         "least time of the first run"), sorted(list_accounts(costs), key=str)
    )  # fmt: skip


def _many(costs: Costs) -> str:
    rows = []
    for api, name in NAMES.items():
        for size in SIZES:
            first, following = costs[api, size]
            plans = LIMITS.get(api, {}).items()
            most = [
                f"{min(int(HOUR / w.seconds * w.requests) for w in windows) // following.requests} "
                f"({plan})"
                for plan, windows in plans
            ]
            rows.append(
                (name, size, f"{MANY * following.requests:,}", f"{MANY * first.requests:,}",
                 f"{MANY * following.state / 1e6:.0f} MB", ", ".join(most) or NO_LIMIT)
            )  # fmt: skip
    text = (
        f"\n## {MANY:,} accounts\n\n"
        "Requests of a run of all of them when nothing has changed, and of the first run; and how\n"
        "many accounts can be read in an hour where one limit counts them together. Where each\n"
        "account has a limit of its own, none keeps another one waiting.\n\n"
    )
    return text + _table(
        ("tap", "size", "requests per run", "of the first run", "states",
         "accounts per hour on one limit"), rows
    )  # fmt: skip


def _streams(api: str, costs: Costs) -> str:
    names = sorted({name for size in SIZES for name in costs[api, size][0].streams})
    rows = []
    for name in names:
        row: list[t.Any] = [f"`{name}`"]
        for size in SIZES:
            first, following = costs[api, size]
            requests, records = first.streams.get(name, (0, 0))
            row += [records, requests, following.streams.get(name, (0, 0))[0]]
        rows.append(tuple(row))
    columns = [text for size in SIZES for text in (f"records, size {size}", "requests", "next run")]
    return f"\n## {NAMES[api]}\n\n" + _table(("stream", *columns), rows)


def _time(duration: float) -> str:
    if not duration:
        return "at once"
    return f"{duration / HOUR:.1f} h" if duration >= HOUR else f"{math.ceil(duration / 60)} min"


def format_row(cells: t.Sequence[t.Any]) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(map(str, cells))} |"


def _table(columns: t.Sequence[str], rows: t.Sequence[t.Sequence[t.Any]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(map(format_row, lines)) + "\n"


def main() -> None:
    """Write the page, or print what depends on the machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resources", action="store_true", help="print CPU and memory instead")
    given = parser.parse_args()
    costs = measure()
    if not given.resources:
        DOCUMENT.write_text(render(costs), encoding="utf-8")
        return
    rows = [
        (NAMES[api], size, kind, f"{each.cpu:.2f}", f"{each.peak:.0f}", each.records)
        for (api, size), runs in costs.items()
        for kind, each in zip(("first", "next"), runs, strict=True)
    ]
    print(_table(("tap", "size", "run", "CPU seconds", "peak MB", "records"), rows))


if __name__ == "__main__":
    main()
