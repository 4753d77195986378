"""The target disturbed at random: no lead twice, none lost, every one accounted for."""

from __future__ import annotations

import os
import random
import signal
import time
import typing as t
from collections import Counter

import pytest
from sqlalchemy import create_engine

from simulation.disturbances import KINDS
from tests.kills.launcher import is_running, launching
from tests.target_miimosa_leads.support import Workplace, as_text, lead, leads

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.testing import RunningSandbox
    from tests.kills.launcher import Launcher

LATENCY = 0.05
NEW_LEADS = 5
OLD_LEADS = 60
# Runs that have ended before the signal comes count as none.
MOST_RUNS = 3


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


def _disturb(process: int, kind: str, pause: float) -> bool:
    """Send signals to a run; tell whether it was there to get them."""
    if not is_running(process):
        return False
    first, *later = KINDS[kind]
    os.kill(process, first)
    for number in later:
        time.sleep(pause)
        os.kill(process, number)
    return True


def _disturbed_runs(
    work: Workplace, launcher: Launcher, box: RunningSandbox, kills: int, seed: int
) -> tuple[int, Counter[str]]:
    """Run until so many runs were killed; return how many there were, and what met them.

    Every run meets a few new leads after those of the dozen runs before. One signal in five comes
    while the run begins, the others while leads are on their way. Four of five are SIGKILL.
    """
    source = work.folder / "input.singer"
    config = work.configure(concurrency=2, max_consecutive_failures=1_000_000)
    chance = random.Random(seed)
    counts = box.sandbox.counts["miimosa"]
    met: Counter[str] = Counter()
    for run in range(1, MOST_RUNS * kills + 1):
        last = run * NEW_LEADS
        source.write_text(as_text(leads(*range(max(1, last - OLD_LEADS), last + 1))))
        # Or those of the run before would count as this one's.
        _wait_until(lambda: _all_answered(box))
        before = counts["requests"]
        process = launcher.start(config, source)
        kind = "SIGKILL" if chance.random() < 0.8 else chance.choice(list(KINDS))
        if chance.random() < 0.2:
            time.sleep(chance.uniform(0, 0.3))
        else:
            number = before + chance.randint(1, 2)
            while counts["requests"] < number and is_running(process):
                time.sleep(0.002)
            time.sleep(chance.uniform(0, LATENCY))
        there = _disturb(process, kind, LATENCY)
        code = launcher.wait()
        if there and (code < 0 or KINDS[kind][-1] != signal.SIGKILL):
            met[kind] += 1
        if met["SIGKILL"] + met["SIGSTOP, SIGKILL"] == kills:
            break
    return run, met


@pytest.fixture(params=["sqlite", "postgresql"])
def journal(work: Workplace, request: pytest.FixtureRequest) -> str:
    """The kind of database in which the journal of the workplace is."""
    kind: str = request.param
    if kind == "postgresql":
        work.settings["journal_url"] = request.getfixturevalue("postgres_url")
    return kind


@pytest.mark.slow
@pytest.mark.prints_data("--with-data")
def test_no_lead_is_lost_or_sent_twice(
    work: Workplace,
    journal: str,
    launcher: Launcher,
    box: RunningSandbox,
    arrived: Callable[[], dict[str, int]],
    kills: int,
    seed: int,
    record: Callable[..., None],
) -> None:
    slow = {"kind": "delay", "api": "miimosa", "seconds": LATENCY, "times": None, "method": "POST"}
    box.control("POST", "/faults", slow)
    runs, met = _disturbed_runs(work, launcher, box, kills, seed)
    assert met["SIGKILL"] + met["SIGSTOP, SIGKILL"] == kills
    box.control("DELETE", "/faults")
    if journal == "postgresql":
        _wait_for_the_lock(work.settings["journal_url"])

    # One undisturbed run: everything is sent or known to be in doubt.
    every = range(1, runs * NEW_LEADS + 1)
    last = work.run(leads(*every), max_consecutive_failures=1_000_000)
    assert last.code == 4, last.err
    received = arrived()
    twice = sum(times > 1 for times in received.values())
    assert twice == 0
    rows = {row["id"]: row for row in work.rows("--with-data")}
    assert len(rows) == len(every)
    assert {row["status"] for row in rows.values()} == {"acknowledged", "unknown"}
    unknown = {key: row for key, row in rows.items() if row["status"] == "unknown"}
    # The kills did meet leads in flight, or this test shows nothing.
    assert len(unknown) > kills // 4

    delivered = {key for key, row in unknown.items() if row["lead"]["email"] in received}
    for keys, answer in (
        (delivered, "--delivered"),
        (unknown.keys() - delivered, "--not-delivered"),
    ):
        if keys:
            assert work.journal("resolve", *map(str, sorted(keys)), answer).code == 0
    assert work.journal("replay").code == 0
    assert set(work.statuses()) == {"acknowledged"}
    received = arrived()
    expected = {lead(n)["email"]: 1 for n in every}
    record(
        f"target-{journal}",
        seed=seed,
        kinds=met,
        runs=runs,
        leads=len(expected),
        unknown=len(unknown),
        twice=sum(times > 1 for times in received.values()),
        lost=len(expected.keys() - received.keys()),
    )
    assert received == expected
    assert work.run(leads(*every)).summary["requests"] == 0
