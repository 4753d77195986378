"""`make psql`: what it shows, and that others use the warehouse at the same time."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import typing as t

import psycopg
import pytest

from demo.postgres import start_postgres
from tests.structure import ROOT

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE = 60


def start(home: Path, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore:XDG_RUNTIME_DIR", "-m", "demo", "psql"],
        cwd=ROOT, env={**os.environ, "DEMO_HOME": str(home), "PSQLRC": os.devnull, **env},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def connect(port: int) -> psycopg.Connection:
    """Connect as soon as somebody listens."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres")
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@pytest.mark.slow
def test_several_use_the_warehouse_and_the_last_one_stops_it(
    scratch: Callable[[], Path],
) -> None:
    home, port = scratch(), free_port()
    server = start_postgres(home / "postgres")
    with psycopg.connect(server.get_uri()) as connection:
        connection.execute("create schema moco; create table moco.deals as select 7 as id")
    server.stop()

    with start(home, DEMO_PORT=str(port)) as first, connect(port) as connection:
        with start(home) as second:
            said, _ = second.communicate("select 'id is ' || id from deals;\n", timeout=PATIENCE)
        # The other one has not stopped it.
        rows = connection.execute("select id from moco.deals").fetchall()
        connection.close()
        also, _ = first.communicate("", timeout=PATIENCE)

    assert (first.returncode, second.returncode) == (0, 0)
    assert "moco (1): deals" in said
    assert "\\i questions/campaigns.sql" in said
    assert "id is 7" in said
    assert f"127.0.0.1:{port}" in also
    assert rows == [(7,)]
    assert not (home / "postgres" / "postmaster.pid").exists()


def test_a_port_that_is_none_is_refused_in_one_line(scratch: Callable[[], Path]) -> None:
    with start(scratch(), DEMO_PORT="many") as process:
        said, _ = process.communicate(timeout=PATIENCE)

    assert process.returncode == 1
    assert said == "PORT must be a number from 1 to 65535.\n"
