"""A bookmark belongs to its query: when the query changes, the list is read anew."""

from __future__ import annotations

import typing as t

import pytest

from tests.kit.library import Library, Row
from tests.kit.running import Run, run_tap
from tests.kit.scripted_server import Reply, ScriptedServer
from tests.kit.tiny_tap import TinyTap

LOANS: list[Row] = [{"id": n, "updated_at": f"2026-01-{n:02}T00:00:00Z"} for n in range(1, 11)]
ANEW = "is read anew: its state belongs to another query"


class KeyedTap(TinyTap):
    """Shows each key what it may see."""

    def query_identity(self) -> tuple[object, ...]:
        return (*super().query_identity(), self.config.get("api_key"))


@pytest.fixture
def library(server: ScriptedServer) -> Library:
    made = Library.of(authors=2, books=2, reviews=2)
    made.loans = list(LOANS)
    server.app = made
    return made


def read(server: ScriptedServer, before: Run | None = None, **settings: t.Any) -> Run:  # noqa: ANN401
    server.calls.clear()
    state = before.state if before else None
    streams = ["authors", "books", "reviews", "loans"]
    run = run_tap(server.url, streams, state=state, tap_class=KeyedTap, **settings)
    assert run.error is None
    return run


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("before", "now"),
    [("2026-01-05", "2026-01-02"), ("2026-01-05", None)],
    ids=["earlier", "taken away"],
)
def test_a_start_date_that_moves_back_brings_the_older_rows(
    server: ScriptedServer, before: str, now: str | None
) -> None:
    first = read(server, start_date=before)
    second = read(server, first, start_date=now)
    (asked,) = {call.query.get("updated_after") for call in server.calls if call.path == "/loans"}
    assert asked == (f"{now}T00:00:00Z" if now else None)
    assert set(second.ids("loans")) == set(range(3 if now else 1, 11))
    assert any("'loans'" in line and ANEW in line for line in second.log.splitlines())
    third = read(server, second, start_date=now)
    assert third.ids("loans") == []


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("now", ["2026-01-08", "2026-01-05"])
def test_a_start_date_that_stays_or_moves_on_changes_nothing(
    server: ScriptedServer, now: str
) -> None:
    first = read(server, start_date="2026-01-05")
    second = read(server, first, start_date=now)
    assert second.ids("loans") == []
    assert ANEW not in second.log


@pytest.mark.usefixtures("library")
def test_a_start_date_that_moves_on_and_back_again_has_lost_nothing(
    server: ScriptedServer,
) -> None:
    first = read(server, start_date="2026-01-02")
    second = read(server, first, start_date="2026-01-08")
    third = read(server, second, start_date="2026-01-02")
    assert third.ids("loans") == []


@pytest.mark.usefixtures("library")
def test_another_identity_reads_lists_and_children_anew(server: ScriptedServer) -> None:
    first = read(server, api_key="narrow")
    second = read(server, first, api_key="wide")
    assert second.ids("loans") == first.ids("loans")
    assert second.ids("books") == first.ids("books")
    assert second.ids("reviews") == first.ids("reviews")
    third = read(server, second, api_key="wide")
    assert {call.path for call in server.calls} == {"/authors", "/loans"}
    assert third.ids("loans") == []


def test_a_run_that_fails_leaves_the_bookmark_to_the_old_query(
    server: ScriptedServer, library: Library
) -> None:
    first = read(server, start_date="2026-01-05")
    server.app = lambda _: Reply({}, status=400)
    failed = run_tap(server.url, ["loans"], state=first.state, tap_class=KeyedTap)
    assert failed.error is not None
    server.app = library
    again = read(server, failed)
    assert set(again.ids("loans")) == set(range(1, 11))


@pytest.mark.usefixtures("library")
def test_a_state_without_a_fingerprint_is_taken_as_it_is(server: ScriptedServer) -> None:
    first = read(server, api_key="former-key")
    for bookmark in first.state["bookmarks"].values():
        for marks in bookmark["checkpoint"]:
            marks.pop("query", None)
    second = read(server, first, api_key="changed-key", start_date="2026-01-01")
    assert second.ids("loans") == []
    assert ANEW not in second.log


@pytest.mark.usefixtures("library")
def test_another_port_is_the_same_api(server: ScriptedServer) -> None:
    first = read(server)
    other = ScriptedServer()
    other.app = server.app
    try:
        second = read(other, first)
    finally:
        other.close()
    assert second.ids("loans") == []
    assert ANEW not in second.log


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("stream", ["loans", "authors"])
def test_another_identity_does_not_go_on_where_the_one_before_stopped(
    server: ScriptedServer, library: Library, stream: str
) -> None:
    library.authors.extend({"id": n, "books_count": 0, "awards": []} for n in range(3, 9))
    whole = run_tap(server.url, [stream], tap_class=KeyedTap, api_key="wide")
    limits = {"rate_limits": [{"requests": 2, "seconds": 3600}], "max_wait": 0}
    stopped = run_tap(
        server.url, [stream], tap_class=KeyedTap, api_key="narrow", on_rate_limit="stop", **limits
    )
    assert 0 < len(stopped.ids(stream)) < len(whole.ids(stream))
    after = run_tap(server.url, [stream], state=stopped.state, tap_class=KeyedTap, api_key="wide")
    assert set(after.ids(stream)) == set(whole.ids(stream))


@pytest.mark.usefixtures("library")
def test_another_identity_asks_for_every_configured_list(
    server: ScriptedServer, library: Library
) -> None:
    library.shelves = {name: [{"id": f"{name}{n}"} for n in range(4)] for name in "abc"}
    limits = {"rate_limits": [{"requests": 3, "seconds": 3600}], "max_wait": 0}
    stopped = run_tap(
        server.url, ["shelves"], tap_class=KeyedTap, api_key="narrow", shelf_ids=list("abc"),
        on_rate_limit="stop", **limits,
    )  # fmt: skip
    after = run_tap(
        server.url, ["shelves"], state=stopped.state, tap_class=KeyedTap, api_key="wide",
        shelf_ids=list("abc"),
    )  # fmt: skip
    assert len(after.ids("shelves")) == 12


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "maps",
    [
        {"loans": {"__filter__": "id > 8"}, "authors": {}, "books": {"__filter__": "id == 201"}},
        {"loans": None, "books": "__NULL__"},
        {"authors": {}, "__else__": None},
        {"*s": {"__filter__": "id < 3"}},
    ],
    ids=["filters", "removed", "all others removed", "pattern"],
)
def test_what_a_stream_map_held_back_comes_without_it(
    server: ScriptedServer, maps: dict[str, t.Any]
) -> None:
    whole, first = read(server), read(server, stream_maps=maps)
    assert len(first.ids("loans")) < len(whole.ids("loans"))
    second = read(server, first)
    for stream in ("loans", "books", "reviews"):
        found = {*first.ids(stream), *second.ids(stream)}
        assert found == set(whole.ids(stream)), stream
    assert ANEW in second.log
    third = read(server, second)
    assert third.ids("loans") == third.ids("books") == []


@pytest.mark.usefixtures("library")
def test_a_map_that_holds_back_no_row_changes_nothing(server: ScriptedServer) -> None:
    first = read(server, stream_maps={"loans": {"name": "'x'"}})
    second = read(server, first)
    assert second.ids("loans") == []
    assert ANEW not in second.log


@pytest.mark.usefixtures("library")
def test_fields_that_were_dropped_come_when_they_are_kept(server: ScriptedServer) -> None:
    second = read(server, read(server, unknown_fields="drop"))
    assert len(second.ids("loans")) == len(LOANS)


def test_rows_that_go_while_a_filter_changes_are_told(
    server: ScriptedServer, library: Library
) -> None:
    first = read(server, detect=True)
    del library.books["1"][0]
    library.authors[0]["books_count"] = 1
    maps = {"books": {"__filter__": "id != 202"}}
    second = read(server, first, detect=True, stream_maps=maps)
    gone = [row["id"] for row in second.records["books"] if row.get("_sdc_deleted_at")]
    assert gone == [101]
