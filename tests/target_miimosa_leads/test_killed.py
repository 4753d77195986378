"""Killed again and again at random moments: no lead twice, none lost, every one accounted for."""

from __future__ import annotations

import json
import random
import time
import typing as t

import pytest
from sqlalchemy import create_engine

from tests.target_miimosa_leads.launcher import is_running, kill, launching
from tests.target_miimosa_leads.support import Workplace, as_text, lead, leads

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.testing import RunningSandbox
    from tests.target_miimosa_leads.launcher import Launcher

LATENCY = 0.05
NEW_LEADS = 5
OLD_LEADS = 60


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    yield from launching(tmp_path)


def _wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def _all_answered(box: RunningSandbox) -> bool:
    """Tell whether no request of a killed run is under way in the sandbox any more."""
    return all(entry["answered"] is not None for entry in box.control("GET", "/requests"))


def _wait_for_the_lock(url: str) -> None:
    """Wait until PostgreSQL has noticed that the sessions of the killed run are gone.

    The target waits for 2 seconds only, which a busy machine may need.
    """
    sessions = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        _wait_until(lambda: connection.exec_driver_sql(sessions).scalar_one() == 0)
    engine.dispose()


def _killed_runs(work: Workplace, launcher: Launcher, box: RunningSandbox, runs: int) -> int:
    """Run and kill so often; return how many kills met a running process.

    Every run meets a few new leads after those of the dozen runs before. One kill in five comes
    while the run begins, the others while leads are on their way.
    """
    source = work.folder / "input.singer"
    config = work.configure(concurrency=2, max_consecutive_failures=1000)
    chance = random.Random(runs)
    counts = box.sandbox.counts["miimosa"]
    met = 0
    for last in range(NEW_LEADS, runs * NEW_LEADS + 1, NEW_LEADS):
        source.write_text(as_text(leads(*range(max(1, last - OLD_LEADS), last + 1))))
        # Or those of the run before would count as this one's.
        _wait_until(lambda: _all_answered(box))
        before = counts["requests"]
        process = launcher.start(config, source)
        if chance.random() < 0.2:
            time.sleep(chance.uniform(0, 0.3))
        else:
            number = before + chance.randint(1, 2)
            while counts["requests"] < number and is_running(process):
                time.sleep(0.002)
            time.sleep(chance.uniform(0, LATENCY))
        kill(process)
        met += launcher.wait() == -9
    return met


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_lead_is_lost_or_sent_twice(
    work: Workplace,
    launcher: Launcher,
    box: RunningSandbox,
    fault: Callable[..., None],
    arrived: Callable[[], dict[str, int]],
    request: pytest.FixtureRequest,
    kind: str,
    kills: int,
) -> None:
    # Some runs have ended before the kill comes.
    runs = kills * 4 // 3
    every = range(1, runs * NEW_LEADS + 1)
    fault("delay", seconds=LATENCY, times=None, method="POST")
    if kind == "postgresql":
        work.settings["journal_url"] = request.getfixturevalue("postgres_url")
    assert _killed_runs(work, launcher, box, runs) >= kills
    if kind == "postgresql":
        _wait_for_the_lock(work.settings["journal_url"])

    # One undisturbed run: everything is sent or known to be in doubt.
    last = work.run(leads(*every), max_consecutive_failures=1000)
    assert last.code == 4, last.err
    assert max(arrived().values()) == 1
    rows = {row["id"]: row for row in work.rows()}
    assert len(rows) == len(every)
    assert {row["status"] for row in rows.values()} == {"acknowledged", "unknown"}
    unknown = [key for key, row in rows.items() if row["status"] == "unknown"]
    # The kills did meet leads in flight, or this test shows nothing.
    assert len(unknown) > kills // 4

    received = arrived()
    for key in unknown:
        told = json.loads(work.journal("show", str(key), "--with-data").out)
        answer = "--delivered" if told["lead"]["email"] in received else "--not-delivered"
        assert work.journal("resolve", str(key), answer).code == 0
    assert work.journal("replay").code == 0
    assert set(work.statuses()) == {"acknowledged"}
    assert arrived() == {lead(n)["email"]: 1 for n in every}
    assert work.run(leads(*every)).summary["requests"] == 0
