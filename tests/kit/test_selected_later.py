"""A child stream that is selected later gets what its parents' lists held before, too."""

from __future__ import annotations

import typing as t

import pytest

from tests.kit.library import Library
from tests.kit.running import Run, run_tap

if t.TYPE_CHECKING:
    from tests.kit.scripted_server import ScriptedServer

ABOVE = ("authors", "books")
ALL = (*ABOVE, "reviews")
ANEW = "'books' is read anew for what is selected now and was not before: reviews."


@pytest.fixture
def library(server: ScriptedServer) -> Library:
    made = Library.of(authors=3, books=2, reviews=2)
    server.app = made
    return made


def read(
    server: ScriptedServer,
    streams: tuple[str, ...],
    state: dict[str, t.Any] | None = None,
    **settings: t.Any,  # noqa: ANN401
) -> Run:
    server.calls.clear()
    run = run_tap(server.url, streams, state=state, **settings)
    assert run.error is None
    return run


@pytest.mark.usefixtures("library")
def test_all_its_rows_come(server: ScriptedServer) -> None:
    whole = read(server, ALL)
    later = read(server, ALL, read(server, ABOVE).state)
    assert later.ids("reviews") == whole.ids("reviews")
    assert ANEW in later.log

    again = read(server, ALL, later.state)
    assert again.ids("books") == again.ids("reviews") == []
    assert ANEW not in again.log


@pytest.mark.usefixtures("library")
def test_all_rows_of_a_parent_that_is_selected_later_come(server: ScriptedServer) -> None:
    later = read(server, ALL, read(server, ("authors", "reviews")).state)
    assert len(later.ids("books")) == 6


@pytest.mark.usefixtures("library")
def test_a_run_that_stops_in_between_leaves_the_rest_to_the_next(server: ScriptedServer) -> None:
    whole, state = read(server, ALL), read(server, ABOVE).state
    found: set[t.Any] = set()
    limits = {"rate_limits": [{"requests": 7, "seconds": 3600}], "max_wait": 0}
    for _ in range(4):
        run = read(server, ALL, state, on_rate_limit="stop", **limits)
        found.update(run.ids("reviews"))
        state = run.state
    assert found == set(whole.ids("reviews"))


def test_what_changed_while_it_was_not_selected_comes(
    server: ScriptedServer, library: Library
) -> None:
    state = read(server, ALL).state
    library.authors[0]["books_count"] = 3
    library.books["1"].insert(0, {"id": 103, "reviews_count": 1})
    library.reviews["103"] = [{"id": 10301, "written_at": "2026-01-09T00:00:00Z"}]
    state = read(server, ABOVE, state).state
    assert 10301 in read(server, ALL, state).ids("reviews")


@pytest.mark.usefixtures("library")
def test_the_state_of_a_version_that_did_not_keep_the_selection_holds(
    server: ScriptedServer,
) -> None:
    state = read(server, ALL).state
    for entry in state["bookmarks"].values():
        for checkpoint in entry["checkpoint"]:
            checkpoint.get("query", {}).pop("selection", None)
    assert read(server, ALL, state).ids("books") == []
