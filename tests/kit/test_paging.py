"""Paging: the API's links are followed to the end, guesses never mislead, circles are errors."""

from __future__ import annotations

import typing as t
from urllib.parse import quote

import pytest

from singer_kit.errors import ContentError, OriginError, PaginationError
from singer_kit.paging.paginators import LinkPaginator, MetaNextPaginator
from tests.kit.library import Library, Row, link_page, meta_page
from tests.kit.running import Run, run_tap
from tests.kit.scripted_server import Call, Reply, ScriptedServer

if t.TYPE_CHECKING:
    from singer_kit.paging.paginators import UrlPaginator
    from tests.kit.client import NewClient

both = pytest.mark.parametrize("concurrency", [1, 4])


def rows(count: int) -> list[Row]:
    return [{"id": number} for number in range(1, count + 1)]


def loans(server: ScriptedServer, concurrency: int = 1, **settings: t.Any) -> Run:  # noqa: ANN401
    return run_tap(server.url, ["loans"], concurrency=concurrency, **settings)


def next_of(paginator: UrlPaginator, client: NewClient, target: str) -> str | None:
    return paginator.get_next(client().get(target).response)


# Where the next page is


@pytest.mark.parametrize(
    "link",
    [
        '</loans?page=9>; rel="last", </loans?page=2>; rel="next"',
        '</loans?page=2>; rel="next", </loans?page=9>; rel="last"',
        '<{url}/loans?page=2>; rel="next"',
        "<?page=2>; rel=next",
        '</loans?page=1>; rel="first prev", </loans?page=2>; rel="Last next"',
        '</loans?page=1>; rel="first",</loans?page=2>;rel="next"',
    ],
)
def test_next_is_found_by_its_relation(
    server: ScriptedServer, client: NewClient, link: str
) -> None:
    server.app = lambda _: Reply([], headers={"Link": link.format(url=server.url)})
    assert next_of(LinkPaginator(), client, "/loans") == f"{server.url}/loans?page=2"


@pytest.mark.parametrize("link", ['</loans?page=9>; rel="last"', '</loans>; rel="prev"', ""])
def test_without_next_the_list_ends(server: ScriptedServer, client: NewClient, link: str) -> None:
    server.app = lambda _: Reply([], headers={"Link": link})
    assert next_of(LinkPaginator(), client, "/loans") is None


@pytest.mark.parametrize(
    "link",
    [
        "?limit=20&offset=20",
        "/v1/books?limit=20&offset=20",
        "{url}/v1/books?limit=20&offset=20",
        "books?limit=20&offset=20",
    ],
)
def test_meta_next_may_be_query_path_or_url(
    server: ScriptedServer, client: NewClient, link: str
) -> None:
    server.app = lambda _: {"meta": {"next": link.format(url=server.url)}}
    found = next_of(MetaNextPaginator(), client, "/v1/books?limit=20")
    assert found == f"{server.url}/v1/books?limit=20&offset=20"


def test_filters_that_the_link_dropped_are_merged_back(
    server: ScriptedServer, client: NewClient
) -> None:
    server.app = lambda _: {"meta": {"next": "?limit=20&offset=20&lang=fr"}}
    found = next_of(MetaNextPaginator(), client, "/v1/books?limit=5&q=a%26b&lang=de&empty=")
    assert found == f"{server.url}/v1/books?limit=20&offset=20&lang=fr&q=a%26b&empty="


@pytest.mark.parametrize("body", [{"meta": {"next": None}}, {"meta": None}, {"books": []}, []])
def test_null_or_absent_meta_ends_the_list(
    server: ScriptedServer, client: NewClient, body: object
) -> None:
    server.app = lambda _: body
    assert next_of(MetaNextPaginator(), client, "/v1/books") is None


# Whole lists


@both
@pytest.mark.parametrize("total", [0, 1, 4, 9, 50, -3], ids=lambda total: f"total-{total}")
def test_a_wrong_total_loses_nothing(server: ScriptedServer, concurrency: int, total: int) -> None:
    """X-Total is 9 in truth; where it says more, nobody knows whether rows are missing."""
    server.app = lambda call: link_page(call, rows(9), 2, total=total)
    run = loans(server, concurrency)
    assert ("although the API says that it has 50" in str(run.error)) == (total == 50)
    assert (run.error is None) == (total != 50)
    assert run.ids("loans") == [*range(1, 10)]


@both
@pytest.mark.parametrize("total", [1, 7, 60])
def test_a_wrong_total_count_loses_nothing(
    server: ScriptedServer, concurrency: int, total: int
) -> None:
    library = Library(authors=[{"id": 1, "books_count": 7}])

    def app(call: Call) -> object:
        if call.path.endswith("/books"):
            return meta_page(call, "books", rows(7), 2, total=total)
        return library(call)

    server.app = app
    run = run_tap(server.url, ["books"], concurrency=concurrency)
    assert (run.error is None) == (total != 60)
    assert run.ids("books") == [*range(1, 8)]


@both
@pytest.mark.parametrize("change", [-5, 5], ids=["shrinks", "grows"])
def test_a_list_that_changes_while_it_is_read_keeps_to_its_links(
    server: ScriptedServer, concurrency: int, change: int
) -> None:
    def app(call: Call) -> object:
        page = int(call.query.get("page", 1))
        return link_page(call, rows(13 if page < 3 else 13 + change), 2)

    server.app = app
    run = loans(server, concurrency)
    assert run.error is None
    assert run.ids("loans") == [*range(1, 13 + change + 1)]


@both
def test_links_that_do_not_count_up_by_one_are_followed(
    server: ScriptedServer, concurrency: int
) -> None:
    """The pages in between exist, and are guessed, but they are not the list's."""

    def app(call: Call) -> Reply:
        page = int(call.query.get("page", 1))
        link = f'</loans?page={page + 3}>; rel="next"' if page < 13 else ""
        headers = {"Link": link, "X-Total": "10", "X-Per-Page": "2"}
        return Reply([{"id": page * 10}, {"id": page * 10 + 1}], headers=headers)

    server.app = app
    run = loans(server, concurrency)
    assert run.error is None
    assert run.ids("loans") == [n * 10 + m for n in (1, 4, 7, 10, 13) for m in (0, 1)]


@both
def test_pages_that_are_only_guessed_are_no_denial(
    server: ScriptedServer, concurrency: int
) -> None:
    def app(call: Call) -> object:
        if int(call.query.get("page", 1)) > 2:
            return Reply(status=404)
        return link_page(call, rows(4), 2, total=40)

    server.app = app
    run = loans(server, concurrency)
    assert "The list 'loans' ended after 4 rows" in str(run.error)
    assert run.ids("loans") == [1, 2, 3, 4]
    assert run.summary["denied"] == []


@pytest.mark.parametrize("safe", ["", ":", ":/"], ids=["plain", "colon", "slash"])
def test_no_page_is_asked_for_twice_however_links_are_encoded(
    server: ScriptedServer, safe: str
) -> None:
    """A guess that differs from the link in its spelling only is the same page."""
    moment = quote("2026-01-01T00:00:00Z a/b", safe=safe)

    def app(call: Call) -> object:
        page = int(call.query.get("page", 1))
        reply = link_page(call, rows(11), 2)
        more = f'</loans?updated_after={moment}&page={page + 1}&sort=a+b>; rel="next"'
        headers = {**reply.headers, "Link": more if page < 6 else ""}
        return Reply(reply.body, headers=headers, delay=0.01)

    server.app = app
    run = loans(server, 4)
    assert run.ids("loans") == [*range(1, 12)]
    assert sorted(int(call.query.get("page", 1)) for call in server.calls) == [*range(1, 7)]


@both
def test_rows_that_shift_to_the_next_page_come_out_once(
    server: ScriptedServer, concurrency: int
) -> None:
    """A row is added at the top after each page: each page begins with a row already seen."""

    def app(call: Call) -> object:
        page = int(call.query.get("page", 1))
        added = [{"id": 100 + number} for number in range(page - 1, 0, -1)]
        return link_page(call, [*added, *rows(8)], 3)

    server.app = app
    run = loans(server, concurrency)
    assert run.error is None
    assert run.ids("loans") == [*range(1, 9)]


def test_an_empty_page_ends_the_list(server: ScriptedServer) -> None:
    link = {"Link": '</loans?page={page}>; rel="next"'}

    def app(call: Call) -> object:
        page = int(call.query.get("page", 1))
        headers = {"Link": link["Link"].format(page=page + 1)}
        return Reply([{"id": page}] if page < 3 else [], headers=headers)

    server.app = app
    run = loans(server)
    assert run.error is None
    assert run.ids("loans") == [1, 2]


# Circles


def circle(length: int, start: int) -> t.Callable[[Call], Reply]:
    """Pages 1, 2, …; after ``start + length - 1`` comes page ``start`` again."""

    def app(call: Call) -> Reply:
        page = int(call.query.get("page", 1))
        after = page + 1 if page < start + length - 1 else start
        link = f'</loans?page={after}>; rel="next"'
        return Reply([{"id": page * 10}, {"id": page * 10 + 1}], headers={"Link": link})

    return app


@both
@pytest.mark.parametrize("length", [1, 2, 3])
@pytest.mark.parametrize("start", [1, 2])
def test_a_circle_of_links_is_an_error(
    server: ScriptedServer, concurrency: int, length: int, start: int
) -> None:
    server.app = circle(length, start)
    run = loans(server, concurrency)
    assert isinstance(run.error, PaginationError)
    assert "\n" not in str(run.error)
    ids = run.ids("loans")
    assert len(ids) == len(set(ids))


@both
def test_the_same_rows_under_ever_new_links_are_an_error(
    server: ScriptedServer, concurrency: int
) -> None:
    def app(call: Call) -> Reply:
        cursor = int(call.query.get("cursor", 0)) + 1
        return Reply(rows(2), headers={"Link": f'</loans?cursor={cursor}>; rel="next"'})

    server.app = app
    run = loans(server, concurrency)
    assert isinstance(run.error, PaginationError)
    assert "'loans'" in str(run.error)
    assert run.ids("loans") == [1, 2]


def test_rows_that_get_their_key_later_are_no_circle(server: ScriptedServer) -> None:
    server.app = Library(shelves={"a": [{"name": f"row {number}"} for number in range(6)]})
    run = run_tap(server.url, ["shelves"], shelf_ids=["a"])
    assert run.error is None
    assert run.ids("shelves") == [f"a-row {number}" for number in range(6)]


def test_a_record_without_key_is_an_error_not_a_repeat(server: ScriptedServer) -> None:
    server.app = Library(loans=[{"updated_at": f"2026-01-0{day}T00:00:00Z"} for day in "12"])
    run = loans(server)
    assert isinstance(run.error, ContentError)
    assert str(run.error) == "A record of 'loans' has no 'id'."


@pytest.mark.parametrize(
    "link", ["http://192.0.2.1/loans?token=s3cr3t", "//192.0.2.1/loans", "ftp://192.0.2.1/loans"]
)
def test_a_link_to_another_host_is_not_followed(server: ScriptedServer, link: str) -> None:
    server.app = lambda _: Reply(rows(2), headers={"Link": f'<{link}>; rel="next"'})
    run = loans(server)
    assert isinstance(run.error, OriginError)
    assert "s3cr3t" not in str(run.error)
    assert len(server.calls) == 1


@both
@pytest.mark.parametrize("link", ["http://127.0.0.1:99999/?t=s3cr3t", "http://[::1/?t=s3cr3t"])
def test_a_link_that_is_no_url_is_one_line(
    server: ScriptedServer, concurrency: int, link: str
) -> None:
    server.app = lambda _: Reply(rows(2), headers={"Link": f'<{link}>; rel="next"'})
    run = loans(server, concurrency)
    assert isinstance(run.error, PaginationError)
    assert "s3cr3t" not in str(run.error)
