"""Three days of an agency: after each the warehouse is as the world is, whatever went wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DAYS = 3

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def test_the_warehouse_is_as_the_world_after_each_of_three_days() -> None:
    """Orders are cancelled, refunded and paid out, invoices re-dated, rows and campaigns removed.

    On the first day an answer is cut, on the third the credentials end while they are used: then a
    run fails, and the one after it makes up for it.
    """
    command = [sys.executable, "-W", "ignore:XDG_RUNTIME_DIR", "-m", "simulation", "--json"]
    command += [f"--days={DAYS}", "--core", "--scale=0.1"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=360, check=False
    )
    days = [json.loads(line) for line in done.stdout.splitlines()]

    assert [day["differences"] for day in days] == [[]] * (DAYS + 1), done.stderr
    assert done.returncode == 0, done.stderr
    assert all(day["tables"] > 20 for day in days)
    ended = [[run["codes"] for run in day["runs"]["moco"]] for day in days]
    assert ended[:DAYS] == [[[0, 0]]] * DAYS
    assert [codes == [0, 0] for codes in ended[DAYS]] == [False, True]
