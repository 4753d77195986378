"""Lists that end too early: rows that the API counts, or may have, are not lost in silence."""

from __future__ import annotations

import typing as t

import pytest

from tests.kit.library import Library, Row, link_page, meta_page
from tests.kit.running import run_tap
from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.kit.tiny_tap import Loans, TinyTap

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness.run import Run

App = t.Callable[[Call], object]
IDS = [*range(1, 11)]


def make_loans(count: int = 10) -> list[Row]:
    return [{"id": n, "updated_at": f"2026-01-{n:02}T00:00:00Z"} for n in range(1, count + 1)]


def in_reply(change: Callable[[Reply], Reply], page: str, times: int) -> App:
    """Loans in pages of two, one of which is changed so many times."""

    def app(call: Call) -> object:
        answer = link_page(call, make_loans(), 2)
        hit = call.query.get("page", "1") == page and call.nth <= times
        return change(answer) if hit else answer

    return app


def without_link(reply: Reply) -> Reply:
    return Reply(reply.body, headers={**reply.headers, "Link": ""})


def with_half(reply: Reply) -> Reply:
    rows = t.cast("list[Row]", reply.body)
    return Reply(rows[:1], headers=reply.headers)


def without_rows(reply: Reply) -> Reply:
    return Reply([], headers={**reply.headers, "Link": ""})


def partial(reply: Reply) -> Reply:
    return Reply(with_half(reply).body, status=206, headers=without_link(reply).headers)


CASES = {"no link": without_link, "no rows": without_rows, "206": partial}


@pytest.mark.parametrize("page", ["1", "3", "5"])
@pytest.mark.parametrize("case", CASES)
def test_a_page_that_ends_the_list_too_early_once_is_read_again(
    server: ScriptedServer, case: str, page: str
) -> None:
    server.app = in_reply(CASES[case], page, 1)

    run = run_tap(server.url, ["loans"])

    assert run.error is None
    assert run.ids("loans") == IDS


@pytest.mark.parametrize("page", ["1", "3", "5"])
@pytest.mark.parametrize("case", ["no link", "no rows", "half"])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_one_that_always_does_fails_and_the_next_run_has_all(
    server: ScriptedServer, case: str, page: str, concurrency: int
) -> None:
    if case == "no link" and page == "5":
        pytest.skip("The last page has no link anyway.")
    change = {**CASES, "half": lambda reply: without_link(with_half(reply))}[case]
    server.app = in_reply(change, page, 99)

    failed = run_tap(server.url, ["loans"], concurrency=concurrency)
    server.app = in_reply(change, page, 0)
    mended = run_tap(server.url, ["loans"], state=failed.state)

    assert "The list 'loans' ended after" in str(failed.error)
    assert "it has 10" in str(failed.error)
    assert "replication_key_value" not in failed.bookmark("loans")
    assert {*failed.ids("loans"), *mended.ids("loans")} == {*IDS}


def test_a_total_in_the_body_counts_as_well(server: ScriptedServer) -> None:
    library = Library.of(authors=1, books=5, reviews=0)

    def app(call: Call) -> object:
        if call.path.endswith("/books"):
            reply = meta_page(call, "books", library.books["1"], 2)
            body = t.cast("dict[str, t.Any]", reply.body)
            return Reply({**body, "meta": {**body["meta"], "next": None}})
        return library(call)

    server.app = app

    failed = run_tap(server.url, ["authors", "books"])
    server.app = library
    mended = run_tap(server.url, ["authors", "books"], state=failed.state)

    assert "The list 'books' ended after 2 rows" in str(failed.error)
    assert mended.ids("books") == [101, 102, 103, 104, 105]


def test_a_list_that_its_total_calls_complete_costs_no_more_requests(
    server: ScriptedServer,
) -> None:
    server.app = in_reply(without_link, "5", 0)

    run_tap(server.url, ["loans"])

    assert len(server.calls) == 5


def test_rows_missing_behind_the_page_where_a_run_goes_on(server: ScriptedServer) -> None:
    """Only half of the list is read, so the total is held against the place of the last page."""
    server.app = in_reply(without_link, "1", 0)
    limits = [{"requests": 2, "seconds": 3600}]
    stopped = run_tap(server.url, ["loans"], on_rate_limit="stop", rate_limits=limits, max_wait=0)
    server.app = in_reply(without_link, "4", 99)

    second = run_tap(server.url, ["loans"], state=stopped.state)
    server.app = in_reply(without_link, "1", 0)
    third = run_tap(server.url, ["loans"], state=second.state)

    assert stopped.summary["outcome"] == "stopped by the request budget"
    assert "replication_key_value" not in second.bookmark("loans")
    assert {*stopped.ids("loans"), *second.ids("loans"), *third.ids("loans")} == {*IDS}


# Full pages that say nothing


def bare(call: Call, rows: list[Row]) -> object:
    """A bare array without any header, in pages of the size that is asked for."""
    size, page = int(call.query.get("per_page", 100)), int(call.query.get("page", 1))
    return rows[(page - 1) * size : page * size]


class Bare:
    """What the library's lists of loans are asked for and answered by."""

    def __init__(self, rows: int, beyond: object = None, *, ignores: bool = False) -> None:
        self.rows = make_loans(rows)
        self.beyond = beyond
        self.ignores = ignores

    def __call__(self, call: Call) -> object:
        if self.ignores:
            return self.rows
        return bare(call, self.rows) or ([] if self.beyond is None else self.beyond)


class SizedLoans(Loans):
    """Asked for in pages of two."""

    def query_parameters(self, context: t.Any, since: t.Any) -> dict[str, t.Any]:  # noqa: ANN401
        return {**super().query_parameters(context, since), "per_page": 2}


class SizedTap(TinyTap):
    stream_types = (SizedLoans,)  # type: ignore[assignment]


def run_bare(server: ScriptedServer, app: App) -> Run:
    server.app = app
    return run_tap(server.url, tap_class=SizedTap)


@pytest.mark.parametrize(
    ("app", "requests"),
    [
        (Bare(5), 3),
        (Bare(4), 3),
        (Bare(1), 1),
        (Bare(4, beyond=Reply(status=404)), 3),
        (Bare(4, beyond=Reply(status=400)), 3),
        (Bare(2, ignores=True), 2),
        (Bare(7, ignores=True), 1),
    ],
    ids=["odd", "even", "one", "404", "400", "same", "whole"],
)
def test_a_full_page_that_says_nothing_is_not_the_end(
    server: ScriptedServer, app: Bare, requests: int
) -> None:
    run = run_bare(server, app)

    assert run.error is None
    assert run.ids("loans") == [row["id"] for row in app.rows]
    assert len(server.calls) == requests


def test_a_page_behind_a_full_one_that_cannot_be_read_fails(server: ScriptedServer) -> None:
    run = run_bare(server, Bare(4, beyond=Reply(status=403)))

    assert getattr(run.error, "exit_code", None) == 1
    assert "replication_key_value" not in run.bookmark("loans")


# Lists that the parent counts


@pytest.mark.parametrize(("empty", "found"), [(1, [101, 102]), (99, [])])
def test_an_empty_list_that_the_parent_counts_is_read_twice(
    server: ScriptedServer, empty: int, found: list[int]
) -> None:
    library = Library.of(authors=1, books=2, reviews=0)

    def app(call: Call) -> object:
        if call.path.endswith("/books") and call.nth <= empty:
            return {"books": [], "meta": {"next": None}}
        return library(call)

    server.app = app

    run = run_tap(server.url, ["authors", "books"])

    assert run.error is None
    assert run.ids("books") == found
    assert server.asked("/authors/1/books") == 2
