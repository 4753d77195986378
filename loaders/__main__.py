"""Loads every stream of every tap with every loader, twice, and writes docs/loaders.md."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import psycopg

from demo.postgres import start_postgres
from loaders.matrix import try_tap
from loaders.report import DOCUMENT, make_table, write_table
from loaders.taps import TAPS


def main() -> None:
    """Fill the table, and say what differs."""
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="loaders-") as name:
        folder = Path(name)
        # Run by root, the embedded PostgreSQL is another user.
        folder.chmod(0o755)
        server = start_postgres(folder / "postgres")
        try:
            for tap in TAPS:
                print(tap, flush=True)
                place = folder / tap
                place.mkdir()
                outcomes += try_tap(tap, place, _make_database(server.get_uri(), tap))
        finally:
            server.stop()
    for outcome in outcomes:
        for number, faults in outcome.faults.items():
            for fault in faults:
                print(f"{outcome.package}, {outcome.tap}, run {number}: {fault}", file=sys.stderr)
    write_table(make_table(outcomes))
    print(f"The table is in {DOCUMENT}.")


def _make_database(server: str, tap: str) -> str:
    """Make an empty database; return its URI."""
    name = tap.replace("-", "_")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    return server.replace("/postgres?", f"/{name}?")


if __name__ == "__main__":
    main()
