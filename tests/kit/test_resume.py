"""Going on: a run that ended in the middle is continued there, and no row is lost on the way."""

from __future__ import annotations

import dataclasses
import functools
import json
import signal
import time
import typing as t
from datetime import datetime, timezone
from decimal import Decimal

import pytest

from singer_kit.http.clock import RunClock
from singer_kit.state import position as resume
from tests.fractions import fractions
from tests.harness.run import unpack_state
from tests.kit.library import Library, Row, link_page
from tests.kit.running import Run, run_tap
from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.kit.tiny_tap import TinyTap

if t.TYPE_CHECKING:
    from singer_sdk.singerlib.encoding.simple import Message

    from singer_kit.runtime.context import RunContext
    from tests.kit.program import Program

IDS = set(range(1, 11))


class StoppingTap(TinyTap):
    """Behaves as if a signal arrived after a number of messages."""

    messages_until_stop = 10**9

    def run(self) -> None:
        write, count = self.message_writer.write_message, 0

        def write_and_count(message: Message) -> None:
            nonlocal count
            write(message)
            count += 1
            if count >= self.messages_until_stop:
                signal.raise_signal(signal.SIGTERM)

        self.message_writer.write_message = write_and_count  # type: ignore[method-assign]
        super().run()


class Calendar:
    """Stands for the time module: it begins some days ago, as no state is of the future."""

    now = time.time() // 1 - 864_000

    def time(self) -> float:
        return self.now


class FixedClock(RunClock):
    """Learns nothing from a server whose time is not the test's."""

    def learn(self, headers: t.Mapping[str, str]) -> None:
        pass


class TimedTap(TinyTap):
    """Runs at a time of the test's choice."""

    calendar = Calendar()

    @staticmethod
    def at(seconds: float) -> str:
        moment = datetime.fromtimestamp(seconds, tz=timezone.utc)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    @functools.cached_property
    def run_context(self) -> RunContext:
        clock = FixedClock(datetime.fromtimestamp(self.calendar.now, tz=timezone.utc))
        return dataclasses.replace(super().run_context, clock=clock)


def is_stopped(bookmark: dict[str, t.Any]) -> bool:
    """Tell whether the run stopped in a stream, or after it and before others."""
    return bool(bookmark.get("round") or bookmark.get("resume", {}).get("at"))


def everything(run: Run) -> set[tuple[str, t.Any]]:
    found = (message for message in run.messages if message["type"] == "RECORD")
    return {(message["stream"], message["record"]["id"]) for message in found}


def rows(*numbers: int) -> list[Row]:
    return [{"id": n, "updated_at": f"2026-01-{n:02}T00:00:00Z"} for n in numbers]


def fails_at(page: int, app: t.Callable[[Call], object]) -> t.Callable[[Call], object]:
    return lambda call: Reply(b"null") if call.query.get("page") == str(page) else app(call)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_nothing_is_lost_wherever_a_run_stops(
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
    concurrency: int,
) -> None:
    server.app = Library.of(authors=2, books=3, reviews=2)
    whole = run_tap(server.url, concurrency=concurrency)
    for count in range(1, len(whole.out.splitlines()), 3):
        monkeypatch.setattr(StoppingTap, "messages_until_stop", count)
        first = run_tap(server.url, tap_class=StoppingTap, concurrency=concurrency)
        monkeypatch.undo()
        second = run_tap(server.url, state=first.state, concurrency=concurrency)
        assert second.error is None
        assert everything(first) | everything(second) == everything(whole), count


def test_a_list_is_continued_at_its_page(server: ScriptedServer) -> None:
    library = Library(loans=rows(*IDS))
    server.app = fails_at(4, library)
    first = run_tap(server.url, ["loans"])
    assert first.ids("loans") == [1, 2, 3, 4, 5, 6]
    server.app = library
    server.calls.clear()
    second = run_tap(server.url, ["loans"], state=first.state)
    assert second.ids("loans") == [7, 8, 9, 10]
    assert server.calls[0].query["page"] == "3"
    assert "resume" not in second.bookmark("loans")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda loans: loans[1:], id="one-row-less"),
        pytest.param(lambda loans: loans[2:], id="one-page-less"),
        pytest.param(lambda loans: [*rows(20), *loans], id="one-row-more"),
        pytest.param(lambda loans: [*rows(20, 21), *loans], id="one-page-more"),
        pytest.param(lambda loans: [*reversed(loans)], id="turned-round"),
        pytest.param(lambda loans: loans[:2], id="much-shorter"),
    ],
)
def test_rows_that_shifted_meanwhile_are_not_lost(
    server: ScriptedServer, change: t.Callable[[list[Row]], list[Row]]
) -> None:
    library = Library(loans=rows(*IDS))
    server.app = fails_at(3, library)
    first = run_tap(server.url, ["loans"])
    assert first.ids("loans") == [1, 2, 3, 4]
    library.loans = change(library.loans)
    server.app = library
    second = run_tap(server.url, ["loans"], state=first.state)
    assert second.error is None
    wanted = {row["id"] for row in library.loans} & IDS
    assert wanted <= {*first.ids("loans"), *second.ids("loans")}


def test_another_query_is_begun_anew(server: ScriptedServer) -> None:
    library = Library(loans=rows(*IDS))
    server.app = fails_at(3, library)
    first = run_tap(server.url, ["loans"])
    server.app = library
    second = run_tap(server.url, ["loans"], state=first.state, start_date="2026-01-01")
    assert set(second.ids("loans")) == IDS - {1}


def test_an_old_position_is_not_used(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    calendar = Calendar()
    monkeypatch.setattr(resume, "time", calendar)
    library = Library(loans=rows(*IDS))
    server.app = fails_at(3, library)
    first = run_tap(server.url, ["loans"])
    server.app = library
    calendar.now += 90_000
    second = run_tap(server.url, ["loans"], state=first.state)
    assert set(second.ids("loans")) == IDS


def test_the_bookmark_does_not_pass_the_start_of_the_run_that_is_continued(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows change between two runs, one of them on a page that the second run does not read."""
    calendar = Calendar()
    monkeypatch.setattr(resume, "time", calendar)
    monkeypatch.setattr(TimedTap, "calendar", calendar)
    library = Library(loans=rows(*IDS))
    server.app = fails_at(4, library)
    first = run_tap(server.url, ["loans"], tap_class=TimedTap)
    began = TimedTap.at(calendar.now)
    library.loans[0] = {"id": 1, "updated_at": TimedTap.at(calendar.now + 600), "name": "changed"}
    library.loans[9] = {"id": 10, "updated_at": TimedTap.at(calendar.now + 1200)}
    calendar.now += 3600
    server.app = library
    second = run_tap(server.url, ["loans"], state=first.state, tap_class=TimedTap)
    assert second.ids("loans") == [7, 8, 9, 10]
    assert second.bookmark("loans")["replication_key_value"] == began
    calendar.now += 3600
    third = run_tap(server.url, ["loans"], state=second.state, tap_class=TimedTap)
    assert 1 in third.ids("loans")


def stopped_runs(server: ScriptedServer, streams: list[str], **settings: t.Any) -> list[Run]:  # noqa: ANN401
    """Return the runs that a budget too small for all takes, the last one complete."""
    runs: list[Run] = []
    for _ in range(20):
        runs.append(
            run_tap(
                server.url,
                streams,
                state=runs[-1].state if runs else {},
                shelf_ids=["a"],
                on_rate_limit="stop",
                max_wait=0,
                **settings,
            )
        )
        assert runs[-1].error is None
        if runs[-1].summary["outcome"] == "complete":
            return runs
    raise AssertionError([run.summary["outcome"] for run in runs])


def test_a_budget_that_never_suffices_for_all_starves_no_stream(server: ScriptedServer) -> None:
    made = Library.of(authors=4, books=3, reviews=0)
    made.shelves = {"a": [{"id": f"a{n}"} for n in range(8)]}
    server.app = made
    limits = [{"requests": 4, "seconds": 3600}]
    runs = stopped_runs(server, ["authors", "books", "shelves"], rate_limits=limits)
    seen = set().union(*map(everything, runs))
    assert {("shelves", f"a{n}") for n in range(8)} <= seen
    assert sum(stream == "books" for stream, _ in seen) == 12
    # The last of these runs did not read the authors: that is no reason to forget their books.
    assert len(runs[-1].bookmark("books")["signals"]) == 4


@pytest.mark.parametrize("number", [float, Decimal])
def test_fractions_in_an_old_state_are_read_and_do_not_come_out_again(
    server: ScriptedServer, number: t.Callable[[str], t.Any]
) -> None:
    library = Library(loans=rows(*IDS))
    server.app = fails_at(4, library)
    first = run_tap(server.url, ["loans"])
    old = unpack_state(first.state)
    bookmarks = old["bookmarks"]
    at = number(f"{int(bookmarks['loans']['resume']['at'])}.4591465")
    bookmarks["loans"]["resume"]["at"] = at
    # Of streams that are not read, or that there are no more: what their state holds goes through.
    bookmarks["shelves"] = {"resume": {"at": at}, "round": at}
    bookmarks["magazines"] = {
        "replication_key": "written_at",
        "replication_key_value": number("12.5"),
    }
    server.app = library

    second = run_tap(server.url, ["loans"], state=old)

    assert second.error is None
    assert second.ids("loans") == [7, 8, 9, 10]
    assert [fractions(state) for state in second.states] == [[]] * len(second.states)
    # Less, never more, than what was read.
    assert second.bookmark("magazines")["replication_key_value"] == 12


def test_positions_hold_no_personal_data(server: ScriptedServer) -> None:
    def app(call: Call) -> object:
        if call.query.get("page") == "3":
            return Reply(b"null")
        return link_page(call, [{"id": f"x{n}"} for n in range(9)], 2)

    server.app = app
    run = run_tap(server.url, ["shelves"], shelf_ids=["jane.doe@example.org"])
    assert run.error is not None
    assert "resume" in run.bookmark("shelves")
    assert "jane" not in str(run.state)


def test_a_child_that_is_selected_meanwhile_misses_no_parent(server: ScriptedServer) -> None:
    library = Library.of(authors=6, books=1, reviews=0)
    server.app = fails_at(3, library)
    first = run_tap(server.url, ["authors"])
    assert first.ids("authors") == [1, 2, 3, 4]
    server.app = library
    second = run_tap(server.url, ["authors", "books"], state=first.state)
    assert second.ids("books") == [101, 201, 301, 401, 501, 601]


def test_what_arrives_while_a_run_is_stopped_is_read_by_a_later_one(
    server: ScriptedServer,
) -> None:
    """The place where the second run goes on lies below it, on the same page."""
    library = Library.of(authors=1, books=3, reviews=1)
    server.app = lambda call: Reply(b"null") if call.path == "/books/102/reviews" else library(call)
    first = run_tap(server.url)
    library.books["1"].insert(0, {"id": 199, "reviews_count": 0})
    library.authors[0]["books_count"] += 1
    server.app = library

    second = run_tap(server.url, state=first.state)
    third = run_tap(server.url, state=second.state)

    assert first.ids("books") == [101]
    assert second.ids("books") == [102, 103]
    assert 199 in third.ids("books")


def test_runs_of_the_program_go_on_from_their_state_file(
    server: ScriptedServer, program: Program
) -> None:
    server.app = Library(shelves={"a": [{"id": f"a{n}"} for n in range(6)]}, page_size=2)
    settings = {
        "shelf_ids": ["a"],
        "on_rate_limit": "stop",
        "max_wait": 0,
        "rate_limits": [{"requests": 4, "seconds": 3600}],
    }
    seen: list[str] = []
    state: dict[str, t.Any] | None = None
    for _ in range(6):
        with program.start(state=state, **settings) as process:
            out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        messages = [json.loads(line) for line in out.splitlines()]
        seen += [
            m["record"]["id"] for m in messages if m.get("stream") == "items" and "record" in m
        ]
        state = unpack_state([m["value"] for m in messages if m["type"] == "STATE"][-1])
        if not any(is_stopped(each) for each in state["bookmarks"].values()):
            break
    assert seen == [f"a{n}" for n in range(6)]


def test_one_request_for_news_of_each_stream_starves_no_other(server: ScriptedServer) -> None:
    server.app = Library(loans=rows(1, 2), shelves={"a": [{"id": "a1"}]})
    runs = stopped_runs(
        server, ["loans", "shelves"], rate_limits=[{"requests": 1, "seconds": 3600}]
    )
    assert [run.ids("loans") for run in runs] == [[1, 2], []]
    assert runs[-1].ids("shelves") == ["a1"]


def test_near_its_end_a_budget_is_not_spent_on_what_is_fetched_ahead(
    server: ScriptedServer,
) -> None:
    """The same requests in the same number of runs, whatever the concurrency."""
    asked = []
    for concurrency in (1, 8):
        server.app = Library(shelves={"a": [{"id": f"a{n}"} for n in range(12)]}, page_size=2)
        server.calls.clear()
        limits = [{"requests": 3, "seconds": 3600}]
        runs = stopped_runs(
            server, ["shelves", "items"], concurrency=concurrency, rate_limits=limits
        )
        asked.append((len(runs), sorted(server.targets)))
    assert asked[0] == asked[1]
