"""Concurrency changes nothing but the time: same output, same state, bounded requests."""

from __future__ import annotations

import math
import random
import typing as t
from dataclasses import replace

import pytest

from singer_kit.paging import page_walk
from tests.kit.library import Library, link_page
from tests.kit.running import Run, run_tap
from tests.kit.scripted_server import Call, Reply, ScriptedServer

if t.TYPE_CHECKING:
    from collections.abc import Callable


def delayed(app: Callable[[Call], object], seconds: Callable[[], float]) -> Callable[[Call], Reply]:
    """Answer later."""

    def slow(call: Call) -> Reply:
        answer = app(call)
        reply = answer if isinstance(answer, Reply) else Reply(answer)
        return replace(reply, delay=seconds())

    return slow


def slowed(app: Callable[[Call], object], seed: int) -> Callable[[Call], Reply]:
    """Answer after a random time, so that answers arrive in another order than asked for."""
    jitter = random.Random(seed)
    return delayed(app, lambda: jitter.random() * 0.01)


def run_with(server: ScriptedServer, concurrency: int, **settings: t.Any) -> Run:  # noqa: ANN401
    server.calls.clear()
    server.most_in_flight = 0
    return run_tap(server.url, concurrency=concurrency, shelf_ids=["a", "b"], **settings)


@pytest.fixture
def library() -> Library:
    made = Library.of(authors=4, books=4, reviews=5)
    made.loans = [
        {"id": number, "updated_at": f"2026-02-01T00:00:{number:02}Z"} for number in range(9, 0, -1)
    ]
    made.shelves = {"a": [{"id": f"a{n}"} for n in range(5)], "b": [{"id": f"b{n}"} for n in "12"]}
    return made


def test_output_and_state_are_those_of_the_sequential_run(
    server: ScriptedServer, library: Library
) -> None:
    server.app = library
    alone = run_with(server, 1)
    asked_alone = sorted(server.targets)
    assert alone.error is None
    assert len(alone.records["reviews"]) == 80
    assert len(alone.records["items"]) == 7
    for seed in range(2):
        server.app = slowed(library, seed)
        together = run_with(server, 8)
        assert together.error is None
        assert together.comparable == alone.comparable
        assert together.state == alone.state
        assert sorted(server.targets) == asked_alone
        assert 1 < server.most_in_flight <= 8


def test_the_sequential_run_never_has_two_requests_in_flight(
    server: ScriptedServer, library: Library
) -> None:
    server.app = library
    run_with(server, 1)
    assert server.most_in_flight == 1


@pytest.mark.parametrize("concurrency", [2, 3])
def test_never_more_in_flight_than_configured(
    server: ScriptedServer, library: Library, concurrency: int
) -> None:
    server.app = slowed(library, 1)
    run = run_with(server, concurrency)
    assert run.error is None
    assert server.most_in_flight <= concurrency


def test_denied_parents_in_the_middle_change_nothing(
    server: ScriptedServer, library: Library
) -> None:
    denied = {"/authors/2/books", "/books/301/reviews", "/books/304/reviews", "/shelves/a"}

    def app(call: Call) -> object:
        return Reply(status=403) if call.path in denied else library(call)

    server.app = app
    alone = run_with(server, 1)
    server.app = slowed(app, 5)
    together = run_with(server, 8)
    assert alone.error is together.error is None
    assert together.comparable == alone.comparable
    assert together.state == alone.state
    assert together.summary["denied"] == alone.summary["denied"]
    assert len(alone.summary["denied"]) == 4


def test_a_first_answer_that_is_a_denial_ends_the_same_way(server: ScriptedServer) -> None:
    """What a worker happens to have read meanwhile must not decide."""
    rows = [{"id": "b1"}]

    def app(call: Call) -> object:
        if call.path == "/shelves/b":
            return link_page(call, rows, 2)
        return Reply(status=401, delay=0.3 if call.path == "/shelves/a" else 0.0)

    server.app = app
    runs = [
        run_tap(server.url, ["shelves"], concurrency=number, shelf_ids=["a", "b"])
        for number in (1, 8)
    ]
    assert [str(run.error) for run in runs] == [str(runs[0].error)] * 2
    assert runs[0].comparable == runs[1].comparable


@pytest.mark.parametrize("concurrency", [1, 8])
def test_an_error_in_a_worker_ends_the_run_in_one_line(
    server: ScriptedServer, library: Library, concurrency: int
) -> None:
    def app(call: Call) -> object:
        return Reply(b"<html>") if call.path == "/books/403/reviews" else library(call)

    server.app = app
    run = run_with(server, concurrency)
    assert str(run.error).endswith("/books/403/reviews is HTML, not JSON.")
    assert 300 not in run.ids("reviews")
    assert 40201 in run.ids("reviews")


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("broken", [b'[{"id": 3}, {"id": 4', b'[{"id": 3} Warning!, {"id": 4}]'])
def test_a_broken_page_is_asked_for_again(
    server: ScriptedServer, broken: bytes, concurrency: int
) -> None:
    """Those too that look whole until they are decoded."""
    rows = [{"id": number} for number in range(1, 7)]

    def app(call: Call) -> object:
        page = link_page(call, rows, 2)
        second = call.query.get("page") == "2" and call.nth == 1
        return Reply(broken, headers=page.headers) if second else page

    server.app = app
    run = run_tap(server.url, ["shelves"], concurrency=concurrency, shelf_ids=["a"])
    assert run.error is None
    assert run.ids("shelves") == [1, 2, 3, 4, 5, 6]
    assert server.asked("/shelves/a") == 4


@pytest.mark.parametrize(("quick", "is_ahead"), [(0.0, True), (math.inf, False)])
def test_a_list_whose_pages_come_quickly_is_not_read_ahead(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, quick: float, *, is_ahead: bool
) -> None:
    monkeypatch.setattr(page_walk, "QUICK", quick)
    rows = [{"id": number} for number in range(40)]
    server.app = delayed(lambda call: link_page(call, rows, 2), lambda: 0.01)
    run = run_tap(server.url, ["shelves"], concurrency=4, shelf_ids=["a"])
    assert run.ids("shelves") == list(range(40))
    assert (server.most_in_flight > 1) == is_ahead


def test_look_ahead_of_a_long_list_is_bounded(server: ScriptedServer) -> None:
    """While the reader of page 1 is busy, only a few pages more are asked for."""
    rows = [{"id": number} for number in range(100)]
    furthest: list[int] = []

    def app(call: Call) -> object:
        if call.path == "/items/0":
            # The only item that is slow: meanwhile the workers could read ahead without end.
            server.wait_for_call("/items/1")
            server.pause(0.5)
            asked = [c.query for c in server.calls if c.path == "/shelves/a"]
            furthest.append(max(int(query.get("page", 1)) for query in asked))
        if call.path.startswith("/items"):
            return {"id": call.path.rsplit("/", 1)[1]}
        return link_page(call, rows, 4)

    server.app = delayed(app, lambda: 0.01)
    run = run_tap(server.url, ["shelves", "items"], concurrency=4, shelf_ids=["a"])
    assert run.error is None
    assert len(run.ids("shelves")) == 100
    assert 2 <= furthest[0] <= 2 + 4


def test_children_are_looked_ahead_a_few_parents_only(server: ScriptedServer) -> None:
    rows = [{"id": number} for number in range(60)]
    seen: list[int] = []

    def app(call: Call) -> object:
        if call.path == "/items/0":
            server.wait_for_call("/items/1")
            server.pause(0.5)
            seen.append(sum(c.path.startswith("/items") for c in server.calls))
        if call.path.startswith("/items"):
            return {"id": call.path.rsplit("/", 1)[1]}
        return link_page(call, rows, 60)

    server.app = app
    run = run_tap(server.url, ["shelves", "items"], concurrency=4, shelf_ids=["a"])
    assert run.error is None
    assert len(run.ids("items")) == 60
    assert 2 <= seen[0] <= 2 * 4
