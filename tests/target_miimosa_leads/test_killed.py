"""Killed again and again at random moments: no lead twice, none lost, every one accounted for."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING

import pytest

from tests.target_miimosa_leads.launcher import kill, launching
from tests.target_miimosa_leads.support import Workplace, as_text, lead, leads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.target_miimosa_leads.launcher import Launcher

LATENCY = 0.05


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    yield from launching(tmp_path)


def _killed_runs(
    work: Workplace, launcher: Launcher, kills: int, number: int, posts: Callable[[], int]
) -> int:
    """Run and kill; return how many kills met a running process.

    One in five comes while the run begins, the others when some leads are on their way.
    """
    source = work.folder / "input.singer"
    source.write_text(as_text(leads(*range(1, number + 1))))
    config = work.configure(concurrency=4, max_consecutive_failures=1000)
    chance = random.Random(kills)
    met = 0
    for _ in range(kills * 2):
        before = posts()
        process = launcher.start(config, source)
        if chance.random() < 0.2:
            time.sleep(chance.uniform(0, 0.3))
        else:
            _wait_for(posts, before + chance.randint(1, 4))
            time.sleep(chance.uniform(0, LATENCY))
        kill(process)
        met += launcher.wait() == -9
        if met == kills:
            break
    return met


def _wait_for(posts: Callable[[], int], number: int) -> None:
    """Wait for so many requests; not for ever, as a run may have nothing left to send."""
    end = time.monotonic() + 5
    while posts() < number and time.monotonic() < end:
        time.sleep(0.005)


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("database", "number", "kills"), [("sqlite", 500, 100), ("postgresql", 500, 100)]
)
def test_no_lead_is_lost_or_sent_twice(
    work: Workplace,
    launcher: Launcher,
    fault: Callable[..., None],
    arrived: Callable[[], dict[str, int]],
    posts: Callable[[], int],
    request: pytest.FixtureRequest,
    database: str,
    number: int,
    kills: int,
) -> None:
    fault("delay", seconds=LATENCY, times=None, method="POST")
    if database == "postgresql":
        work.settings["journal_url"] = request.getfixturevalue("postgres_url")
    assert _killed_runs(work, launcher, kills, number, posts) == kills

    # One undisturbed run: everything is sent or known to be in doubt.
    last = work.run(leads(*range(1, number + 1)), max_consecutive_failures=1000)
    assert last.code == 4, last.err
    assert max(arrived().values()) == 1
    rows = {row["id"]: row for row in work.rows()}
    assert len(rows) == number
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
    assert arrived() == {lead(n)["email"]: 1 for n in range(1, number + 1)}
    assert work.run(leads(*range(1, number + 1))).summary["requests"] == 0
