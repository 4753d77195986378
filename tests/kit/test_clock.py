"""Bookmarks are of the server's time, whatever the machine's clock says."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from singer_kit.http.clock import RunClock
from tests.kit.library import Library
from tests.kit.running import Run, run_tap
from tests.kit.scripted_server import Call, Reply, ScriptedServer

FAR = timedelta(days=20)


def date_at(moment: datetime) -> str:
    return format_datetime(moment.astimezone(timezone.utc), usegmt=True)


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def server_now(offset: float) -> datetime:
    present = datetime.now(timezone.utc) + timedelta(seconds=offset)
    return present.replace(microsecond=0)


class Skewed:
    """A library whose clock differs from the machine's."""

    def __init__(self, library: Library, offset: float) -> None:
        self.library = library
        self.offset = offset

    def __call__(self, call: Call) -> object:
        reply = self.library(call)
        assert isinstance(reply, Reply)
        headers = {**reply.headers, "Date": date_at(server_now(self.offset))}
        return Reply(reply.body, reply.status, headers)


def loans(server: ScriptedServer, before: Run | None = None, **settings: t.Any) -> Run:  # noqa: ANN401
    return run_tap(server.url, ["loans"], state=before.state if before else None, **settings)


@pytest.mark.parametrize("offset", [-600, -90, 600])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_no_bookmark_passes_the_start_of_its_run_by_the_clock_of_the_server(
    server: ScriptedServer, offset: float, concurrency: int
) -> None:
    far = text(server_now(offset) + FAR)
    server.app = Skewed(Library(loans=[{"id": 1, "updated_at": far}]), offset)
    before = server_now(offset)

    run = loans(server, concurrency=concurrency)

    bookmark = datetime.fromisoformat(
        run.bookmark("loans")["replication_key_value"].replace("Z", "+00:00")
    )
    # Dates are of whole seconds.
    assert before - timedelta(seconds=2) <= bookmark <= server_now(offset)


@pytest.mark.parametrize("offset", [-600, 600])
def test_the_run_that_is_continued_began_by_the_clock_of_the_server(
    server: ScriptedServer, offset: float
) -> None:
    rows = [{"id": n, "updated_at": text(server_now(offset) + FAR)} for n in range(1, 5)]
    skewed = Skewed(Library(loans=rows), offset)
    server.app = lambda call: Reply(b"null") if "page" in call.query else skewed(call)
    first = loans(server)
    server.app = skewed

    second = loans(server, first)

    assert first.error
    assert second.ids("loans") == [3, 4]
    bookmark = second.bookmark("loans")["replication_key_value"]
    assert bookmark <= text(server_now(offset))


@pytest.mark.parametrize("date", ["", "never", "Thu, 01 Jan 1970 00:00:00 GMT",
                                  "Fri, 31 Dec 9999 23:59:59 GMT"])  # fmt: skip
def test_a_date_that_makes_no_sense_is_not_believed(server: ScriptedServer, date: str) -> None:
    before = server_now(0)
    row = {"id": 1, "updated_at": text(before + FAR)}
    server.app = lambda _: Reply([row], headers={"Date": date})

    run = loans(server)

    assert run.error is None
    bookmark = run.bookmark("loans")["replication_key_value"]
    assert text(before) <= bookmark <= text(server_now(0))


def test_the_first_answer_counts() -> None:
    start = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
    clock = RunClock(start)
    clock.learn({"Date": "nonsense"})
    clock.learn({"Date": date_at(start - timedelta(minutes=10))})
    clock.learn({"Date": date_at(start + timedelta(minutes=10))})

    late = start - clock.started_at
    assert timedelta(minutes=10) <= late <= timedelta(minutes=11)


def test_what_a_cache_has_kept_is_dated_as_of_then() -> None:
    start = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
    clock = RunClock(start)
    clock.learn({"Date": date_at(start - timedelta(hours=1)), "Age": "3600"})

    assert start - clock.started_at <= timedelta(minutes=1)


def test_the_overlap_is_as_long_as_it_is_set(server: ScriptedServer) -> None:
    library = Library(loans=[{"id": 1, "updated_at": "2026-01-01T12:00:30Z"}])
    server.app = library
    first = loans(server, overlap_seconds=600)
    server.calls.clear()
    library.loans.append({"id": 2, "updated_at": "2026-01-01T11:51:00Z"})

    second = loans(server, first, overlap_seconds=600)

    assert server.calls[0].query["updated_after"] == "2026-01-01T11:50:30Z"
    assert second.ids("loans") == [2]
    assert loans(server, second, overlap_seconds=600).ids("loans") == []
