"""Economy: a request that cannot bring news is not made, and none that can is left out."""

from __future__ import annotations

import typing as t
from datetime import datetime, tzinfo

import pytest

from singer_kit.http import clock as clock_module
from singer_kit.http.clock import RunClock
from singer_kit.state.change_markers import ChangeMarkers
from singer_kit.state.query_binding import QueryBinding
from tests.kit.library import Library
from tests.kit.running import Run, run_tap
from tests.kit.scripted_server import Call, Reply, ScriptedServer

STREAMS = ("authors", "awards", "books", "reviews")


class Calendar:
    """A day of the test's choice; the server's own differs too much to be believed."""

    day = 20_000


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    made = Calendar()

    class Today(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Today:
            return cls.fromtimestamp(made.day * 86_400, tz)

    monkeypatch.setattr(clock_module, "datetime", Today)
    return made


@pytest.fixture
def library(server: ScriptedServer) -> Library:
    made = Library.of(authors=3, books=2, reviews=2)
    server.app = made
    return made


def read(server: ScriptedServer, before: Run | None = None, **settings: t.Any) -> Run:  # noqa: ANN401
    server.calls.clear()
    run = run_tap(server.url, STREAMS, state=before.state if before else None, **settings)
    assert run.error is None
    return run


def weekly(state: dict[str, t.Any]) -> ChangeMarkers:
    binding = QueryBinding(state, "", None)
    return ChangeMarkers(state, binding=binding, clock=RunClock(), refresh_days=7)


def child_calls(server: ScriptedServer) -> list[str]:
    return [call.path for call in server.calls if call.path != "/authors"]


@pytest.mark.usefixtures("library")
def test_what_the_parent_carries_needs_no_request(server: ScriptedServer) -> None:
    run = run_tap(server.url, ["authors", "awards"])
    assert run.records["awards"] == [{"id": a * 10, "author_id": a} for a in (1, 2, 3)]
    assert {call.path for call in server.calls} == {"/authors"}


@pytest.mark.usefixtures("library")
def test_unchanged_parents_need_no_request(server: ScriptedServer) -> None:
    first = read(server)
    assert len(first.ids("books")) == 6
    assert len(first.ids("reviews")) == 12
    second = read(server, first)
    assert child_calls(server) == []
    assert second.ids("authors") == [1, 2, 3]
    assert second.ids("books") == []
    assert second.summary["streams"]["books"]["skipped_unchanged"] == 3
    assert second.state == first.state


@pytest.mark.parametrize("concurrency", [1, 4])
def test_only_the_parent_that_changed_is_asked_for(
    server: ScriptedServer, library: Library, concurrency: int
) -> None:
    first = read(server)
    library.books["2"].append({"id": 203, "reviews_count": 0})
    library.authors[1]["books_count"] = 3
    second = read(server, first, concurrency=concurrency)
    assert set(child_calls(server)) == {"/authors/2/books"}
    assert second.ids("books") == [201, 202, 203]


def test_any_of_several_markers_counts(server: ScriptedServer, library: Library) -> None:
    first = read(server)
    library.authors[0]["books_changed"] = "2026-01-01"
    read(server, first)
    assert set(child_calls(server)) == {"/authors/1/books"}


def test_a_counter_of_zero_means_no_request(server: ScriptedServer, library: Library) -> None:
    library.authors[0]["books_count"] = 0
    run = read(server)
    assert "/authors/1/books" not in child_calls(server)
    assert run.ids("books") == [201, 202, 301, 302]


def test_a_parent_that_says_nothing_is_always_asked_for(
    server: ScriptedServer, library: Library
) -> None:
    del library.authors[0]["books_count"]
    first = read(server)
    second = read(server, first)
    assert set(child_calls(server)) == {"/authors/1/books"}
    assert second.ids("books") == [101, 102]


def test_one_new_comment_costs_one_request(server: ScriptedServer, library: Library) -> None:
    library.page_size = 3
    library.authors = library.authors[:1]
    library.books["1"] = [{"id": 101, "reviews_count": 9}]
    library.reviews["101"] = [
        {"id": number, "written_at": f"2026-01-0{number}T00:00:00Z"} for number in range(9, 0, -1)
    ]
    first = read(server)
    assert first.ids("reviews") == [*range(9, 0, -1)]
    library.reviews["101"].insert(0, {"id": 10, "written_at": "2026-01-10T00:00:00.500Z"})
    library.books["1"][0]["reviews_count"] = 10
    library.authors[0]["books_changed"] = "yes"
    for concurrency in (1, 4):
        second = read(server, first, concurrency=concurrency)
        assert child_calls(server) == ["/authors/1/books", "/books/101/reviews"]
        assert second.ids("reviews")[0] == 10
    library.reviews["101"][:0] = [
        {"id": 20 - n, "written_at": f"2026-01-{20 - n}T00:00:00Z"} for n in range(4)
    ]
    library.books["1"][0]["reviews_count"] = 14
    library.authors[0]["books_changed"] = "again"
    third = read(server, second)
    assert set(third.ids("reviews")) >= {20, 19, 18, 17}
    assert child_calls(server).count("/books/101/reviews") == 2


def test_entries_of_parents_that_vanished_are_dropped(
    server: ScriptedServer, library: Library
) -> None:
    first = read(server)
    assert list(first.bookmark("books")["signals"]) == ["1", "2", "3"]
    del library.authors[1]
    second = read(server, first)
    assert list(second.bookmark("books")["signals"]) == ["1", "3"]


def test_entries_below_a_skipped_parent_are_kept(server: ScriptedServer, library: Library) -> None:
    """Unchanged authors hide their books: that says nothing about the books' reviews."""
    first = read(server)
    second = read(server, first)
    assert len(second.bookmark("reviews")["signals"]) == 6
    library.authors[0]["books_changed"] = "yes"
    read(server, second)
    assert child_calls(server) == ["/authors/1/books"]


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_failure_in_the_middle_of_a_list_leaves_the_old_entry(
    server: ScriptedServer, library: Library, concurrency: int
) -> None:
    first = read(server)
    old = first.bookmark("books")["signals"]
    library.books["2"] += [{"id": 203, "reviews_count": 0}, {"id": 204, "reviews_count": 0}]
    library.authors[1]["books_count"] = 4

    def app(call: Call) -> object:
        broken = call.path == "/authors/2/books" and "offset" in call.query
        return Reply(b"null") if broken else library(call)

    server.app = app
    failed = run_tap(server.url, STREAMS, state=first.state, concurrency=concurrency)
    assert failed.error is not None
    assert failed.ids("books") == [201, 202]
    assert failed.bookmark("books")["signals"] == old
    server.app = library
    again = read(server, failed)
    assert {*failed.ids("books"), *again.ids("books")} == {201, 202, 203, 204}
    assert again.bookmark("books")["signals"]["2"][0] == "4|"


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_denial_in_the_middle_of_a_list_leaves_the_old_entry(
    server: ScriptedServer, library: Library, concurrency: int
) -> None:
    library.books["2"] += [{"id": 203, "reviews_count": 0}]

    def app(call: Call) -> object:
        denied = call.path == "/authors/2/books" and "offset" in call.query
        return Reply(status=403) if denied else library(call)

    server.app = app
    first = run_tap(server.url, STREAMS, concurrency=concurrency)
    assert "The list 'books' broke off" in str(first.error)
    assert list(first.bookmark("books")["signals"]) == ["1"]
    server.app = library
    assert read(server, first).ids("books") == [201, 202, 203, 301, 302]


# Reading again after a while


@pytest.mark.usefixtures("library")
def test_children_are_read_again_after_refresh_days(
    server: ScriptedServer, calendar: Calendar
) -> None:
    first = read(server, refresh_days=5)
    calendar.day += 5
    again = read(server, first, refresh_days=5)
    assert again.ids("books") == [101, 102, 201, 202, 301, 302]


@pytest.mark.usefixtures("library")
def test_without_refresh_days_only_the_marker_counts(
    server: ScriptedServer, calendar: Calendar
) -> None:
    first = read(server, refresh_days=0)
    calendar.day += 5000
    read(server, first, refresh_days=0)
    assert child_calls(server) == []


def test_refreshes_after_a_first_run_are_spread_over_the_days(calendar: Calendar) -> None:
    state: dict[str, t.Any] = {}
    parents = [str(number) for number in range(700)]
    first = weekly(state)
    for parent in parents:
        first.commit(parent, "3", None)
    start, per_day = calendar.day, []
    for day in range(14):
        calendar.day = start + day
        today = weekly(state)
        due = [parent for parent in parents if not today.unchanged(parent, "3")]
        for parent in due:
            today.commit(parent, "3", None)
        per_day.append(len(due))
    assert per_day[0] == 0
    assert sum(per_day[1:7]) + per_day[7] == 700
    assert max(per_day) < 200
    assert per_day[8:14] == per_day[1:7]


def test_a_list_that_was_met_later_than_its_parent_waits_no_longer_for_a_refresh(
    calendar: Calendar,
) -> None:
    state: dict[str, t.Any] = {}
    start, parents = calendar.day, [str(number) for number in range(30)]
    last: dict[str, int] = {}
    for day in range(28):
        calendar.day = start + day
        markers = weekly(state)
        for parent in parents:
            # In the first week each brings one list more; then nothing changes any more.
            below = [f"{parent}/{number}" for number in range(min(day + 1, 7))]
            if day < 7 or not markers.unchanged(parent, "3"):
                markers.commit(parent, "3", None)
                for name in below:
                    if not markers.unchanged(name, "3"):
                        markers.commit(name, "3", None)
                        last[name] = day
            assert all(day - last[name] <= 7 for name in below), day


@pytest.mark.usefixtures("library")
def test_a_refresh_reads_a_newest_first_list_to_its_end(
    server: ScriptedServer, calendar: Calendar
) -> None:
    first = read(server, refresh_days=3)
    calendar.day += 3
    again = read(server, first, refresh_days=3)
    assert again.ids("reviews") == first.ids("reviews")
