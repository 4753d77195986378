"""Loads what a tap has written with target-postgres, and reads the tables."""

from __future__ import annotations

import json
import subprocess
import typing as t

import psycopg
from psycopg import sql

from loaders.settings import postgres_settings

if t.TYPE_CHECKING:
    from pathlib import Path

    from tests.harness.run import Record, Run

SCHEMA = "warehouse"


class Warehouse:
    """A schema of a PostgreSQL database.

    Args:
        uri: Of the database.
        folder: Where the loader's configuration is written.
        programs: Folder with the loader.
    """

    def __init__(self, uri: str, folder: Path, programs: Path, schema: str = SCHEMA) -> None:
        """Create nothing: that is up to the loader."""
        self._uri = uri
        self._loader = programs / "target-postgres"
        self._config = folder / "target-postgres.json"
        url = uri.replace("postgresql://", "postgresql+psycopg://")
        there = {"sqlalchemy_url": url, "default_target_schema": schema}
        settings = {**postgres_settings(), **there}
        self._config.write_text(json.dumps(settings), encoding="utf-8")

    def load(self, run: Run) -> Record:
        """Load what a run wrote; return the last STATE that the loader hands on."""
        assert run.error is None
        done = subprocess.run(
            [self._loader, "--config", str(self._config)],
            input=run.out, capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        state: Record = json.loads(done.stdout.splitlines()[-1])
        return state

    def rows(self, table: str, *columns: str) -> list[tuple[t.Any, ...]]:
        """Return columns of the rows that are not marked as deleted, sorted."""
        query = sql.SQL("select {} from {} where _sdc_deleted_at is null").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(SCHEMA, table)
        )
        with psycopg.connect(self._uri) as connection:
            return sorted(connection.execute(query).fetchall())

    def deleted(self, table: str, *columns: str) -> list[tuple[t.Any, ...]]:
        """Return columns of the rows that are marked as deleted, sorted."""
        query = sql.SQL("select {} from {} where _sdc_deleted_at is not null").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(SCHEMA, table)
        )
        with psycopg.connect(self._uri) as connection:
            return sorted(connection.execute(query).fetchall())
