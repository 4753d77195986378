"""Lists that are said to come newest first: where they do not, they are read whole."""

from __future__ import annotations

import typing as t

import pytest

from tests.kit.library import Library, Row, link_page
from tests.kit.running import run_tap
from tests.kit.tiny_tap import Loans, TinyTap

if t.TYPE_CHECKING:
    from tests.harness.run import Run
    from tests.kit.scripted_server import Call, ScriptedServer

STREAMS = ("authors", "books", "reviews")
WHOLE = "does not come with the newest first: it is read whole"


class LatestLoans(Loans):
    """Newest first, with one bookmark for the list."""

    newest_first = "updated_at"

    def query_parameters(self, context: t.Any, since: t.Any) -> dict[str, t.Any]:  # noqa: ANN401, ARG002
        return {}


class LatestTap(TinyTap):
    stream_types = (LatestLoans,)  # type: ignore[assignment]


def make_rows(days: t.Iterable[int], field: str) -> list[Row]:
    return [{"id": day, field: f"2026-01-{day:02}T00:00:00Z"} for day in days]


def told(run: Run) -> int:
    return sum(WHOLE in line for line in run.log.splitlines())


ORDERS = {
    "ascending": sorted,
    "unordered": lambda days: sorted(days, key=lambda day: (day * 7) % 13),
    "pages": lambda days: [
        day for first in range(1, max(days) + 1, 4) for day in range(first + 3, first - 1, -1)
        if day in days
    ],
}  # fmt: skip


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("concurrency", [1, 4])
def test_new_rows_are_found_wherever_they_stand(
    server: ScriptedServer, order: str, concurrency: int
) -> None:
    def serve(days: range) -> None:
        rows = make_rows(ORDERS[order](days), "updated_at")
        server.app = lambda call: link_page(call, rows, 4)

    serve(range(1, 13))
    first = run_tap(server.url, tap_class=LatestTap, concurrency=concurrency)
    serve(range(1, 18))
    second = run_tap(server.url, tap_class=LatestTap, state=first.state, concurrency=concurrency)

    assert set(first.ids("loans")) == {*range(1, 13)}
    assert {*range(13, 18)} <= set(second.ids("loans")) <= {*range(12, 18)}
    assert second.bookmark("loans")["replication_key_value"] == "2026-01-17T00:00:00Z"
    assert told(first) == 0
    assert told(second) == 1


@pytest.mark.parametrize("order", ["ascending", "unordered"])
def test_a_list_behind_a_counter_too(server: ScriptedServer, order: str) -> None:
    library = Library.of(authors=1, books=1, reviews=0)
    server.app = library

    def read(days: range, before: Run | None = None) -> Run:
        library.reviews["101"] = make_rows(ORDERS[order](days), "written_at")
        library.books["1"][0]["reviews_count"] = len(days)
        library.authors[0]["books_changed"] = str(len(days))
        return run_tap(server.url, STREAMS, state=before.state if before else None)

    first = read(range(1, 11))
    second = read(range(1, 14), first)
    third = read(range(1, 16), second)

    assert {11, 12, 13} <= set(second.ids("reviews"))
    assert {14, 15} <= set(third.ids("reviews"))
    assert told(second) + told(third) <= 2


def test_a_first_page_of_one_moment_is_no_proof(server: ScriptedServer) -> None:
    library = Library.of(authors=1, books=1, reviews=0)
    server.app = library
    same = [{"id": 100 + n, "written_at": "2026-01-01T00:00:00Z"} for n in range(4)]

    def read(days: range, before: Run | None = None) -> Run:
        library.reviews["101"] = [*same, *make_rows(days, "written_at")]
        library.books["1"][0]["reviews_count"] = len(days)
        library.authors[0]["books_changed"] = str(len(days))
        return run_tap(server.url, STREAMS, state=before.state if before else None)

    first = read(range(5, 8))
    state = {**first.state}
    second = read(range(5, 11), run_tap(server.url, STREAMS, state=state))

    assert {8, 9, 10} <= set(second.ids("reviews"))


def test_rows_that_are_added_on_top_meanwhile_are_no_disorder(server: ScriptedServer) -> None:
    rows = make_rows(range(12, 0, -1), "updated_at")
    server.app = lambda call: link_page(call, rows, 2)
    first = run_tap(server.url, tap_class=LatestTap)
    rows[:0] = make_rows(range(18, 12, -1), "updated_at")

    def app(call: Call) -> object:
        answer = link_page(call, rows, 2)
        if len(server.calls) == asked + 1:
            rows.insert(0, {"id": 19, "updated_at": "2026-01-19T00:00:00Z"})
        return answer

    asked = len(server.calls)
    server.app = app
    second = run_tap(server.url, tap_class=LatestTap, state=first.state)

    assert told(second) == 0
    assert {*range(13, 19)} <= set(second.ids("loans"))
    assert len(server.calls) - asked < 6
