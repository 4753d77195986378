"""A signal finishes what is in flight and ends with 143."""

from __future__ import annotations

import json
import signal
import threading
import time
import typing as t

import pytest

from tests.target_miimosa_leads.servers import OK, reply, serving
from tests.target_miimosa_leads.support import Workplace, as_text, leads

if t.TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _not_ignored() -> Iterator[None]:
    """Let processes get SIGHUP even if the tests run under nohup; what is ignored is inherited."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT], ids=lambda n: n.name
)
def test_a_signal_finishes_what_is_in_flight(tmp_path: Path, number: signal.Signals) -> None:
    in_flight, release = threading.Event(), threading.Event()

    def answer(connection: socket.socket, body: dict[str, t.Any]) -> None:
        if body["lastname"] == "Morvan 2":
            in_flight.set()
            release.wait(30)
        connection.sendall(OK)

    with serving(answer) as server:
        work = Workplace(tmp_path, api_url=server.url)
        process = work.start(concurrency=1)
        assert process.stdin
        process.stdin.write(as_text(leads(*range(1, 100))))
        process.stdin.flush()
        assert in_flight.wait(30)
        process.send_signal(number)
        threading.Timer(2, release.set).start()
        out, err = process.communicate(timeout=30)
        assert process.returncode == 143, err
        assert len(server.leads) == 2
    assert json.loads(out.splitlines()[-1]) == {"bookmark": 2}
    assert set(work.statuses()[2:]) <= {"planned"}
    assert "Traceback" not in err
    assert "@" not in err


def test_a_hangup_that_is_ignored_as_under_nohup_ends_nothing(tmp_path: Path) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    in_flight, release = threading.Event(), threading.Event()

    def answer(connection: socket.socket, _: dict[str, t.Any]) -> None:
        in_flight.set()
        release.wait(30)
        connection.sendall(OK)

    with serving(answer) as server:
        process = Workplace(tmp_path, api_url=server.url).start()
        assert process.stdin
        process.stdin.write(as_text(leads(1, 2)))
        process.stdin.flush()
        assert in_flight.wait(30)
        process.send_signal(signal.SIGHUP)
        release.set()
        out, err = process.communicate(timeout=30)
        assert process.returncode == 0, err
    assert json.loads(out.splitlines()[-1]) == {"bookmark": 2}


def test_a_signal_does_not_wait_longer_than_the_grace_time(tmp_path: Path) -> None:
    in_flight = threading.Event()

    def answer(_: socket.socket, __: dict[str, t.Any]) -> None:
        in_flight.set()
        threading.Event().wait(30)

    with serving(answer) as server:
        work = Workplace(tmp_path, api_url=server.url)
        process = work.start(termination_grace=0.2)
        assert process.stdin
        process.stdin.write(as_text(leads(1)))
        process.stdin.flush()
        assert in_flight.wait(30)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
        assert process.returncode == 143, err
    assert out == ""
    assert work.statuses() == ["unknown"]


def test_a_signal_leaves_no_lead_unknown_that_was_not_sent(tmp_path: Path) -> None:
    """Not even one that is journaled as sent and waits until another is answered."""
    four = threading.Semaphore(0)
    release = threading.Event()

    def answer(_: socket.socket, __: dict[str, t.Any]) -> None:
        four.release()
        release.wait(60)

    with serving(answer) as server:
        work = Workplace(tmp_path, api_url=server.url)
        process = work.start(concurrency=4, termination_grace=2)
        assert process.stdin
        process.stdin.write(as_text(leads(*range(1, 21))))
        process.stdin.flush()
        for _ in range(4):
            assert four.acquire(timeout=30)
        while work.statuses().count("sent") < 5:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
        assert process.returncode == 143, err
        assert len(server.leads) == 4
        release.set()
    statuses = work.statuses()
    assert statuses.count("unknown") == 4
    assert statuses.count("planned") == len(statuses) - 4
    attempts = [row["attempts"] for row in work.rows()]
    assert sum(attempts) == 4


def test_a_signal_ends_a_wait_for_the_rate_limit(tmp_path: Path) -> None:
    limited = threading.Event()

    def answer(connection: socket.socket, _: dict[str, t.Any]) -> None:
        connection.sendall(reply(429, b"", "Retry-After: 600"))
        limited.set()

    with serving(answer) as server:
        work = Workplace(tmp_path, api_url=server.url)
        process = work.start()
        assert process.stdin
        process.stdin.write(as_text(leads(1)))
        process.stdin.close()
        assert limited.wait(30)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 143
        assert process.stdout
        assert process.stdout.read() == ""
        process.stdout.close()
        assert process.stderr
        process.stderr.close()
    assert work.statuses() == ["planned"]
