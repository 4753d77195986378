"""Two runs on one `budget_path` together stay within the limit."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
import typing as t

import pytest

from demo.postgres import start_postgres
from sandbox.testing import running_sandbox

if t.TYPE_CHECKING:
    from pathlib import Path

LIMIT = {"requests": 6, "seconds": 1.5}


@pytest.fixture(params=["file", "postgresql"])
def budget_path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the setting, once for each kind of budget."""
    if request.param == "file":
        return str(tmp_path / "budget.db")
    return f"{request.getfixturevalue('database')}&budget=moco"


def start(folder: Path, url: str, budget_path: str, concurrency: int = 4) -> subprocess.Popen[str]:
    config = {
        "api_url": f"{url}/moco/api/v1",
        "api_key": "sandbox-moco-key",
        "rate_limits": [LIMIT],
        "budget_path": budget_path,
        "concurrency": concurrency,
    }
    path = folder / f"config-{len(list(folder.iterdir()))}.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    catalog = folder / "catalog.json"
    if not catalog.exists():
        catalog.write_text(json.dumps(only("activities", "contacts")), encoding="utf-8")
    # A file takes whatever comes; a pipe that nobody reads would stop the run.
    with path.with_suffix(".singer").open("w") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "tap_moco", "--config", path, "--catalog", catalog],
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
        )


def records(folder: Path) -> list[int]:
    """How many records each run wrote."""
    return [path.read_text().count('"type":"RECORD"') for path in folder.glob("*.singer")]


def only(*names: str) -> dict[str, t.Any]:
    """The discovered catalog with just these streams selected."""
    command = [sys.executable, "-m", "tap_moco", "--discover"]
    catalog: dict[str, t.Any] = json.loads(
        subprocess.check_output(command, stderr=subprocess.DEVNULL)
    )
    for stream in catalog["streams"]:
        root = next(entry for entry in stream["metadata"] if entry["breadcrumb"] == [])
        root["metadata"]["selected"] = stream["tap_stream_id"] in names
    return catalog


def test_two_processes_are_never_refused(tmp_path: Path, budget_path: str) -> None:
    with running_sandbox(scale=1.0, limits="real") as box:
        box.control("PUT", "/options", {"limits": {"moco": [LIMIT]}, "jitter_ms": 40})
        runs = [start(tmp_path, box.url, budget_path) for _ in range(2)]
        errors = [run.communicate(timeout=120)[1] for run in runs]
        assert [run.returncode for run in runs] == [0, 0], errors
        stats = box.control("GET", "/stats")["moco"]

    assert len(set(records(tmp_path))) == 1
    assert records(tmp_path)[0] > 0
    assert stats["requests"] > 2 * LIMIT["requests"]
    assert stats["refused"] == 0
    if budget_path.startswith("/"):
        assert stat.S_IMODE((tmp_path / "budget.db").stat().st_mode) == 0o600


def test_a_killed_run_gives_its_slots_back_and_the_next_run_counts_what_it_sent(
    tmp_path: Path, budget_path: str
) -> None:
    with running_sandbox(scale=1.0, limits="real") as box:
        box.control("PUT", "/options", {"limits": {"moco": [LIMIT]}})
        # Hangs in its second request until it is killed.
        box.control("POST", "/faults", {
            "kind": "delay", "api": "moco", "path": "/activities", "skip": 1, "times": 1,
            "seconds": 30,
        })  # fmt: skip
        killed = start(tmp_path, box.url, budget_path, concurrency=1)
        while len(box.control("GET", "/requests")) < 2:
            assert killed.poll() is None
            time.sleep(0.02)
        os.kill(killed.pid, signal.SIGKILL)
        killed.communicate()
        box.control("DELETE", "/faults")

        run = start(tmp_path, box.url, budget_path)
        _, errors = run.communicate(timeout=120)
        assert run.returncode == 0, errors
        assert box.control("GET", "/stats")["moco"]["refused"] == 0


def test_a_file_that_is_not_a_budget_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "budget.db").write_text("no database, but long enough to be read as one" * 50)
    with running_sandbox(scale=0.1) as box:
        run = start(tmp_path, box.url, str(tmp_path / "budget.db"))
        _, errors = run.communicate(timeout=60)
    assert run.returncode == 2
    assert "Setting 'budget_path'" in errors
    assert "Traceback" not in errors


def test_a_database_that_restarts_is_waited_for(
    scratch: t.Callable[[], Path], tmp_path: Path
) -> None:
    server = start_postgres(scratch() / "postgres")
    with running_sandbox(scale=1.0, limits="real") as box:
        box.control("PUT", "/options", {"limits": {"moco": [LIMIT]}})
        # Its second request is under way while the server stops.
        box.control("POST", "/faults", {
            "kind": "delay", "api": "moco", "path": "/activities", "skip": 1, "times": 1,
            "seconds": 15,
        })  # fmt: skip
        run = start(tmp_path, box.url, f"{server.get_uri()}&budget=moco", concurrency=1)
        while len(box.control("GET", "/requests")) < 2:
            assert run.poll() is None
            time.sleep(0.02)
        # Without a word to its clients, as when its machine fails.
        server.stop()
        assert run.stderr is not None
        told = next(line for line in run.stderr if "cannot be used now" in line)
        asked = len(box.control("GET", "/requests"))
        restarted = start_postgres(server.pgdata)
        _, errors = run.communicate(timeout=120)
        assert run.returncode == 0, errors
        stats = box.control("GET", "/stats")["moco"]
        restarted.stop()
    assert "budget_path" in told
    assert stats["requests"] > asked
    assert stats["refused"] == 0
