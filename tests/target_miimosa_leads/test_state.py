"""STATE is never ahead of durable outcomes."""

from __future__ import annotations

import json
import threading
import typing as t

from tests.target_miimosa_leads.servers import OK, reply, serving
from tests.target_miimosa_leads.support import (
    SCHEMA,
    Workplace,
    as_text,
    leads,
    state,
)

if t.TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def test_state_waits_for_the_slowest_earlier_lead(tmp_path: Path) -> None:
    others_done = threading.Semaphore(0)
    release = threading.Event()

    def answer(connection: socket.socket, body: dict[str, t.Any]) -> None:
        if body["lastname"] == "Morvan 3":
            release.wait(30)
        connection.sendall(OK)
        others_done.release()

    with serving(answer) as server:
        work = Workplace(tmp_path, api_url=server.url)
        process = work.start()
        assert process.stdin
        process.stdin.write(as_text(leads(*range(1, 11))))
        process.stdin.flush()
        for _ in range(9):
            assert others_done.acquire(timeout=30)
        process.send_signal(9)
        process.stdin.close()
        assert process.stdout
        states = [json.loads(line)["bookmark"] for line in process.stdout]
        process.wait()
        process.stdout.close()
        assert process.stderr
        process.stderr.close()
        release.set()
    assert all(bookmark <= 2 for bookmark in states)
    assert work.statuses()[2] == "unknown"


def test_no_state_passes_a_lead_that_is_still_planned(tmp_path: Path) -> None:
    def answer(connection: socket.socket, body: dict[str, t.Any]) -> None:
        limited = body["lastname"] == "Morvan 3"
        connection.sendall(reply(429, b"", "Retry-After: 9999") if limited else OK)

    with serving(answer) as server:
        work = Workplace(tmp_path, api_url=server.url)
        result = work.run(leads(*range(1, 11)))
    assert result.code == 5
    assert all(value["bookmark"] <= 2 for value in result.states)
    assert work.statuses()[2] == "planned"


def test_the_last_state_always_comes_out_and_as_it_came_in(work: Workplace) -> None:
    value = {"bookmarks": {"leads": {"amount": 1.10, "big": 2**60, "é": None}}}
    result = work.run([*leads(*range(1, 20)), state(value), state(value)])
    assert result.code == 0
    assert result.states[-1] == value
    assert result.states.count(value) == 1
    assert result.out.splitlines()[-1].count("1.10") in {0, 1}


def test_state_without_records_passes_through(work: Workplace) -> None:
    assert work.run([SCHEMA, state({"a": 1})]).states == [{"a": 1}]


def test_a_reader_that_is_gone_is_told_and_sends_nothing_twice(
    work: Workplace, arrived: Callable[[], dict[str, int]]
) -> None:
    process = work.start()
    assert process.stdin
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    process.stdin.write(as_text(leads(1)))
    process.stdin.close()
    error = process.stderr.read()
    process.stderr.close()
    assert process.wait(30) == 1
    assert "STATE is lost" in error.splitlines()[-1]
    assert "Traceback" not in error
    assert work.run(leads(1)).states == [{"bookmark": 1}]
    assert list(arrived().values()) == [1]


def test_state_is_utf_8_whatever_the_locale_says(
    work: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    process = work.start()
    try:
        messages = [*leads(1), state({"bookmark": "œuf"})]
        out, err = process.communicate(as_text(messages), timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert json.loads(out.splitlines()[-1]) == {"bookmark": "œuf"}


def test_a_state_that_cannot_be_written_ends_the_run(
    work: Workplace, fault: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LookupError("no such encoding")

    # STATE waits for its lead, so that it is the thread that writes the journal that emits it.
    fault("delay", seconds=0.5)
    monkeypatch.setattr("target_miimosa_leads.outputs.state._write_line", fail)
    result = work.run(leads(1))
    assert result.code == 1
    assert "LookupError" in result.last_line
    assert result.states == []
    assert work.statuses() == ["acknowledged"]


def test_states_are_few(work: Workplace) -> None:
    result = work.run(leads(*range(1, 101)))
    assert result.states[-1] == {"bookmark": 100}
    assert len(result.states) < 20
