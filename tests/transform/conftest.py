"""A world that has moved five times, and what the models say of it; made once for all tests."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

import psycopg
import pytest

Row = dict[str, t.Any]
ROOT = Path(__file__).resolve().parents[2]


class Built:
    """What is, and what the models say.

    Args:
        found: What ``five_moves`` printed.
    """

    def __init__(self, found: dict[str, t.Any]) -> None:
        self.today: str = found["today"]
        self.page: str = found["page"]
        self.ends: list[dict[str, t.Any]] = found["built"]
        self._world: dict[str, list[Row]] = found["world"]
        self._marts: dict[str, list[Row]] = found["marts"]

    def world(self, stream: str) -> list[Row]:
        """The rows of a stream, such as ``moco.deals``, as the world has them."""
        return self._world[stream]

    def has_world(self, stream: str) -> bool:
        """Whether the rows of a stream are known; not so of derived ones and of leads."""
        return stream in self._world

    def mart(self, name: str, *key: str) -> dict[t.Any, Row]:
        """The rows of a mart by a column or several of them."""
        rows = self._marts[name]
        found = {tuple(row[k] for k in key) if len(key) > 1 else row[key[0]]: row for row in rows}
        assert len(found) == len(rows)
        return found


@pytest.fixture(scope="session")
def built(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The first worker that needs it makes it; the others wait."""
    if not (ROOT / ".transform" / ".installed").exists():
        pytest.fail("dbt is not there: make .transform/.installed")
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    result = shared / "five_moves.json"
    with (shared / "five_moves.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result.exists():
            result.write_text(_make(postgres), encoding="utf-8")
    return Built(json.loads(result.read_text(encoding="utf-8")))


def _make(postgres: str) -> str:
    name = "five_moves"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    database = postgres.replace("/postgres?", f"/{name}?")
    folder = Path(tempfile.mkdtemp(prefix="five-moves-"))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tests.transform.five_moves", database, folder],
            cwd=ROOT, capture_output=True, text=True, timeout=560, check=False,
            env={**os.environ, "PGTZ": "UTC"},
        )  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    assert done.returncode == 0, done.stderr[-5000:]
    return done.stdout
