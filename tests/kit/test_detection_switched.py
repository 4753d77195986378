"""Deleted rows are looked for from a later run on: what is gone since then is told."""

from __future__ import annotations

import typing as t

import pytest

from tests.kit.library import Library
from tests.kit.running import Run, run_tap

if t.TYPE_CHECKING:
    from tests.kit.scripted_server import ScriptedServer

STREAMS = ("authors", "books")
ANEW = "'books' is read anew: deleted records are looked for, and were not before."


@pytest.fixture
def library(server: ScriptedServer) -> Library:
    made = Library.of(authors=2, books=3, reviews=0)
    server.app = made
    return made


def read(
    server: ScriptedServer,
    before: Run | None = None,
    **settings: t.Any,  # noqa: ANN401
) -> Run:
    server.calls.clear()
    run = run_tap(server.url, STREAMS, state=before.state if before else None, **settings)
    assert run.error is None
    return run


def take_away(library: Library) -> None:
    del library.books["1"][1]
    library.authors[0]["books_count"] = 2


def gone(run: Run) -> list[t.Any]:
    return [row["id"] for row in run.records["books"] if row.get("_sdc_deleted_at")]


def test_rows_that_came_before_are_told_when_they_go(
    server: ScriptedServer, library: Library
) -> None:
    second = read(server, read(server), detect=True)
    assert ANEW in second.log
    take_away(library)
    third = read(server, second, detect=True)
    assert ANEW not in third.log
    assert gone(third) == [102]


def test_rows_that_went_while_nobody_looked_are_told(
    server: ScriptedServer, library: Library
) -> None:
    first = read(server, detect=True)
    take_away(library)
    second = read(server, first)
    assert ANEW not in second.log
    assert gone(second) == []
    assert gone(read(server, second, detect=True)) == [102]


@pytest.mark.usefixtures("library")
def test_a_run_without_news_in_between_costs_nothing(server: ScriptedServer) -> None:
    second = read(server, read(server, detect=True))
    read(server, second, detect=True)
    assert {call.path for call in server.calls} == {"/authors"}


@pytest.mark.usefixtures("library")
def test_a_list_that_was_begun_without_is_begun_again(
    server: ScriptedServer, library: Library
) -> None:
    limits = {"rate_limits": [{"requests": 2, "seconds": 3600}], "max_wait": 0}
    stopped = read(server, on_rate_limit="stop", **limits)
    assert stopped.ids("books") == [101, 102]
    second = read(server, stopped, detect=True)
    take_away(library)
    assert gone(read(server, second, detect=True)) == [102]


@pytest.mark.usefixtures("library")
def test_the_state_of_a_version_that_did_not_say_so_holds(server: ScriptedServer) -> None:
    first = read(server, detect=True)
    for entry in first.state["bookmarks"].values():
        for checkpoint in entry["checkpoint"]:
            checkpoint.get("query", {}).pop("deletions", None)
    read(server, first, detect=True)
    assert {call.path for call in server.calls} == {"/authors"}
