"""The embedded PostgreSQL of the demo and of the tests."""

from __future__ import annotations

import typing as t

import psycopg

from demo.postgres import start_postgres

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def test_its_sessions_are_in_utc_whatever_the_machine_is_in(
    scratch: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    server = start_postgres(scratch() / "postgres")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            assert connection.execute("show timezone").fetchone() == ("UTC",)
    finally:
        server.stop()
