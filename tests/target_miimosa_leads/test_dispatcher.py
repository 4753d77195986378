"""Several leads in flight, never two of the same."""

from __future__ import annotations

import threading
import typing as t

from tests.target_miimosa_leads.servers import OK, serving
from tests.target_miimosa_leads.support import SCHEMA, Workplace, lead, leads, record

if t.TYPE_CHECKING:
    import socket
    from pathlib import Path


def test_so_many_leads_are_in_flight_and_no_more(tmp_path: Path) -> None:
    together = threading.Barrier(3)
    lock = threading.Lock()
    now, most = 0, 0

    def answer(connection: socket.socket, _: dict[str, t.Any]) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        # Nobody is answered before three are here: fewer in flight would hang.
        together.wait(30)
        with lock:
            now -= 1
        connection.sendall(OK)

    with serving(answer) as server:
        work = Workplace(tmp_path, api_url=server.url, concurrency=3)
        assert work.run(leads(*range(1, 31))).code == 0
    assert most == 3


def test_one_lead_is_in_flight_once_only(tmp_path: Path) -> None:
    lock = threading.Lock()
    here: list[str] = []
    met: list[str] = []

    def answer(connection: socket.socket, body: dict[str, t.Any]) -> None:
        with lock:
            met.extend(name for name in here if name == body["email"])
            here.append(body["email"])
        threading.Event().wait(0.02)
        with lock:
            here.remove(body["email"])
        connection.sendall(OK)

    versions = [
        record(lead(number, city=f"City {version}")) for version in range(4) for number in (1, 1, 2)
    ]
    with serving(answer) as server:
        work = Workplace(tmp_path, api_url=server.url, concurrency=8, on_changed="send")
        assert work.run([SCHEMA, *versions]).code == 0
        assert len(server.leads) == 8
    assert met == []


def test_concurrency_1_keeps_the_order(tmp_path: Path) -> None:
    with serving() as server:
        work = Workplace(tmp_path, api_url=server.url, concurrency=1)
        work.run(leads(*range(1, 50)))
        assert [body["lastname"] for body in server.leads] == [
            f"Morvan {number}" for number in range(1, 50)
        ]
