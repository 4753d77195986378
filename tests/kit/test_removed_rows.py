"""Rows that somebody removes while a list is read: those behind them move up, and none is lost."""

from __future__ import annotations

import threading
import typing as t

import pytest

from tests.kit.library import Library, Row
from tests.kit.running import run_tap

if t.TYPE_CHECKING:
    from tests.kit.scripted_server import Call, ScriptedServer

IDS = range(1, 21)


def rows() -> list[Row]:
    return [{"id": n, "updated_at": f"2026-01-{n:02}T00:00:00Z"} for n in IDS]


class Shrinking:
    """A library that loses rows each time it has given so many answers.

    Args:
        library: It.
        kept: Returns its rows, all that the test is about.
        losses: By the number of answers given, which rows are gone then.
    """

    def __init__(self, library: Library, kept: list[Row], losses: dict[int, set[int]]) -> None:
        self.library = library
        self._rows = kept
        self._losses = losses
        self._answers = 0

    def __call__(self, call: Call) -> object:
        answer = self.library(call)
        self._answers += 1
        gone = self._losses.get(self._answers, set())
        self._rows[:] = [row for row in self._rows if row["id"] not in gone]
        return answer


def shrinking_loans(losses: dict[int, set[int]]) -> Shrinking:
    library = Library(loans=rows())
    return Shrinking(library, library.loans, losses)


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("gone", [{1}, {3}, {1, 2}, {1, 2, 3}, {1, 3, 4, 12}, {19, 20}, {4, 20}])
def test_rows_that_move_up_are_not_lost(
    server: ScriptedServer, gone: set[int], concurrency: int
) -> None:
    server.app = shrinking = shrinking_loans({2: gone})

    run = run_tap(server.url, ["loans"], concurrency=concurrency)

    assert run.error is None
    left = {row["id"] for row in shrinking.library.loans}
    assert left <= set(run.ids("loans"))
    assert len(run.ids("loans")) == len(set(run.ids("loans")))
    latest = run.bookmark("loans")["replication_key_value"]
    assert latest >= f"2026-01-{max(left):02}T00:00:00Z"


def test_one_removed_row_costs_one_request(server: ScriptedServer) -> None:
    server.app = shrinking_loans({2: {1}})
    run_tap(server.url, ["loans"], concurrency=1)
    # Ten pages without, of which the third is the first to show it.
    assert [call.query.get("page", "1") for call in server.calls] == [
        *("1", "2", "3", "2"), *map(str, range(4, 11)),
    ]  # fmt: skip


def test_rows_removed_again_and_again_keep_the_bookmark_back(server: ScriptedServer) -> None:
    server.app = shrinking = shrinking_loans({2: {1}, 3: {5}})
    first = run_tap(server.url, ["loans"], concurrency=1)
    server.app = shrinking.library

    second = run_tap(server.url, ["loans"], state=first.state)

    assert "replication_key_value" not in first.bookmark("loans")
    assert any("next run reads it again" in line for line in first.log.splitlines())
    left = {row["id"] for row in shrinking.library.loans}
    # What came last in the first run has not changed since.
    assert set(second.ids("loans")) == left - {20}


def test_a_list_of_a_parent_is_read_again_too(server: ScriptedServer) -> None:
    library = Library.of(authors=1, books=1, reviews=8)
    reviews = library.reviews["101"]
    # After authors and books: the pages of the reviews, the third of which shows it.
    server.app = Shrinking(library, reviews, {4: {10108}, 5: {10107}})
    first = run_tap(server.url, concurrency=1)
    server.app = library

    second = run_tap(server.url, state=first.state)

    assert any("next run reads it again" in line for line in first.log.splitlines())
    assert second.ids("reviews") == [row["id"] for row in reviews]
    assert run_tap(server.url, state=second.state).ids("reviews") == []


def test_rows_on_one_page_before_and_on_another_after_are_no_circle(
    server: ScriptedServer,
) -> None:
    """Page 3 is answered before the rows of a whole page are removed, page 2 after that."""
    library = Library(loans=rows())
    third = threading.Event()

    def app(call: Call) -> object:
        page = call.query.get("page")
        if page == "2" and call.nth == 1:
            assert third.wait(20)
            library.loans[:] = library.loans[2:]
        answer = library(call)
        if page == "3":
            third.set()
        return answer

    server.app = app
    run = run_tap(server.url, ["loans"], concurrency=4)

    assert run.error is None
    assert set(run.ids("loans")) >= {row["id"] for row in library.loans}
