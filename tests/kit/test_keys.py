"""Rows with one key: a row that came already comes once, another one is never dropped for it."""

from __future__ import annotations

import typing as t

import pytest

from singer_kit.errors import ContentError
from tests.kit.library import Library, Row
from tests.kit.running import run_tap

if t.TYPE_CHECKING:
    from tests.kit.scripted_server import ScriptedServer

WARNING = "Rows of 'authors' have one key and different contents: all come, the last one counts."


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("size", [3, 10])
def test_rows_with_one_key_and_other_contents_all_come(
    server: ScriptedServer, size: int, concurrency: int
) -> None:
    names = ["a", "b", "b", "a", "c"]
    rows: list[Row] = [{"id": 1, "name": name} for name in names]
    server.app = Library(authors=[*rows, {"id": 2, "name": "d"}], page_size=size)

    run = run_tap(server.url, ["authors"], concurrency=concurrency)

    assert run.error is None
    assert run.ids("authors", "name") == ["a", "b", "a", "c", "d"]
    assert run.log.count(WARNING) == 1


def test_a_row_that_came_already_comes_once(server: ScriptedServer) -> None:
    rows: list[Row] = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
    server.app = Library(authors=[*rows, rows[1], {"id": 3}, rows[0]])

    run = run_tap(server.url, ["authors"])

    assert run.ids("authors") == [1, 2, 3]
    assert WARNING not in run.log


@pytest.mark.parametrize("key", [None, ""])
def test_a_key_with_nothing_in_it_is_an_error(server: ScriptedServer, key: object) -> None:
    server.app = Library(authors=[{"id": 1}, {"id": key, "name": "s3cr3t"}])

    run = run_tap(server.url, ["authors"])

    assert isinstance(run.error, ContentError)
    assert str(run.error) == "A record of 'authors' has no 'id'."
