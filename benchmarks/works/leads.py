"""How fast leads arrive, with a journal, against a loop without one."""

from __future__ import annotations

import functools
import http.client
import json
import subprocess
import sys
import tempfile
import typing as t
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.lead_records import write_leads
from benchmarks.measure import BENCH, HERE, Run, interleave, median, run, spread
from benchmarks.report import Section

if t.TYPE_CHECKING:
    from collections.abc import Iterator

LEADS = 1000
LATENCY_MS = 20
CONCURRENCY = 4
ROUNDS = 5
TARGET = 3
KEY = "sandbox-miimosa-key"
LOOP = "loop (requests)"
OURS = "**ours** (target-miimosa-leads)"
TEXT = f"""{LEADS:,} leads from a Singer file to the sandbox, a process of its own that answers
after {LATENCY_MS} ms. The loop keeps one connection open, sends one lead after the other and knows
nothing of what it sent before. Ours runs at `concurrency: {CONCURRENCY}`, validates each lead, has
it in its journal on disk before and after, and takes a connection of its own for each. The rate is
that at which leads arrive, from the first to the last; the wall time is that of the process."""


@dataclass
class Delivery(Run):
    """A run and the rate at which its leads arrived, in leads per second."""

    rate: float = 0.0


class Sandbox:
    """The sandbox in a process of its own."""

    def __init__(self, url: str) -> None:
        """Keep its URL."""
        self.url = url

    def control(self, method: str, path: str, body: object = None) -> t.Any:  # noqa: ANN401 - JSON
        """Ask the control endpoint."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        connection.request(method, f"/_control{path}", json.dumps(body) if body else None)
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer


def measure() -> Section:
    """Measure the loop and the target."""
    with sandbox(LATENCY_MS) as box, tempfile.TemporaryDirectory() as name:
        leads = write_leads(Path(name) / "leads.jsonl", LEADS)
        results = interleave(
            [
                (LOOP, functools.partial(deliver, box, leads, _loop)),
                (OURS, functools.partial(deliver, box, leads, target(CONCURRENCY))),
            ],
            ROUNDS,
        )
    base = median(each.rate for each in results[LOOP])
    rows = [
        [
            label,
            spread([each.rate for each in runs], 0),
            f"{median(each.rate for each in runs) / base:.2f}",
            spread([each.wall for each in runs]),
            spread([each.cpu for each in runs]),
        ]
        for label, runs in results.items()
    ]
    ratio = median(each.rate for each in results[OURS]) / base
    return Section(
        f"{LEADS:,} leads at {LATENCY_MS} ms",
        TEXT,
        ["program", "leads per second", "relative to the loop", "wall", "CPU"],
        rows,
        [(f"{LEADS:,} leads at {LATENCY_MS} ms, journal on", f"≥ {TARGET} times the rate of a loop",
          f"{ratio:.1f} times", ratio >= TARGET)],
    )  # fmt: skip


@contextmanager
def sandbox(latency_ms: int) -> Iterator[Sandbox]:
    """Run the sandbox, which answers after some milliseconds."""
    command = [sys.executable, "-m", "sandbox", "serve", "--port", "0", "--limits", "none"]
    process = subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout  # noqa: S101 - for the type checker
        box = Sandbox(json.loads(process.stdout.readline())["url"])
        box.control("PUT", "/options", {"latency_ms": latency_ms})
        yield box
    finally:
        process.terminate()
        process.wait()


Command = t.Callable[[Sandbox, Path, Path], list[str]]


def _loop(box: Sandbox, leads: Path, _folder: Path) -> list[str]:
    script = str(HERE / "peers" / "leads_loop.py")
    return [_bin("python"), script, str(leads), f"{box.url}/miimosa/leads", KEY]


def target(concurrency: int, **settings: object) -> Command:
    """Return what makes the command of the target, with its journal in a new SQLite file.

    Args:
        concurrency: Leads in flight at most.
        settings: More of them, such as another ``journal_url``.
    """

    def command(box: Sandbox, leads: Path, folder: Path) -> list[str]:
        config = folder / "config.json"
        given = {
            "api_url": f"{box.url}/miimosa",
            "api_key": KEY,
            "journal_url": f"sqlite:///{folder / 'journal.db'}",
            "dead_letter_path": str(folder / "dead-letter.jsonl"),
            "concurrency": concurrency,
            **settings,
        }
        config.write_text(json.dumps(given), encoding="utf-8")
        return [_bin("target-miimosa-leads"), "--config", str(config), "--input", str(leads)]

    return command


def _bin(program: str) -> str:
    return str(BENCH / "singer" / "bin" / program)


def deliver(box: Sandbox, leads: Path, command: Command) -> Delivery:
    """Send all leads once; each must arrive once."""
    box.control("DELETE", "/leads")
    with tempfile.TemporaryDirectory() as folder:
        result = run(command(box, leads, Path(folder)))
    found = box.control("GET", "/leads")
    count = leads.read_text("utf-8").count('"RECORD"')
    if result.code or [each["times"] for each in found] != [1] * count:
        raise SystemExit(f"{len(found)} leads of {count} arrived.")
    moments = sorted(datetime.fromisoformat(each["received_at"]) for each in found)
    rate = (count - 1) / (moments[-1] - moments[0]).total_seconds()
    return Delivery(**vars(result), rate=rate)
