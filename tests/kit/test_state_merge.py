"""What Meltano stores, it merges: nothing of what a run has done away with may come back."""

from __future__ import annotations

import typing as t

import pytest

from tests.harness.meltano_state import MeltanoStore
from tests.harness.run import unpack_state
from tests.kit.library import Library
from tests.kit.running import Run, run_tap

if t.TYPE_CHECKING:
    from tests.kit.scripted_server import ScriptedServer

SHELVES = ["a", "b"]
STOP: dict[str, t.Any] = {"on_rate_limit": "stop", "max_wait": 0}
STREAMS = ("loans", "shelves", "authors", "books", "reviews")


@pytest.fixture
def library(server: ScriptedServer) -> Library:
    made = Library.of(authors=3, books=3, reviews=2)
    made.loans = [{"id": n, "updated_at": f"2026-01-{n:02}T00:00:00Z"} for n in range(1, 11)]
    made.shelves = {name: [{"id": f"{name}{n}"} for n in range(6)] for name in SHELVES}
    server.app = made
    return made


@pytest.fixture
def store() -> MeltanoStore:
    return MeltanoStore()


def run(
    server: ScriptedServer,
    store: MeltanoStore,
    *streams: str,
    full_refresh: bool = False,
    requests: int | None = None,
    **settings: t.Any,  # noqa: ANN401
) -> Run:
    """Run as Meltano does under ``--state-strategy merge``; stopped by its budget, if there is one.

    A full refresh begins without a state.
    """
    server.calls.clear()
    if requests is not None:
        settings |= {"rate_limits": [{"requests": requests, "seconds": 3600}], **STOP}
    state = {} if full_refresh else store.state
    done = run_tap(server.url, streams or STREAMS, state=state, shelf_ids=SHELVES, **settings)
    assert done.error is None
    store.save(done, merge=True)
    return done


def keys(*runs: Run) -> set[tuple[str, t.Any]]:
    return {
        (stream, row["id"])
        for each in runs
        for stream, rows in each.records.items()
        for row in rows
    }


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("requests", [2, 6, 9, 14])
def test_after_a_stop_and_a_whole_run_the_next_reads_everything_from_its_beginning(
    server: ScriptedServer, store: MeltanoStore, requests: int
) -> None:
    stopped = run(server, store, requests=requests)
    rest = run(server, store)
    third = run(server, store)

    assert stopped.summary["outcome"] == "stopped by the request budget"
    assert keys(stopped, rest) == keys(run_tap(server.url, STREAMS, shelf_ids=SHELVES))
    assert "that this one continues" not in third.log
    assert third.ids("shelves") == [f"{name}{n}" for name in SHELVES for n in range(6)]
    assert third.ids("authors") == [1, 2, 3]
    assert third.ids("loans") == []


@pytest.mark.usefixtures("library")
def test_what_is_stored_is_what_the_last_run_wrote(
    server: ScriptedServer, store: MeltanoStore
) -> None:
    for requests in (2, 5, 9, 14, None, 3, None):
        done = run(server, store, requests=requests)
        assert store.state == done.state


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("requests", [1, 2, 6, 9, 14])
def test_a_full_refresh_that_is_stopped_is_finished_by_the_next_runs(
    server: ScriptedServer, store: MeltanoStore, requests: int
) -> None:
    """Streams that it has not come to are not left with the bookmarks of before."""
    whole = run(server, store)
    refresh = run(server, store, full_refresh=True, requests=requests)
    rest = run(server, store)
    quiet = run(server, store)

    assert refresh.summary["outcome"] == "stopped by the request budget"
    assert keys(refresh, rest) == keys(whole)
    assert not keys(quiet) & {("loans", n) for n in range(1, 11)}
    assert quiet.ids("shelves") == whole.ids("shelves")


@pytest.mark.usefixtures("library")
def test_a_full_refresh_leaves_the_other_streams_what_they_have(
    server: ScriptedServer, store: MeltanoStore
) -> None:
    run(server, store)
    run(server, store, "shelves", full_refresh=True)

    assert run(server, store).ids("loans") == []


@pytest.mark.parametrize("requests", [3, 6, 8])
def test_a_full_refresh_in_the_middle_of_stopped_runs_ends_them(
    server: ScriptedServer, store: MeltanoStore, library: Library, requests: int
) -> None:
    run(server, store, "shelves", "loans", requests=requests)
    run(server, store, "shelves", "loans", full_refresh=True)
    library.loans.append({"id": 11, "updated_at": "2026-01-11T00:00:00Z"})
    after = run(server, store, "shelves", "loans")

    assert "that this one continues" not in after.log
    assert len(after.ids("shelves")) == 12
    assert after.ids("loans") == [11]


def test_a_list_that_a_full_refresh_found_empty_has_no_old_bookmark(
    server: ScriptedServer, store: MeltanoStore, library: Library
) -> None:
    run(server, store, "loans")
    loans, library.loans = library.loans, []
    run(server, store, "loans", full_refresh=True)
    library.loans = loans

    assert len(run(server, store, "loans").ids("loans")) == 10


def test_a_parent_that_was_gone_and_returns_is_read_again(
    server: ScriptedServer, store: MeltanoStore, library: Library
) -> None:
    run(server, store)
    gone = library.authors.pop(1)
    run(server, store)
    library.authors.append(gone)
    library.books["2"] = [{"id": n, "reviews_count": 0} for n in (901, 902, 903)]

    assert run(server, store).ids("books") == [901, 902, 903]


def test_recent_rows_do_not_pile_up(
    server: ScriptedServer, store: MeltanoStore, library: Library
) -> None:
    for n in range(11, 29):
        library.loans = [{"id": n, "updated_at": f"2026-01-{n:02}T00:00:00Z"}]
        run(server, store, "loans")

    assert list(unpack_state(store.state)["bookmarks"]["loans"]["overlap"]) == ["28"]


@pytest.mark.usefixtures("library")
def test_a_state_of_an_older_version_in_the_store_is_read_once(
    server: ScriptedServer, store: MeltanoStore
) -> None:
    """Its keys stay where they are stored; they count no more."""
    stopped = run_tap(
        server.url,
        ["loans", "shelves"],
        shelf_ids=SHELVES,
        rate_limits=[{"requests": 7, "seconds": 3600}],
        **STOP,
    )
    store.set_state(unpack_state(stopped.state))

    rest = run(server, store, "loans", "shelves")
    after = run(server, store, "loans", "shelves")

    assert rest.ids("loans") == []
    assert 0 < len(rest.ids("shelves")) < 12
    assert len(after.ids("shelves")) == 12
    assert "that this one continues" not in after.log


@pytest.mark.usefixtures("library")
def test_no_state_holds_what_only_counts_during_a_run(server: ScriptedServer) -> None:
    """Merged, it would stay for ever; a null makes Meltano's merge of objects fail."""
    done = run_tap(server.url, STREAMS, shelf_ids=SHELVES)

    for state in done.states:
        for entry in state["bookmarks"].values():
            assert entry.keys() <= {"replication_key", "replication_key_value", "checkpoint"}
            assert None not in entry.values()
