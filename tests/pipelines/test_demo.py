"""`make demo`, as a newcomer runs it: whole, again, and killed in the middle."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import psutil
import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

Tables = dict[str, list[str]]

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(sys.executable)
STREAMS = 33
# A demo is the whole product at once: nothing else of this folder needs to run beside it.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def start(home: Path, python: Path = PYTHON, **env: str) -> subprocess.Popen[str]:
    env = {
        **os.environ,
        "DEMO_HOME": str(home),
        "DEMO_NOW": "2026-11-01T12:00:00Z",
        "DEMO_SCALE": "0.15",
        **env,
    }
    return subprocess.Popen(
        [python, "-W", "ignore:XDG_RUNTIME_DIR", "-m", "demo"],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(home: Path, python: Path = PYTHON, **env: str) -> str:
    with start(home, python, **env) as process:
        output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    return output


def left_behind(home: Path) -> list[str]:
    """Processes that have to do with the demo, the dead and the gone aside."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        command = " ".join(process.info["cmdline"] or [])
        if str(home) in command and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(command)
    return found


def warehouse(home: Path) -> Tables:
    """All tables, each row as text; PostgreSQL itself vouches that their keys are unique."""
    module = "tests.pipelines.dump_warehouse"
    command = [sys.executable, "-W", "ignore:XDG_RUNTIME_DIR", "-m", module, home]
    dumped = json.loads(subprocess.check_output(command, cwd=ROOT, text=True, timeout=180))
    assert dumped["without_key"] == []
    tables: Tables = dumped["tables"]
    return tables


def leads_at_sandbox(home: Path) -> list[dict[str, t.Any]]:
    lines = (home / "sandbox.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if '"lead"' in line]


def counts(output: str) -> dict[str, tuple[int, int]]:
    """Requests made and refused per API, as the demo prints them."""
    section = output.split("requests made and refused:")[1]
    rows = re.findall(r"^  (\w+) +(\d+) +(\d+)$", section, re.MULTILINE)
    return {api: (int(made), int(refused)) for api, made, refused in rows}


def written(output: str) -> list[tuple[int, int, int]]:
    """Rows, new rows and changed ones per table, as the demo prints them."""
    rows = re.findall(r"^\w+ +\w+ +(\d+) +(\d+) +(\d+) +\d+$", output, re.MULTILINE)
    return [(int(rows), int(new), int(changed)) for rows, new, changed in rows]


class Undisturbed(t.NamedTuple):
    """Two whole runs: what they printed, what they left, how many leads had arrived.

    The machine's clock is west of UTC, and then east of it.
    """

    home: Path
    printed: tuple[str, str]
    tables: tuple[Tables, Tables]
    leads: tuple[int, int]


@pytest.fixture(scope="module")
def undisturbed(scratch: Callable[[], Path], programs: Path) -> Undisturbed:
    home = scratch()
    # What is killed below is the programs themselves.
    python = programs / PYTHON.name
    zones = ({"TZ": "America/New_York"}, {"TZ": "Asia/Kolkata", "PGTZ": "Asia/Kolkata"})
    results = [
        (run(home, python, **env), warehouse(home), len(leads_at_sandbox(home))) for env in zones
    ]
    (first, tables, leads), (second, tables_after, leads_after) = results
    return Undisturbed(home, (first, second), (tables, tables_after), (leads, leads_after))


def test_two_runs_fill_the_warehouse_and_deliver_each_lead_once(undisturbed: Undisturbed) -> None:
    for printed in undisturbed.printed:
        # The demo itself compares every table with what the sandbox served, and says so.
        assert "differs" not in printed
        assert ", 0 of them twice" in printed
        assert re.search(r"models: \d+ built, \d+ tests passed, 0 warnings, 0 failed", printed)
    assert len(undisturbed.tables[0]) == STREAMS
    assert undisturbed.tables[0] != undisturbed.tables[1]
    assert undisturbed.leads[0] > 0
    assert left_behind(undisturbed.home) == []


def test_the_second_run_asks_less_and_is_never_refused(undisturbed: Undisturbed) -> None:
    first, second = (counts(printed) for printed in undisturbed.printed)
    # MOCO is asked for the total of each list, and for the whole of one where something is gone: of
    # an account as small as this one that is as much as all of it.
    asked = [sum(made for api, (made, _) in found.items() if api != "moco")
             for found in (first, second)]  # fmt: skip
    assert asked[1] < asked[0]
    assert all(refused == 0 for _, refused in [*first.values(), *second.values()])


def test_only_what_a_run_wrote_counts_as_changed(undisturbed: Undisturbed) -> None:
    first, second = (written(printed) for printed in undisturbed.printed)
    assert len(first) == len(second) == STREAMS
    assert all(changed == 0 for _, _, changed in first)
    held = sum(rows - new for rows, new, _ in second)
    assert 0 < sum(changed for *_, changed in second) < held


def start_and_signal(home: Path, how: signal.Signals, word: str) -> int:
    """Start a demo, signal it once a word is in Meltano's log, and return its exit code."""
    process = start(home)
    log = home / "meltano.log"
    log.unlink(missing_ok=True)
    deadline = time.monotonic() + 120
    while not (log.exists() and word in log.read_text(encoding="utf-8")):
        assert process.poll() is None, "ended too early to be killed"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(how)
    process.communicate(timeout=60)
    return process.returncode


def test_an_interrupted_and_then_killed_demo_goes_on_where_it_was(
    undisturbed: Undisturbed, scratch: Callable[[], Path], programs: Path
) -> None:
    home = scratch()
    # While the first pipeline runs; what was started is stopped.
    assert start_and_signal(home, signal.SIGTERM, "tap-moco") == 128 + signal.SIGTERM
    assert left_behind(home) == []
    # When it is done; the next demo waits for what is left.
    assert start_and_signal(home, signal.SIGKILL, "tap-ulule") == -signal.SIGKILL

    printed = run(home, programs / PYTHON.name)

    assert "Run 1:" in printed
    assert warehouse(home) == undisturbed.tables[0]
    assert len(leads_at_sandbox(home)) == undisturbed.leads[0]
    assert left_behind(home) == []
