"""Every row of the table of outcomes, over a real socket."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

from tests.target_miimosa_leads.servers import OK, reply, serving
from tests.target_miimosa_leads.support import Workplace, lead, leads, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def test_200_is_acknowledged(work: Workplace, arrived: Callable[[], dict[str, int]]) -> None:
    result = work.run(leads(1, 2))
    assert result.code == 0
    assert work.statuses() == ["acknowledged", "acknowledged"]
    assert set(arrived().values()) == {1}
    assert result.states[-1] == {"bookmark": 2}


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b'{"id": 4}', b"  \n"])
def test_200_with_any_json_or_nothing_is_acknowledged(tmp_path: Path, body: bytes) -> None:
    with serving(lambda c, _: c.sendall(reply(200, body))) as server:
        work = Workplace(tmp_path, api_url=server.url)
        assert work.run(leads(1)).code == 0
        assert work.statuses() == ["acknowledged"]


def test_400_is_rejected_with_the_reason_of_the_api(
    work: Workplace, fault: Callable[..., None]
) -> None:
    fault("status", status=400, body='{"errors": {"phone": ["is not French"]}}')
    result = work.run(leads(1, 2), concurrency=1)
    assert result.code == 3
    assert work.statuses() == ["rejected", "acknowledged"]
    assert "is not French" in work.rows()[0]["reason"]
    [dead] = work.dead_letters()
    assert dead["email"] == lead(1)["email"]
    assert "is not French" in dead["_sdc_dead_letter_reason"]
    assert result.states[-1] == {"bookmark": 2}


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_a_refusal_of_everything_stops_the_run_and_leaves_the_lead_planned(
    work: Workplace,
    fault: Callable[..., None],
    arrived: Callable[[], dict[str, int]],
    status: int,
) -> None:
    fault("status", status=status, times=None)
    result = work.run(leads(*range(1, 30)))
    assert result.code == 5
    assert str(status) in result.last_line
    assert "api_key" in result.last_line
    assert set(work.statuses()) == {"planned"}
    assert result.states == []
    assert arrived() == {}


def test_a_wrong_key_is_told_and_mended(
    work: Workplace, arrived: Callable[[], dict[str, int]]
) -> None:
    assert work.run(leads(1), api_key="wrong-key-1234").code == 5
    result = work.run(leads(1))
    assert result.code == 0
    assert list(arrived().values()) == [1]


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


@pytest.fixture
def closed_port() -> Iterator[socket.socket]:
    """A port that refuses connections and that nobody else can take: bound, but not listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound


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


def _has_planned(work: Workplace) -> bool:
    for path in work.folder.glob("journal.db*"):
        # SQLite's own files come and go.
        with suppress(FileNotFoundError):
            if b"no connection" in path.read_bytes():
                return True
    return False


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


@pytest.mark.parametrize(
    ("kind", "members", "stored"),
    [
        ("reset_before", {}, 0),
        ("reset_after", {}, 1),
        ("timeout_after", {}, 1),
        ("truncate", {}, 1),
        ("body", {"body": "<html>ok</html>", "content_type": "text/html"}, 1),
        ("body", {"body": '{"error": "no"}'}, 1),
        ("status", {"status": 500}, 0),
        ("status", {"status": 503}, 0),
        ("status", {"status": 408}, 0),
        ("status", {"status": 202}, 0),
        ("huge", {"size": 3_000_000}, 0),
        ("drip", {"seconds": 6}, 1),
    ],
)
def test_an_ambiguous_answer_is_unknown_and_never_sent_again(
    work: Workplace,
    fault: Callable[..., None],
    arrived: Callable[[], dict[str, int]],
    posts: Callable[[], int],
    kind: str,
    members: dict[str, Any],
    stored: int,
) -> None:
    fault(kind, **members)
    result = work.run(leads(1), request_timeout=1.5)
    assert result.code == 4
    assert work.statuses() == ["unknown"]
    assert sum(arrived().values()) == stored
    assert result.states == [{"bookmark": 1}]
    assert "resolve" in result.last_line
    again = work.run(leads(1))
    assert again.code == 4
    assert posts() == 1


def test_503_after_storing_is_unknown(tmp_path: Path) -> None:
    with serving(lambda c, _: c.sendall(reply(503, b"", "Retry-After: 0"))) as server:
        work = Workplace(tmp_path, api_url=server.url)
        assert work.run(leads(1)).code == 4
        assert len(server.leads) == 1


def test_a_reset_while_the_answer_is_awaited_is_unknown(tmp_path: Path) -> None:
    def reset(connection: socket.socket, _: dict[str, Any]) -> str:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return "close"

    with serving(reset) as server:
        work = Workplace(tmp_path, api_url=server.url)
        assert work.run(leads(1)).code == 4
        assert len(server.leads) == 1
        assert "broke" in work.rows()[0]["reason"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_never_followed(tmp_path: Path, status: int) -> None:
    with serving() as elsewhere:
        location = f"Location: {elsewhere.url}/leads"
        with serving(lambda c, _: c.sendall(reply(status, b"", location))) as server:
            work = Workplace(tmp_path, api_url=server.url)
            assert work.run(leads(1)).code == 4
            assert len(server.leads) == 1
        assert elsewhere.connections == 0


def test_redirects_within_the_host_are_not_followed_either(
    work: Workplace, fault: Callable[..., None], posts: Callable[[], int]
) -> None:
    fault("redirect", location="/miimosa/api/leads", status=307)
    assert work.run(leads(1)).code == 4
    assert posts() == 1


def test_a_stale_connection_makes_no_unknown_outcomes(tmp_path: Path) -> None:
    def answer_and_close(connection: socket.socket, _: dict[str, Any]) -> None:
        # Without "Connection: close", as a server whose idle time is over.
        connection.sendall(OK)
        connection.shutdown(socket.SHUT_RDWR)

    with serving(answer_and_close) as server:
        work = Workplace(tmp_path, api_url=server.url)
        result = work.run(leads(*range(1, 40)), concurrency=1)
        assert result.code == 0
        assert server.connections == len(server.leads) == 39


def test_servers_that_close_idle_connections_make_no_unknown_outcomes(
    work: Workplace, fault: Callable[..., None]
) -> None:
    fault("close_idle", times=None)
    assert work.run(leads(*range(1, 40)), concurrency=4).code == 0


def test_leads_that_are_not_delivered_come_before_those_that_are_rejected(
    tmp_path: Path, closed_port: socket.socket
) -> None:
    """The code of rejected leads says that everything else is delivered."""
    port = closed_port.getsockname()[1]
    work = Workplace(tmp_path, api_url=f"http://127.0.0.1:{port}", connection_retry_seconds=0)
    result = work.run([*leads(1), record(lead(2, phone=None))])
    assert result.code == 6
    assert "1 lead rejected" in result.last_line
    assert "1 lead not delivered yet" in result.last_line
