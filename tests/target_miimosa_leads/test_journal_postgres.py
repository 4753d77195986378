"""A PostgreSQL session that is lost in the middle of a run."""

from __future__ import annotations

import threading
import typing as t

import pytest
from sqlalchemy import create_engine

from tests.target_miimosa_leads.servers import OK, serving
from tests.target_miimosa_leads.support import Workplace, as_text, leads

if t.TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

_END_SESSIONS = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def _end_sessions(url: str) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql(_END_SESSIONS).scalar_one() >= 2
    engine.dispose()


@pytest.fixture
def held() -> Iterator[threading.Event]:
    """Set, it lets the API answer; set at the latest when the test ends."""
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize("in_flight", [False, True])
def test_a_lost_session_is_told_in_one_line_with_its_own_exit_code(
    tmp_path: Path, postgres_url: str, held: threading.Event, *, in_flight: bool
) -> None:
    """Whether it is met when the next record is looked up, or when a lead is written down."""
    arrived = threading.Event()

    def answer(connection: socket.socket, _: dict[str, t.Any]) -> None:
        arrived.set()
        if in_flight:
            held.wait(30)
        connection.sendall(OK)

    with serving(answer) as server:
        work = Workplace(tmp_path, api_url=server.url, journal_url=postgres_url)
        process = work.start()
        assert process.stdin
        assert process.stdout
        process.stdin.write(as_text(leads(1)))
        process.stdin.flush()
        if in_flight:
            assert arrived.wait(30)
        else:
            assert process.stdout.readline()
        _end_sessions(postgres_url)
        held.set()
        _, err = process.communicate("" if in_flight else as_text(leads(2)), timeout=30)
        assert process.returncode == 7, err
        assert "Traceback" not in err
        assert "Run summary" in err
        assert "journal" in err.strip().splitlines()[-1]
        assert "example.org" not in err
        assert len(server.leads) == 1
    again = work.journal("list")
    assert ("unknown" if in_flight else "acknowledged") in again.out
