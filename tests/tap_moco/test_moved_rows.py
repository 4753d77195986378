"""Lists are sorted by what users change: a row that slips past while another moves is not lost."""

from __future__ import annotations

import typing as t

import pytest

from tests.tap_moco.dated_lists import DatedLists
from tests.tap_moco.support import run_tap, select

if t.TYPE_CHECKING:
    from tests.harness.run import Run
    from tests.kit.scripted_server import Call, ScriptedServer

PATH = "/companies"


@pytest.fixture
def lists(server: ScriptedServer) -> DatedLists:
    rows = [
        {"id": n, "name": f"{n:02}", "updated_at": "2026-01-01T00:00:00Z"} for n in range(1, 10)
    ]
    server.app = made = DatedLists({PATH: rows}, page_size=3)
    return made


def read(server: ScriptedServer, before: Run | None = None, **settings: object) -> Run:
    config = {"api_url": server.url, "api_key": "key", "concurrency": 1, **settings}
    run = run_tap(config, catalog=select("companies"), state=before.state if before else None)
    assert run.error is None
    return run


def rename(lists: DatedLists, ident: int, name: str, *, after_page: str) -> None:
    """Give a company another name, once a page was answered."""

    def move(call: Call) -> None:
        if call.query.get("page", "1") == after_page:
            lists.after = lambda _: None
            lists.pass_minutes(1)
            lists.row(PATH, ident).update(name=name, updated_at=lists.now())
            lists.lists[PATH].sort(key=lambda row: str(row["name"]))

    lists.after = move


@pytest.mark.parametrize("deleted_records", ["ignore", "detect"])
def test_the_row_behind_one_that_moves_on_comes_with_the_next_run(
    server: ScriptedServer, lists: DatedLists, deleted_records: str
) -> None:
    rename(lists, 2, "zz", after_page="2")
    first = read(server, deleted_records=deleted_records)
    assert 7 not in first.ids("companies")
    assert "Rows of 'companies' were removed or moved while it was read" in first.log
    assert first.summary["streams"]["companies"]["incomplete"]
    lists.pass_minutes(10)

    second = read(server, first, deleted_records=deleted_records)

    assert 7 in second.ids("companies")
    lists.pass_minutes(10)
    assert read(server, second, deleted_records=deleted_records).ids("companies") == []


def test_a_row_that_moves_to_the_front_needs_no_second_reading(
    server: ScriptedServer, lists: DatedLists
) -> None:
    rename(lists, 8, "00", after_page="2")
    first = read(server)
    assert "were removed or moved" not in first.log
    lists.pass_minutes(10)

    second = read(server, first)

    assert second.ids("companies") == [8]


def test_rows_that_are_created_or_changed_meanwhile_need_none_either(
    server: ScriptedServer, lists: DatedLists
) -> None:
    def move(call: Call) -> None:
        if call.query.get("page", "1") == "1":
            lists.after = lambda _: None
            lists.pass_minutes(1)
            row = {"id": 20, "name": "00", "updated_at": lists.now()}
            lists.row(PATH, 3)["updated_at"] = lists.now()
            lists.lists[PATH].insert(0, row)

    lists.after = move
    first = read(server)
    assert "were removed or moved" not in first.log
    assert set(first.ids("companies")) == set(range(1, 10))
    lists.pass_minutes(10)

    assert set(read(server, first).ids("companies")) == {3, 20}


def test_a_list_that_grows_elsewhere_excuses_no_row_that_moves(
    server: ScriptedServer, lists: DatedLists
) -> None:
    def grow(call: Call) -> None:
        if call.query.get("page", "1") == "1":
            row = {"id": 20, "name": "zy", "updated_at": lists.now()}
            lists.lists[PATH].append(row)
            rename(lists, 2, "zz", after_page="2")

    lists.after = grow
    first = read(server)
    assert 7 not in first.ids("companies")
    lists.pass_minutes(10)

    assert 7 in read(server, first).ids("companies")


@pytest.mark.parametrize("deleted_records", ["ignore", "detect"])
@pytest.mark.parametrize("stream", ["receipts", "todos"])
def test_the_same_is_noticed_where_records_do_not_say_when_they_changed(
    server: ScriptedServer, stream: str, deleted_records: str
) -> None:
    path = f"/{stream}"
    rows = [{"id": n, "title": f"{n:02}"} for n in range(1, 10)]
    server.app = lists = DatedLists({path: rows}, page_size=3)

    def run(before: Run | None = None) -> Run:
        lists.pass_minutes(10)
        config = {
            "api_url": server.url, "api_key": "key", "concurrency": 1,
            "deleted_records": deleted_records,
        }  # fmt: skip
        return run_tap(config, catalog=select(stream), state=before.state if before else None)

    def move(call: Call) -> None:
        if call.query.get("page") == "2":
            lists.after = lambda _: None
            lists.row(path, 2)["title"] = "zz"
            lists.lists[path].sort(key=lambda row: str(row["title"]))

    first = run() if stream == "todos" else None
    lists.after = move
    moved = run(first)
    assert 7 not in moved.ids(stream)
    assert moved.summary["streams"][stream]["incomplete"]
    assert not any(m["type"] == "ACTIVATE_VERSION" for m in moved.messages)

    assert 7 in run(moved).ids(stream)
