"""Denials: one stream or parent may be missing; credentials that do not work end the run."""

from __future__ import annotations

import typing as t

import pytest

from singer_kit.errors import BudgetError, DeniedError
from tests.kit.library import Library, Row
from tests.kit.running import run_tap
from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.kit.tiny_tap import Shelves, TinyTap, TinyTapWithoutProbe

if t.TYPE_CHECKING:
    from collections.abc import Callable


class DatedShelves(Shelves):
    """Shelves with one bookmark for all."""

    replication_key = "updated_at"


class DatedTap(TinyTap):
    stream_types = (DatedShelves,)  # type: ignore[assignment]


@pytest.fixture
def library() -> Library:
    made = Library.of(authors=3, books=2, reviews=1)
    made.shelves = {name: [{"id": f"{name}{n}"} for n in range(3)] for name in "abc"}
    return made


def denying(app: Callable[[Call], object], path: str, status: int) -> Callable[[Call], object]:
    return lambda call: Reply(status=status) if call.path == path else app(call)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_one_parent_is_skipped_and_named(
    server: ScriptedServer, library: Library, status: int
) -> None:
    server.app = denying(library, "/authors/2/books", status)
    run = run_tap(server.url, ["authors", "books"])
    assert run.error is None
    assert run.ids("authors") == [1, 2, 3]
    assert run.ids("books") == [101, 102, 301, 302]
    assert run.summary["denied"] == [f"books (2): {status}"]
    assert any("books (2)" in line and str(status) in line for line in run.log.splitlines())


def test_one_configured_id_is_skipped_and_named(server: ScriptedServer, library: Library) -> None:
    server.app = denying(library, "/shelves/a", 403)
    run = run_tap(server.url, ["shelves"], shelf_ids=["a", "b"])
    assert run.error is None
    assert run.ids("shelves") == ["b0", "b1", "b2"]
    assert run.summary["denied"] == ["shelves (a): 403"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_whole_stream_is_skipped_while_the_others_are_read(
    server: ScriptedServer, library: Library, status: int
) -> None:
    server.app = denying(library, "/authors", status)
    run = run_tap(server.url, ["authors", "books", "shelves"], shelf_ids=["b"])
    assert run.error is None
    assert run.summary["denied"] == [f"authors: {status}"]
    assert run.ids("shelves") == ["b0", "b1", "b2"]


@pytest.mark.parametrize("status", [401, 403, 404])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_fail_ends_the_run_in_one_line(
    server: ScriptedServer, library: Library, status: int, concurrency: int
) -> None:
    server.app = denying(library, "/authors/2/books", status)
    run = run_tap(server.url, ["authors", "books"], on_denied="fail", concurrency=concurrency)
    assert isinstance(run.error, DeniedError)
    assert run.error.exit_code == 1
    assert "/authors/2/books" in str(run.error)
    assert "\n" not in str(run.error)
    assert run.ids("books") == [101, 102]


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("tap_class", [TinyTap, TinyTapWithoutProbe])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_credentials_that_do_not_work_at_all_end_the_run(
    server: ScriptedServer, status: int, tap_class: type[TinyTap], concurrency: int
) -> None:
    server.app = lambda _: Reply(status=status)
    run = run_tap(
        server.url,
        tap_class=tap_class,
        concurrency=concurrency,
        shelf_ids=["a", "b"],
        api_key="wrong-key-123",
    )
    assert isinstance(run.error, DeniedError)
    assert run.error.exit_code == 1
    assert "does not accept the credentials" in str(run.error)
    assert "wrong-key-123" not in str(run.error)
    assert run.bookmark("authors") == {}


def test_the_probe_is_asked_once_however_many_are_denied(
    server: ScriptedServer, library: Library
) -> None:
    app = denying(library, "/shelves/a", 403)
    server.app = denying(app, "/shelves/b", 403)
    run = run_tap(server.url, ["shelves"], shelf_ids=["a", "b", "c"])
    assert run.error is None
    assert server.asked("/me") == 1
    assert run.ids("shelves") == ["c0", "c1", "c2"]


@pytest.mark.parametrize("denied", [("/shelves/a", 403), ("/shelves/c", 404)])
def test_a_denied_list_keeps_the_bookmark_that_it_shares_with_others(
    server: ScriptedServer, denied: tuple[str, int]
) -> None:
    """What was not read of one shelf is older than what was read of the next."""
    rows = {
        name: [{"id": f"{name}1", "updated_at": f"2026-0{month}-01T00:00:00Z"}]
        for month, name in enumerate("abc", 1)
    }
    server.app = denying(Library(shelves=rows), *denied)
    run = run_tap(server.url, tap_class=DatedTap, shelf_ids=["a", "b", "c"])
    assert run.error is None
    assert len(run.records["shelves"]) == 2
    assert "replication_key_value" not in run.bookmark("shelves")


# Later pages


@pytest.mark.parametrize(
    ("link", "status", "concurrency"),
    [
        ("/loans?page=2", 401, 1),
        ("/loans?page=2", 403, 4),
        ("/loans?page=2", 404, 4),
        ("\\loans\\2", 404, 1),
        ("/loans\\..\\..\\nowhere", 410, 1),
        ("/%2e%2e/loans/x", 404, 1),
        ("//{host}/x", 403, 1),
    ],
)
def test_a_later_page_that_is_denied_fails_and_the_bookmark_stays(
    server: ScriptedServer, link: str, status: int, concurrency: int
) -> None:
    rows: list[Row] = [{"id": n, "updated_at": f"2026-01-{n:02}T00:00:00Z"} for n in range(1, 6)]
    library = Library(loans=rows)
    target = link.replace("{host}", server.url.partition("//")[2])

    def app(call: Call) -> object:
        if call.path == "/me":
            return {"id": 1}
        if call.target != "/loans":
            return Reply(status=status)
        return Reply(rows[:2], headers={"X-Total": "5", "Link": f'<{target}>; rel="next"'})

    server.app = app
    settings: dict[str, t.Any] = {"concurrency": concurrency}

    failed = run_tap(server.url, ["loans"], **settings)
    server.app = library
    mended = run_tap(server.url, ["loans"], state=failed.state, **settings)

    assert getattr(failed.error, "exit_code", None) == 1
    assert "The list 'loans' broke off" in str(failed.error)
    assert failed.summary["denied"] == []
    assert "replication_key_value" not in failed.bookmark("loans")
    assert {*failed.ids("loans"), *mended.ids("loans")} == {1, 2, 3, 4, 5}


def test_a_key_that_ends_at_a_later_page_is_named_as_the_reason(server: ScriptedServer) -> None:
    library = Library.of(authors=5, books=0, reviews=0)

    def app(call: Call) -> object:
        return library(call) if call.target == "/authors" else Reply(status=401)

    server.app = app

    run = run_tap(server.url, ["authors"])

    assert "The API stopped accepting the credentials" in str(run.error)


# The budget's end


@pytest.mark.parametrize("concurrency", [1, 4])
def test_stop_ends_cleanly_and_the_next_run_goes_on(
    server: ScriptedServer, library: Library, concurrency: int
) -> None:
    server.app = library
    limits = [{"requests": 4, "seconds": 3600}]
    seen: set[int] = set()
    state: dict[str, t.Any] = {}
    for _ in range(6):
        run = run_tap(
            server.url,
            ["authors", "books"],
            state=state,
            on_rate_limit="stop",
            concurrency=concurrency,
            rate_limits=limits,
            max_wait=0,
        )
        assert run.error is None
        seen |= set(run.ids("books"))
        state = run.state
        if run.summary["outcome"] == "complete":
            break
        assert run.summary["outcome"] == "stopped by the request budget"
    assert seen == {101, 102, 201, 202, 301, 302}


def test_wait_fails_when_the_wait_would_be_too_long(
    server: ScriptedServer, library: Library
) -> None:
    server.app = library
    limits = [{"requests": 2, "seconds": 3600}]
    run = run_tap(server.url, ["authors", "books"], rate_limits=limits, max_wait=1)
    assert isinstance(run.error, BudgetError)
    assert len(server.calls) == 2
