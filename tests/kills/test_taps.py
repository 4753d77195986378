"""Each tap piped into target-postgres, both disturbed at random: the tables are the right ones.

First while everything is read, until the tables must be those of an undisturbed run; then, when the
world has moved on, until they must be as the world is. The key of each table is a primary key, so
that no row is there twice.
"""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
Order = t.Callable[..., dict[str, t.Any]]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def order(scratch: Callable[[], Path], make_database: Callable[[], str]) -> Iterator[Order]:
    """Sends orders to ``sequences.py``."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.kills.sequences"]
    folder = scratch()
    with (
        (folder / "err").open("w+") as err,
        subprocess.Popen(
            [*command, make_database(), make_database(), str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
        ) as process,
    ):

        def send(**what: object) -> dict[str, t.Any]:
            assert process.stdin
            assert process.stdout
            process.stdin.write(f"{json.dumps(what)}\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            assert answer, (folder / "err").read_text()
            told: dict[str, t.Any] = json.loads(answer)
            return told

        yield send
        process.communicate()


@pytest.mark.parametrize("api", ["moco", "ulule", "miimosa", "micropledge"])
def test_the_tables_are_those_of_undisturbed_runs(
    api: str, order: Order, tap_kills: int, seed: int, record: Callable[..., None]
) -> None:
    told = order(api=api, kills=tap_kills, seed=seed)

    record(f"tap-{api}", seed=seed, **told)
    assert told["wrong"] == []
    assert told["tables"] > 1
