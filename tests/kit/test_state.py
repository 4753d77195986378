"""State: small, rare, compared as instants, and never ahead of what was read."""

from __future__ import annotations

import itertools
import json
import typing as t
from datetime import datetime, timedelta, timezone

import pytest

from singer_kit.errors import ConfigError
from singer_kit.singer.output import CountingWriter
from singer_kit.state.writer import ThrottledStateWriter
from singer_kit.times import instant
from tests.kit.library import Library, Row, link_page
from tests.kit.running import Run, run_tap
from tests.kit.scripted_server import Call, Reply, ScriptedServer


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("singer_kit.state.writer.time", made)
    return made


def written(capture: pytest.CaptureFixture[bytes]) -> list[t.Any]:
    """Return the numbers of the states written to standard output."""
    return [json.loads(line)["value"]["n"] for line in capture.readouterr().out.splitlines()]


def numbered(number: int) -> t.Any:  # noqa: ANN401 - stands for a state
    return {"n": number}


def new_writer() -> ThrottledStateWriter:
    return ThrottledStateWriter(CountingWriter())


def loans(server: ScriptedServer, state: t.Any = None, **settings: t.Any) -> Run:  # noqa: ANN401
    return run_tap(server.url, ["loans"], state=state, **settings)


def bookmarked(value: str) -> dict[str, t.Any]:
    bookmark = {"replication_key": "updated_at", "replication_key_value": value}
    return {"bookmarks": {"loans": bookmark}}


def asked_after(server: ScriptedServer) -> str | None:
    return server.calls[0].query.get("updated_after")


# The writer


def test_state_is_written_at_most_every_two_seconds(
    clock: Clock, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    writer = new_writer()
    for number in range(80):
        writer.write_state(numbered(number))
        clock.now += 0.25
    assert written(capsysbinary) == [*range(0, 80, 8)]


def test_the_larger_a_state_the_rarer_it_is_written(
    clock: Clock, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """An entry more in each of 4,000 seconds: at most 2 KB a second, and the last one."""
    writer = new_writer()
    entries: dict[str, t.Any] = {}
    began = clock.now
    for number in range(4000):
        entries[f"parent {number}"] = ["3", 20778, "2017-10-20T12:01:00Z"]
        writer.write_state(t.cast("t.Any", {"entries": entries}))
        clock.now += 1
    writer.flush()
    sizes = [len(line) for line in capsysbinary.readouterr().out.splitlines()]
    seconds = clock.now - began
    assert sum(sizes[:-1]) <= 2000 * seconds
    # A kill costs no more than the time that a STATE of its size stands for: of 200 KB, 100 s.
    assert sizes[-2] >= 0.9 * sizes[-1]


def test_the_last_state_is_written_always_and_once(
    clock: Clock, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    writer = new_writer()
    writer.write_state(numbered(1))
    writer.write_state(numbered(2))
    for _ in range(3):
        writer.flush()
        clock.now += 10
        writer.write_state(numbered(2))
    assert written(capsysbinary) == [1, 2]


@pytest.mark.usefixtures("clock")
def test_what_was_kept_back_is_written_as_it_is_at_the_flush(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    writer = new_writer()
    state = numbered(1)
    writer.write_state(state)
    state["n"] = 2
    writer.write_state(state)
    state["n"] = 3
    writer.flush()
    assert written(capsysbinary) == [1, 3]


def test_without_state_nothing_is_written(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    new_writer().flush()
    assert written(capsysbinary) == []


def test_a_whole_run_writes_no_state_twice_and_few_of_them(
    server: ScriptedServer, clock: Clock
) -> None:
    """80 lists are read while the clock stands still: a first STATE and the last one."""
    server.app = Library.of(authors=4, books=4, reviews=3)
    run = run_tap(server.url)
    assert clock.now == 1000
    assert run.error is None
    assert 1 <= len(run.states) <= 2
    again = run_tap(server.url, state=run.state)
    assert len(again.states) <= 2
    kinds = [message["type"] for message in again.messages]
    assert ("STATE", "STATE") not in itertools.pairwise(kinds)


def test_a_state_follows_the_last_record_even_if_it_says_nothing_new(
    server: ScriptedServer,
) -> None:
    """Loaders such as target-jsonl save a STATE only if no record comes after it."""
    server.app = Library.of(authors=2, books=0, reviews=0)
    run = run_tap(server.url, ["authors", "awards"])
    assert run.states[0] == run.state
    assert [message["type"] for message in run.messages][-2:] == ["RECORD", "STATE"]


def test_parents_that_vanished_add_no_further_state(server: ScriptedServer, clock: Clock) -> None:
    """Two child streams forget their entries at the end; that is one last STATE, not two."""
    server.app = Library.of(authors=3, books=2, reviews=2)
    first = run_tap(server.url)
    server.app = Library.of(authors=1, books=1, reviews=1)
    second = run_tap(server.url, state=first.state)
    assert clock.now == 1000
    assert len(second.states) <= 2
    assert list(second.bookmark("books")["signals"]) == ["1"]
    assert list(second.bookmark("reviews")["signals"]) == ["1/101"]


def test_schema_is_written_once_per_stream(server: ScriptedServer) -> None:
    server.app = Library.of(authors=3, books=2, reviews=1)
    run = run_tap(server.url)
    schemas = [m["stream"] for m in run.messages if m["type"] == "SCHEMA"]
    assert sorted(schemas) == sorted(set(schemas))


# The bookmark


def test_bookmarks_are_compared_as_instants(server: ScriptedServer) -> None:
    """As text, …12Z is larger than …12.500Z, and an offset hides the later moment."""
    moments = ["2026-01-01T00:00:12.500Z", "2026-01-01T00:00:12Z", "2026-01-01T00:00:11Z"]
    server.app = Library(loans=[{"id": n, "updated_at": at} for n, at in enumerate(moments)])
    assert loans(server).bookmark("loans")["replication_key_value"] == moments[0]
    moments = ["2026-01-01T01:00:00-02:00", "2026-01-01T02:00:00Z"]
    server.app = Library(loans=[{"id": n, "updated_at": at} for n, at in enumerate(moments)])
    # Records have their timestamps in UTC, and so has the bookmark.
    assert loans(server).bookmark("loans")["replication_key_value"] == "2026-01-01T03:00:00Z"


def test_an_older_record_does_not_move_the_bookmark_back(server: ScriptedServer) -> None:
    server.app = lambda call: link_page(call, [{"id": 1, "updated_at": "2026-01-01T00:00:00Z"}], 2)
    run = loans(server, bookmarked("2026-01-02T00:00:00.250Z"))
    assert run.bookmark("loans")["replication_key_value"] == "2026-01-02T00:00:00.250Z"


def test_the_bookmark_never_passes_the_start_of_the_run(server: ScriptedServer) -> None:
    server.app = Library(loans=[{"id": 1, "updated_at": "2999-01-01T00:00:00Z"}])
    # The server's dates are of whole seconds, and the answer may come a second later.
    before = datetime.now(tz=timezone.utc) - timedelta(seconds=2)
    run = loans(server)
    bookmark = instant(run.bookmark("loans")["replication_key_value"])
    assert run.ids("loans") == [1]
    assert before <= bookmark <= datetime.now(tz=timezone.utc)


def test_a_record_without_timestamp_comes_out_and_moves_nothing(server: ScriptedServer) -> None:
    rows: list[Row] = [{"id": 1, "updated_at": None}, {"id": 2, "updated_at": ""}, {"id": 3}]
    server.app = lambda call: link_page(call, rows, 5)
    run = loans(server, bookmarked("2026-01-02T00:00:00Z"))
    assert run.error is None
    assert run.ids("loans") == [1, 2, 3]
    assert run.bookmark("loans")["replication_key_value"] == "2026-01-02T00:00:00Z"


@pytest.mark.parametrize("failure", [Reply(b"null"), Reply(status=403)], ids=["null", "403"])
def test_a_failure_in_the_middle_of_a_list_keeps_the_old_bookmark(
    server: ScriptedServer, failure: Reply
) -> None:
    rows = [{"id": number, "updated_at": f"2026-01-0{number}T00:00:00Z"} for number in range(1, 7)]

    def app(call: Call) -> Reply:
        return failure if call.query.get("page") == "2" else link_page(call, rows, 2)

    server.app = app
    run = loans(server, bookmarked("2025-12-01T00:00:00Z"))
    assert run.error is not None
    assert run.ids("loans") == [1, 2]
    assert run.bookmark("loans")["replication_key_value"] == "2025-12-01T00:00:00Z"
    server.app = lambda call: link_page(call, rows, 2)
    again = loans(server, run.state)
    assert {*run.ids("loans"), *again.ids("loans")} == {1, 2, 3, 4, 5, 6}
    assert again.bookmark("loans")["replication_key_value"] == "2026-01-06T00:00:00Z"


# start_date


@pytest.mark.parametrize(
    ("start_date", "asked"),
    [
        ("2026-01-31", "2026-01-31T00:00:00Z"),
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
        (None, None),
    ],
)
def test_the_first_run_asks_from_start_date(
    server: ScriptedServer, start_date: str | None, asked: str | None
) -> None:
    server.app = Library()
    assert loans(server, start_date=start_date).error is None
    assert asked_after(server) == asked


@pytest.mark.parametrize(
    ("start_date", "asked"),
    [
        ("2026-01-31", "2026-02-01T00:00:00Z"),
        ("2026-03-01", "2026-03-01T00:00:00Z"),
        ("2026-03-01T00:00:00+00:00", "2026-03-01T00:00:00Z"),
    ],
)
def test_a_later_run_asks_from_the_later_of_both(
    server: ScriptedServer, start_date: str, asked: str
) -> None:
    server.app = Library()
    run = loans(server, bookmarked("2026-02-01T00:01:00Z"), start_date=start_date)
    assert run.error is None
    assert asked_after(server) == asked


def test_a_start_date_with_an_offset_is_asked_for_in_utc(server: ScriptedServer) -> None:
    server.app = Library()
    loans(server, start_date="2026-03-01T00:00:00+02:00")
    assert asked_after(server) == "2026-02-28T22:00:00Z"


def test_a_start_date_that_is_none_is_a_wrong_setting(server: ScriptedServer) -> None:
    run = loans(server, start_date="yesterday")
    assert isinstance(run.error, ConfigError)
    assert "'start_date'" in str(run.error)
    assert "yesterday" not in str(run.error)
    assert server.calls == []
