"""SIGTERM: exit code 143 at once, whole lines, and a STATE from which nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import typing as t

import pytest

from tests.harness.catalog import select
from tests.harness.run import unpack_state
from tests.kit.library import Library
from tests.kit.running import run_tap
from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.kit.tiny_tap import TinyTap

if t.TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.kit.program import Program

# Far below the minute that the server would keep a client waiting, far above a slow machine.
SOON = 15


def messages(out: bytes) -> list[dict[str, t.Any]]:
    """Return the messages; fails on a line that was cut."""
    assert out.endswith(b"\n") or not out
    return [json.loads(line) for line in out.splitlines()]


def ids(found: list[dict[str, t.Any]]) -> set[tuple[str, t.Any]]:
    return {(m["stream"], m["record"]["id"]) for m in found if m["type"] == "RECORD"}


def last_state(found: list[dict[str, t.Any]]) -> dict[str, t.Any]:
    states: list[dict[str, t.Any]] = [m["value"] for m in found if m["type"] == "STATE"]
    return states[-1] if states else {}


def end(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> tuple[bytes, bytes]:
    process.send_signal(number)
    return process.communicate(timeout=SOON)


def expected(library: Library) -> set[tuple[str, t.Any]]:
    return {
        *(("authors", row["id"]) for row in library.authors),
        *(("books", row["id"]) for rows in library.books.values() for row in rows),
        *(("reviews", row["id"]) for rows in library.reviews.values() for row in rows),
        *(("awards", award["id"]) for row in library.authors for award in row["awards"]),
    }


def blocked(library: Library, path: str, reply: Reply) -> Callable[[Call], object]:
    return lambda call: reply if call.path == path else library(call)


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT], ids=lambda n: n.name
)
def test_every_signal_that_ends_a_process_leaves_whole_lines_and_a_state(
    server: ScriptedServer,
    program: Program,
    number: signal.Signals,
) -> None:
    # What is ignored, as under nohup, is inherited.
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        library = Library.of(authors=3, books=2, reviews=2)
        server.app = blocked(library, "/books/202/reviews", Reply(fault="silent"))
        process = program.start(concurrency=1)
    finally:
        signal.signal(signal.SIGHUP, before)
    server.wait_for_call("/books/202/reviews")
    out, _ = end(process, number)
    assert process.returncode == 143
    assert last_state(messages(out))


@pytest.mark.parametrize(
    ("reply", "concurrency"),
    [
        pytest.param(Reply(status=429, headers={"Retry-After": "600"}), 1, id="rate-limit"),
        pytest.param(Reply(status=503), 1, id="back-off"),
        pytest.param(Reply(status=503), 4, id="back-off-in-worker"),
        pytest.param(Reply([{"id": 1}], fault="hang"), 1, id="hanging-body"),
        pytest.param(Reply(fault="silent"), 4, id="no-answer-in-worker"),
    ],
)
def test_a_signal_while_waiting_ends_the_run_at_once_and_loses_nothing(
    server: ScriptedServer, program: Program, reply: Reply, concurrency: int
) -> None:
    library = Library.of(authors=3, books=2, reviews=2)
    server.app = blocked(library, "/books/202/reviews", reply)
    process = program.start(concurrency=concurrency)
    server.wait_for_call("/books/202/reviews")
    out, err = end(process)
    assert process.returncode == 143
    assert b"Traceback" not in err
    first = messages(out)
    assert first[-1]["type"] == "STATE"
    state = last_state(first)
    markers = unpack_state(state)["bookmarks"]["reviews"]["signals"]
    if concurrency == 1:
        # All that lies before the list in question is out and accounted for.
        assert ("reviews", 20102) in ids(first)
        assert "1/101" in markers
    assert "2/202" not in markers
    server.app = library
    server.calls.clear()
    second = run_tap(server.url, state=state)
    assert ids(first) | ids(second.messages) == expected(library)
    if concurrency == 1:
        assert server.asked("/books/101/reviews") == 0


def test_a_signal_while_emitting_ends_after_the_record_in_hand(
    server: ScriptedServer, program: Program
) -> None:
    """The target reads slowly: the pipe is full in the middle of a message."""
    library = Library.of(authors=3, books=20, reviews=0)
    for rows in library.books.values():
        for row in rows:
            row["text"] = "x" * 20_000
    server.app = library
    process = program.start(forked=False)
    server.wait_for_call("/authors/1/books")
    assert process.stdout is not None
    begin = os.read(process.stdout.fileno(), 20_000)
    process.send_signal(signal.SIGTERM)
    rest, err = process.communicate(timeout=SOON)
    assert process.returncode == 143
    assert b"Traceback" not in err
    first = messages(begin + rest)
    assert ids(first) < expected(library)
    second = run_tap(server.url, state=last_state(first))
    assert ids(first) | ids(second.messages) == expected(library)


def test_an_interrupt_from_the_keyboard_does_the_same(
    server: ScriptedServer, program: Program
) -> None:
    library = Library.of(authors=2, books=1, reviews=1)
    server.app = blocked(library, "/authors/2/books", Reply(fault="silent"))
    process = program.start()
    server.wait_for_call("/authors/2/books")
    out, _ = end(process, signal.SIGINT)
    assert process.returncode == 143
    assert unpack_state(last_state(messages(out)))["bookmarks"]["books"]["signals"]["1"]


@pytest.mark.parametrize("answer", ["/authors/2/books", "/books/201/reviews"])
def test_a_kill_at_any_moment_loses_nothing(
    server: ScriptedServer, program: Program, answer: str
) -> None:
    """SIGKILL: what reached standard output, STATE included, is all there is."""
    library = Library.of(authors=3, books=2, reviews=2)
    server.app = blocked(library, answer, Reply(fault="silent"))
    process = program.start()
    server.wait_for_call(answer)
    out, _ = end(process, signal.SIGKILL)
    whole = out[: out.rfind(b"\n") + 1]
    first = messages(whole)
    server.app = library
    second = run_tap(server.url, state=last_state(first))
    assert ids(first) | ids(second.messages) == expected(library)


def test_a_target_that_went_away_is_told_in_one_line(
    server: ScriptedServer, program: Program
) -> None:
    library = Library.of(authors=3, books=2, reviews=2)
    server.app = blocked(library, "/authors/2/books", Reply(library.books["2"], delay=0.2))
    with program.start() as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
    assert process.returncode == 1
    assert b"Traceback" not in err
    assert b"standard output" in err


def test_a_signal_after_the_target_went_away_is_a_signal(
    server: ScriptedServer, program: Program
) -> None:
    server.app = blocked(Library.of(authors=3, books=2, reviews=2), "/authors/2/books",
                         Reply(fault="silent"))  # fmt: skip
    with program.start() as process:
        server.wait_for_call("/authors/2/books")
        assert process.stdout is not None
        process.stdout.close()
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        err = process.stderr.read()
    assert process.returncode == 143
    assert b"Traceback" not in err


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_signal_does_not_wait_for_the_end_of_a_long_page(
    server: ScriptedServer, program: Program, monkeypatch: pytest.MonkeyPatch, unbuffered: str
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    rows = [{"id": number, "name": "x" * 80} for number in range(50_000)]
    server.app = lambda _: Reply(rows)
    process = program.start(shelf_ids=["a"], forked=False)
    assert process.stdout is not None
    begin = os.read(process.stdout.fileno(), 20_000)
    while b"RECORD" not in begin:
        begin += os.read(process.stdout.fileno(), 20_000)
    # The pipe is full now: what follows went out after the signal, but for what was under way.
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=SOON)
    assert process.returncode == 143
    assert len(ids(messages(begin + out))) < 10_000


def test_what_is_gone_of_the_page_in_which_a_signal_came_is_told(
    server: ScriptedServer, program: Program
) -> None:
    rows = [{"id": n, "name": "x" * 80, "updated_at": "2026-01-01"} for n in range(6_000)]
    server.app = lambda _: Reply(rows)
    process = program.start(forked=False, catalog=select(TinyTap, "loans"), detect=True)
    assert process.stdout is not None
    begin = os.read(process.stdout.fileno(), 20_000)
    while b"RECORD" not in begin:
        begin += os.read(process.stdout.fileno(), 20_000)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=SOON)
    written = messages(begin + out)
    gone = rows.pop(0)

    found = run_tap(server.url, ["loans"], state=last_state(written), detect=True)

    assert process.returncode == 143
    assert 0 < len(ids(written)) < len(rows)
    marked = [row["id"] for row in found.records["loans"] if row.get("_sdc_deleted_at")]
    assert marked == [gone["id"]]
