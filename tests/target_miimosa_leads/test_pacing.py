"""How long a 429, and an API that cannot be reached, is waited for."""

from __future__ import annotations

import threading
import time
import typing as t
from contextlib import suppress
from email.utils import formatdate

import pytest

from tests.target_miimosa_leads.servers import OK, reply, serving
from tests.target_miimosa_leads.support import Workplace, leads

if t.TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path


def _has_planned(work: Workplace) -> bool:
    for path in work.folder.glob("journal.db*"):
        # SQLite's own files come and go.
        with suppress(FileNotFoundError):
            if b"no connection" in path.read_bytes():
                return True
    return False


def _limited(times: int, *headers: str) -> Callable[[socket.socket, object], None]:
    """Answer with 429 so many times, then with 200."""
    left = times

    def answer(connection: socket.socket, _: object) -> None:
        nonlocal left
        left -= 1
        connection.sendall(reply(429, b"", *headers) if left >= 0 else OK)

    return answer


def test_a_limit_that_asks_for_no_wait_again_and_again_is_no_loop_without_end(
    tmp_path: Path,
) -> None:
    with serving(_limited(100, "Retry-After: 0")) as server:
        work = Workplace(tmp_path, api_url=server.url)
        result = work.run(leads(1), max_wait=1)
        assert result.code == 5
        assert "max_wait" in result.last_line
        assert len(server.leads) < 10
    assert work.statuses() == ["planned"]


@pytest.mark.parametrize("wait", ["inf", "nan", "soon"])
def test_a_wait_that_is_not_a_number_of_seconds_is_not_waited_for(
    tmp_path: Path, wait: str
) -> None:
    with serving(_limited(1, f"Retry-After: {wait}")) as server:
        work = Workplace(tmp_path, api_url=server.url)
        assert work.run(leads(1)).code == 0
    assert work.statuses() == ["acknowledged"]


def test_a_date_to_wait_for_is_meant_by_the_clock_of_the_server(tmp_path: Path) -> None:
    ahead = time.time() + 3600
    headers = [f"Date: {formatdate(ahead, usegmt=True)}"]
    headers.append(f"Retry-After: {formatdate(ahead + 1, usegmt=True)}")
    with serving(_limited(1, *headers)) as server:
        work = Workplace(tmp_path, api_url=server.url)
        result = work.run(leads(1), max_wait=60)
        assert result.code == 0, result.err
        assert len(server.leads) == 2
    assert result.summary["created"] == 1


@pytest.mark.parametrize("form", ["seconds", "date", None])
def test_429_is_waited_for_and_sent_again(
    work: Workplace,
    fault: Callable[..., None],
    arrived: Callable[[], dict[str, int]],
    form: str | None,
) -> None:
    after = {"seconds": "1", "date": formatdate(time.time() + 2, usegmt=True), None: ""}[form]
    fault("status", status=429, headers={"Retry-After": after} if after else {})
    started = time.monotonic()
    result = work.run(leads(1))
    assert result.code == 0
    assert list(arrived().values()) == [1]
    assert result.summary["requests"] == 2
    if form == "seconds":
        # Only the lower bound means something: the wait that the API asked for has been kept.
        assert time.monotonic() - started >= 1


def test_a_429_that_asks_for_more_than_max_wait_stops_the_run(
    work: Workplace, fault: Callable[..., None]
) -> None:
    fault("status", status=429, headers={"Retry-After": "7200"})
    result = work.run(leads(1, 2), concurrency=1)
    assert result.code == 5
    assert "max_wait" in result.last_line
    assert work.statuses()[0] == "planned"
    assert result.states == []


def test_a_refused_connection_is_tried_again(tmp_path: Path, closed_port: socket.socket) -> None:
    port = closed_port.getsockname()[1]
    work = Workplace(tmp_path, api_url=f"http://127.0.0.1:{port}")
    received = []

    def open_late() -> None:
        # Opened only once the target has met the closed port, as its journal shows.
        while not (work.journal_file.exists() and _has_planned(work)):
            time.sleep(0.05)
        closed_port.listen()
        connection, _ = closed_port.accept()
        received.append(connection.recv(65536))
        connection.sendall(OK)
        connection.close()

    server = threading.Thread(target=open_late)
    server.start()
    result = work.run(leads(1))
    server.join()
    assert result.code == 0
    assert len(received) == 1
    assert result.summary["waits"] >= 1
    assert result.summary["created"] == 1


def test_an_api_that_stays_away_leaves_leads_planned_and_no_state(
    tmp_path: Path, closed_port: socket.socket
) -> None:
    port = closed_port.getsockname()[1]
    work = Workplace(
        tmp_path, api_url=f"http://127.0.0.1:{port}", connection_retry_seconds=0, concurrency=1
    )
    result = work.run(leads(1, 2, 3))
    assert result.code == 6
    assert work.statuses() == ["planned"] * 3
    assert result.states == []
    stopped = work.run(leads(*range(1, 20)), max_consecutive_failures=2)
    assert stopped.code == 6
    assert "2 leads in a row" in stopped.last_line
