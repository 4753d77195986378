"""Runs in which nothing can be read: a wrong address must not look like an empty API."""

from __future__ import annotations

import threading
import typing as t

import pytest

from singer_kit.errors import ConfigError, DeniedError
from tests.kit.library import Library
from tests.kit.running import run_tap
from tests.kit.scripted_server import Call, Reply, ScriptedServer


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_an_address_where_nothing_is_fails_and_is_named(
    server: ScriptedServer, status: int, concurrency: int
) -> None:
    server.app = lambda _: Reply(status=status)

    run = run_tap(server.url, shelf_ids=["a"], concurrency=concurrency)

    assert isinstance(run.error, ConfigError)
    assert str(run.error) == f"Nothing could be read (only {status}): check 'api_url'."
    assert run.summary["outcome"] == "failed"


def test_credentials_that_may_read_nothing_fail(server: ScriptedServer) -> None:
    server.app = lambda call: {"id": 1} if call.path == "/me" else Reply(status=403)

    run = run_tap(server.url)

    assert isinstance(run.error, DeniedError)
    assert "the credentials may read nothing" in str(run.error)


def test_one_list_that_can_be_read_is_enough(server: ScriptedServer) -> None:
    server.app = lambda call: [] if call.path == "/loans" else Reply(status=404)

    run = run_tap(server.url, shelf_ids=["a"])

    assert run.error is None
    assert run.summary["denied"] == ["authors: 404", "shelves (a): 404"]


# A key that ends in the middle of a run


def dying(library: Library, path: str) -> t.Callable[[Call], object]:
    """A library that accepts the key until a path is asked for."""
    dead: list[bool] = []

    def app(call: Call) -> object:
        if call.path == path:
            dead.append(True)
        return Reply(status=401) if dead else library(call)

    return app


@pytest.mark.parametrize("path", ["/authors/2/books", "/loans", "/shelves/b"])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_key_that_ends_in_the_middle_fails(
    server: ScriptedServer, path: str, concurrency: int
) -> None:
    library = Library.of(authors=3, books=2, reviews=1)
    library.loans = [{"id": 1, "updated_at": "2026-01-01T00:00:00Z"}]
    library.shelves = {name: [{"id": name}] for name in "ab"}
    server.app = dying(library, path)
    settings: dict[str, t.Any] = {"shelf_ids": ["a", "b"], "concurrency": concurrency}

    failed = run_tap(server.url, **settings)
    server.app = library
    mended = run_tap(server.url, state=failed.state, **settings)

    assert isinstance(failed.error, DeniedError)
    assert failed.error.exit_code == 1
    assert "The API stopped accepting the credentials" in str(failed.error)
    assert "\n" not in str(failed.error)
    for stream in ("authors", "books", "loans", "shelves"):
        whole = run_tap(server.url, **settings).ids(stream)
        assert {*failed.ids(stream), *mended.ids(stream)} == {*whole}


def test_each_401_is_checked_and_one_that_another_answer_explains_costs_nothing(
    server: ScriptedServer,
) -> None:
    library = Library(shelves={name: [{"id": name}] for name in "bd"})
    refused = {"/shelves/a", "/shelves/c"}
    server.app = lambda call: Reply(status=401) if call.path in refused else library(call)

    run = run_tap(server.url, ["shelves"], shelf_ids=["a", "b", "c", "d"])

    assert run.error is None
    assert run.summary["denied"] == ["shelves (a): 401", "shelves (c): 401"]
    assert server.asked("/me") == 2


def test_an_answer_to_what_was_asked_before_a_401_does_not_explain_it(
    server: ScriptedServer,
) -> None:
    """The one was on its way when the key ended, and comes after the 401."""
    refused = threading.Event()

    def app(call: Call) -> object:
        if call.path == "/shelves/b":
            assert refused.wait(20)
            return [{"id": "b"}]
        refused.set()
        return Reply(status=401)

    server.app = app

    run = run_tap(server.url, ["shelves"], shelf_ids=["b", "a"], concurrency=4)

    assert isinstance(run.error, DeniedError)
    assert "stopped accepting" in str(run.error)
