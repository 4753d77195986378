"""Empty pages where rows should be: never the end of a list that says it goes on."""

from __future__ import annotations

import typing as t

import pytest

from tests.kit.library import Library, Row, link_page
from tests.kit.running import run_tap
from tests.kit.scripted_server import Call, Reply, ScriptedServer

if t.TYPE_CHECKING:
    from collections.abc import Callable

LOANS: list[Row] = [{"id": n, "updated_at": f"2026-01-{n:02}T00:00:00Z"} for n in range(1, 11)]


def emptying(page: str, times: int, **headers: str) -> Callable[[Call], object]:
    """A library with ten loans of which a page comes without its rows, so many times.

    Args:
        page: The page.
        times: How many times.
        headers: In place of the page's own.
    """

    def app(call: Call) -> object:
        if call.path != "/loans":
            return {"id": 1}
        answer = link_page(call, LOANS, 2)
        if call.query.get("page", "1") == page and call.nth <= times:
            return Reply([], headers={**answer.headers, **headers})
        return answer

    return app


@pytest.mark.parametrize("page", ["1", "3", "5"])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_page_that_is_empty_once_is_read_again(
    server: ScriptedServer, page: str, concurrency: int
) -> None:
    server.app = emptying(page, 1)

    run = run_tap(server.url, ["loans"], concurrency=concurrency)

    assert run.error is None
    assert run.ids("loans") == [*range(1, 11)]
    assert len(server.calls) == 6


def test_an_empty_page_without_link_is_not_believed_as_the_page_before_promised_more(
    server: ScriptedServer,
) -> None:
    server.app = emptying("3", 1, **{"Link": "", "X-Total": "0"})

    run = run_tap(server.url, ["loans"])

    assert run.error is None
    assert run.ids("loans") == [*range(1, 11)]


@pytest.mark.parametrize("page", ["1", "3", "5"])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_page_that_stays_empty_fails_and_the_bookmark_stays(
    server: ScriptedServer, page: str, concurrency: int
) -> None:
    server.app = emptying(page, 99)

    failed = run_tap(server.url, ["loans"], concurrency=concurrency)
    again = run_tap(server.url, ["loans"], state=failed.state, concurrency=concurrency)
    server.app = emptying("1", 0)
    mended = run_tap(server.url, ["loans"], state=again.state, concurrency=concurrency)

    for run in (failed, again):
        assert "The list 'loans' ended after" in str(run.error)
        assert "10" in str(run.error)
        assert getattr(run.error, "exit_code", None) == 1
        assert "replication_key_value" not in run.bookmark("loans")
    assert mended.error is None
    assert mended.ids("loans") == [*range(1, 11)]


def test_where_no_total_is_told_a_page_that_stays_empty_fails_once_others_have_rows(
    server: ScriptedServer,
) -> None:
    def app(call: Call) -> object:
        answer = link_page(call, LOANS, 2)
        empty = call.query.get("page") == "3"
        return Reply([] if empty else answer.body, headers={**answer.headers, "X-Total": ""})

    server.app = app

    run = run_tap(server.url, ["loans"])

    assert "The list 'loans' ended after 8 rows" in str(run.error)
    assert "others follow an empty page" in str(run.error)
    assert "replication_key_value" not in run.bookmark("loans")


def test_an_empty_page_behind_the_last_row_is_the_end_though_the_last_page_linked_to_it(
    server: ScriptedServer,
) -> None:
    def app(call: Call) -> object:
        page = int(call.query.get("page", "1"))
        rows = LOANS[(page - 1) * 4 : page * 4]
        links = {"Link": f'<{call.path}?page={page + 1}>; rel="next"'} if page < 4 else {}
        return Reply(rows, headers=links)

    server.app = app

    run = run_tap(server.url, ["loans"])

    assert run.error is None
    assert run.ids("loans") == [*range(1, 11)]


def test_a_run_that_is_stopped_behind_a_gap_does_not_go_on_behind_it(
    server: ScriptedServer,
) -> None:
    server.app = emptying("3", 99)
    limits = [{"requests": 7, "seconds": 3600}]

    stopped = run_tap(server.url, ["loans"], on_rate_limit="stop", rate_limits=limits, max_wait=0)
    server.app = emptying("1", 0)
    mended = run_tap(server.url, ["loans"], state=stopped.state)

    assert stopped.summary["outcome"] == "stopped by the request budget"
    assert stopped.ids("loans") == [1, 2, 3, 4, 7, 8]
    assert {*stopped.ids("loans"), *mended.ids("loans")} == {*range(1, 11)}


def test_a_list_that_is_empty_costs_one_request(server: ScriptedServer) -> None:
    server.app = Library()

    run = run_tap(server.url, ["loans"])

    assert run.error is None
    assert len(server.calls) == 1


@pytest.mark.parametrize("times", [1, 99])
def test_a_list_with_a_total_in_its_body(server: ScriptedServer, times: int) -> None:
    library = Library.of(authors=1, books=5, reviews=0)

    def app(call: Call) -> object:
        answer = library(call)
        if call.query.get("offset") == "2" and call.nth <= times:
            body = t.cast("dict[str, t.Any]", t.cast("Reply", answer).body)
            return Reply({**body, "books": []})
        return answer

    server.app = app

    run = run_tap(server.url, ["authors", "books"])

    if times == 1:
        assert run.error is None
        assert run.ids("books") == [101, 102, 103, 104, 105]
    else:
        assert "The list 'books' ended after 3 rows" in str(run.error)
