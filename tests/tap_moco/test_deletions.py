"""Deleted records: found at one request per list, and gone from the warehouse."""

from __future__ import annotations

import itertools
import json
import subprocess
import typing as t

import psycopg
import pytest

from loaders.settings import postgres_settings
from sandbox.testing import running_sandbox
from tests.harness.run import unpack_state
from tests.kit.library import link_page
from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.tap_moco.support import (
    advance,
    config_for,
    list_requests,
    run_command,
    run_tap,
    select,
    world,
)

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import RunningSandbox


def delete(box: RunningSandbox, stream: str) -> int:
    """Delete one record; return its id."""
    table = box.world.moco.tables[stream]
    ident = next(iter(table))
    del table[ident]
    return ident


def make_config(server: ScriptedServer) -> dict[str, t.Any]:
    """Return the settings for an account that a test has made up."""
    return {
        "api_url": server.url,
        "api_key": "key",
        "deleted_records": "detect",
        "concurrency": 1,
    }


def load(messages: str, uri: str, folder: Path, programs: Path) -> dict[str, t.Any]:
    """Load messages into PostgreSQL twice: with rows marked, and with rows deleted.

    Returns:
        The last STATE.
    """
    (folder / "messages.singer").write_text(messages, encoding="utf-8")
    loads = []
    for schema, hard in (("soft", False), ("hard", True)):
        config = folder / f"{schema}.json"
        url = uri.replace("postgresql://", "postgresql+psycopg://")
        there = {"sqlalchemy_url": url, "default_target_schema": schema}
        settings = {**postgres_settings(), **there, "hard_delete": hard}
        config.write_text(json.dumps(settings), encoding="utf-8")
        with (folder / "messages.singer").open(encoding="utf-8") as source:
            loads.append(
                subprocess.Popen(
                    [programs / "target-postgres", "--config", str(config)],
                    stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                )
            )  # fmt: skip
    outputs = [process.communicate(timeout=120)[0] for process in loads]
    assert [process.returncode for process in loads] == [0, 0]
    state: dict[str, t.Any] = json.loads(outputs[0].splitlines()[-1])
    return state


def test_a_deleted_activity_is_gone_from_postgres_after_the_next_run(
    box: RunningSandbox, database: str, tmp_path: Path, programs: Path
) -> None:
    config = config_for(box, deleted_records="detect")
    catalog = tmp_path / "catalog.json"
    catalog.write_text(json.dumps(select("activities")), encoding="utf-8")
    before = {row["id"] for row in world(box, "activities")}
    first = run_command(config, tmp_path, "--catalog", str(catalog))
    state = tmp_path / "state.json"
    state.write_text(json.dumps(load(first.out, database, tmp_path, programs)), encoding="utf-8")
    gone = delete(box, "activities")
    box.control("POST", "/reset")

    second = run_command(config, tmp_path, "--catalog", str(catalog), "--state", str(state))
    load(second.out, database, tmp_path, programs)

    with psycopg.connect(database) as connection:
        marked = connection.execute("select id, _sdc_deleted_at from soft.activities").fetchall()
        left = connection.execute("select id from hard.activities").fetchall()
    assert {ident for ident, deleted in marked if deleted is None} == before - {gone}
    assert {ident for ident, deleted in marked if deleted is not None} == {gone}
    assert {ident for (ident,) in left} == before - {gone}
    # The changes, the count, and the whole list: told beforehand, and as many as told.
    pages = -(-len(before) // 100)
    assert len(list_requests(box)) == 1 + 1 + pages
    assert f"{len(before)} records are known, but there are {len(before) - 1}" in second.log
    assert f"in about {pages} requests" in second.log


def test_without_deletions_each_list_costs_one_request_more(box: RunningSandbox) -> None:
    config = config_for(box, deleted_records="detect")
    catalog = select("activities", "deals", "contacts", "receipts")
    first = run_tap(config, catalog=catalog)
    box.control("POST", "/reset")

    second = run_tap(config, catalog=catalog, state=first.state)

    assert len(list_requests(box)) == 2 * 4
    assert "ACTIVATE_VERSION" not in {message["type"] for message in second.messages}
    assert set(second.records) <= {"receipts"}


def test_created_records_are_not_taken_for_deletions_undone(box: RunningSandbox) -> None:
    """As many created as deleted: the total is the same, and yet the deletion is found."""
    config = config_for(box, deleted_records="detect")
    catalog = select("deals")
    first = run_tap(config, catalog=catalog)
    before = len(world(box, "deals"))
    advance(box)
    while len(world(box, "deals")) > before:
        delete(box, "deals")

    second = run_tap(config, catalog=catalog, state=first.state)

    versions = {m["version"] for m in second.messages if m["type"] == "ACTIVATE_VERSION"}
    assert len(versions) == 1
    kept = {
        m["record"]["id"]
        for m in second.messages
        if m["type"] == "RECORD" and m.get("version") in versions
    }
    assert kept == {row["id"] for row in world(box, "deals")}


def test_several_runs_keep_the_count_right(box: RunningSandbox) -> None:
    config = config_for(box, deleted_records="detect")
    catalog = select("deals", "offers")
    run = run_tap(config, catalog=catalog)
    for _ in range(3):
        # Deals may be deleted by the step, offers never are.
        before = len(world(box, "deals"))
        advance(box)
        created = 1
        deleted = before + created > len(world(box, "deals"))
        run = run_tap(config, catalog=catalog, state=run.state)
        told = [m["stream"] for m in run.messages if m["type"] == "ACTIVATE_VERSION"]
        assert told == ["deals"] * deleted


def test_archived_and_disregarded_records_are_not_deletions(box: RunningSandbox) -> None:
    config = config_for(box, deleted_records="detect")
    catalog = select("projects", "companies", "users", "invoices")
    first = run_tap(config, catalog=catalog)
    moco = box.world.moco
    for stream in ("projects", "companies", "users"):
        row = next(row for row in moco.tables[stream].values() if row["active"])
        row["active"] = False
    invoice = next(r for r in moco.tables["invoices"].values() if r["status"] != "disregarded")
    invoice["status"] = "disregarded"

    second = run_tap(config, catalog=catalog, state=first.state)

    assert "ACTIVATE_VERSION" not in {message["type"] for message in second.messages}


def test_lists_that_are_read_whole_anyway_tell_the_target_each_time(box: RunningSandbox) -> None:
    config = config_for(box, deleted_records="detect")
    catalog = select("todos")
    first = run_tap(config, catalog=catalog)
    gone = delete(box, "todos")
    box.control("POST", "/reset")

    second = run_tap(config, catalog=catalog, state=first.state)

    assert gone not in {row["id"] for row in second.records["todos"]}
    assert any(message["type"] == "ACTIVATE_VERSION" for message in second.messages)
    assert len(list_requests(box)) == 1


def test_children_are_not_asked_again_when_their_parents_are_read_whole(
    box: RunningSandbox,
) -> None:
    config = config_for(box, deleted_records="detect")
    catalog = select("offers", "offer_details")
    first = run_tap(config, catalog=catalog)
    gone = delete(box, "offers")
    box.control("POST", "/reset")

    second = run_tap(config, catalog=catalog, state=first.state)

    assert gone not in {row["id"] for row in second.records["offers"]}
    assert second.records["offers"]
    assert {entry["path"] for entry in list_requests(box)} == {"/offers"}


def test_switched_on_later_the_list_is_counted_first(box: RunningSandbox) -> None:
    catalog = select("deals")
    first = run_tap(config_for(box), catalog=catalog)
    delete(box, "deals")

    second = run_tap(config_for(box, deleted_records="detect"), catalog=catalog, state=first.state)

    assert len(second.records["deals"]) == len(world(box, "deals"))
    assert any(message["type"] == "ACTIVATE_VERSION" for message in second.messages)


def test_a_list_that_was_not_read_to_its_end_deletes_nothing(box: RunningSandbox) -> None:
    config = config_for(box, deleted_records="detect")
    catalog = select("activities")
    first = run_tap(config, catalog=catalog)
    delete(box, "activities")
    # The changes and the count go well, the whole list fails on its second page.
    fault = {"api": "moco", "path": "/activities", "query": {"page": "2"}, "kind": "status",
             "status": 403, "times": None}  # fmt: skip
    box.control("POST", "/faults", fault)

    second = run_tap(config, catalog=catalog, state=first.state)
    box.control("DELETE", "/faults")
    third = run_tap(config, catalog=catalog, state=second.state)

    assert not any(message["type"] == "ACTIVATE_VERSION" for message in second.messages)
    assert any(message["type"] == "ACTIVATE_VERSION" for message in third.messages)
    assert len(third.records["activities"]) == len(world(box, "activities"))


def test_a_list_read_under_a_new_version_holds_nothing_back(server: ScriptedServer) -> None:
    """What does not come with a version is deleted: unchanged rows of the overlap come, too."""
    rows = [{"id": n, "updated_at": f"2026-01-31T12:{n // 60:02}:{n % 60:02}Z"} for n in range(250)]
    removals = {2: {1}, 3: {5}}
    pages = itertools.count(1)

    def app(call: Call) -> object:
        if call.path != "/offers":
            return Reply([])
        if call.query["per_page"] != "1":
            gone = removals.pop(next(pages), set())
            rows[:] = [row for row in rows if row["id"] not in gone]
        since = call.query.get("updated_after", "")
        found = [row for row in rows if str(row["updated_at"]) > since]
        return link_page(call, found, int(call.query["per_page"]))

    server.app = app
    config = make_config(server)
    catalog = select("offers")
    first = run_tap(config, catalog=catalog)
    second = run_tap(config, catalog=catalog, state=first.state)
    assert not any(message["type"] == "ACTIVATE_VERSION" for message in first.messages)
    assert any(message["type"] == "ACTIVATE_VERSION" for message in second.messages)
    assert set(second.ids("offers")) == {row["id"] for row in rows}


@pytest.mark.parametrize(("left", "appears"), [(4, "new"), (2, "old")])
def test_a_record_created_before_the_second_reading_contradicts_nothing(
    server: ScriptedServer, left: int, appears: str
) -> None:
    """More than half of nine records is gone, and the second reading has one more."""
    moment = "2026-01-31T12:00:00Z"
    rows = [{"id": n, "updated_at": moment} for n in range(1, 10)]
    more = {"new": {"id": 11, "updated_at": "2026-02-01T12:00:00Z"}, "old": rows[5]}[appears]
    readings = itertools.count(1)

    def app(call: Call) -> object:
        if call.path != "/offers":
            return Reply([])
        since = call.query.get("updated_after")
        # The first run reads it once, the second one twice.
        if not since and call.query["per_page"] != "1" and next(readings) == 3:
            rows.append(more)
        found = [row for row in rows if since is None or str(row["updated_at"]) > since]
        return link_page(call, found, int(call.query["per_page"]))

    server.app = app
    config = make_config(server)
    catalog = select("offers")
    first = run_tap(config, catalog=catalog)
    del rows[left:]
    second = run_tap(config, catalog=catalog, state=first.state)
    third = run_tap(config, catalog=catalog, state=second.state)
    told = any(message["type"] == "ACTIVATE_VERSION" for message in second.messages)
    assert told is (appears == "new")
    if appears == "new":
        assert second.error is third.error is None
        assert 11 in third.ids("offers")
    else:
        assert "nothing of it is taken for deleted" in str(second.error)
        assert set(third.ids("offers")) >= {1, 2, 6}


@pytest.mark.parametrize("skip", [1, 2, 3], ids=["total", "first page", "second page"])
def test_a_deletion_is_found_by_the_run_that_follows_on_a_broken_one(
    box: RunningSandbox, skip: int
) -> None:
    """Whatever that one has read of the list, and though as many records come as were deleted."""
    config = config_for(box, deleted_records="detect", retry_seconds=0)
    catalog = select("activities")
    first = run_tap(config, catalog=catalog)
    gone = {delete(box, "activities")}
    advance(box)
    fault = {"api": "moco", "kind": "status", "status": 500, "path": "/activities"}
    box.control("POST", "/faults", {**fault, "skip": skip, "times": None})
    broken = run_tap(config, state=first.state, catalog=catalog)
    box.control("DELETE", "/faults")

    second = run_tap(config, state=broken.state or first.state, catalog=catalog)

    assert broken.error is not None
    told = [each for each in second.messages if each["type"] == "ACTIVATE_VERSION"]
    assert len(told) == 1
    came = {
        each["record"]["id"]
        for each in second.messages
        if each["type"] == "RECORD" and each.get("version") == told[0]["version"]
    }
    assert came == {row["id"] for row in world(box, "activities")}
    assert not came & gone


def test_a_run_that_goes_on_in_the_middle_of_the_changes_finds_a_deletion() -> None:
    """What the one before has read of them is not counted: the list is read whole."""
    with running_sandbox(scale=0.3) as box:
        _go_on_in_the_middle(box)


def _go_on_in_the_middle(box: RunningSandbox) -> None:
    # One page after the other: read ahead, the third one may arrive before the second.
    config = config_for(box, deleted_records="detect", retry_seconds=0, concurrency=1)
    catalog = select("activities")
    first = run_tap(config, catalog=catalog)
    # As if all but one were new since then.
    state = unpack_state(first.state)
    gone = delete(box, "activities")
    entry = state["bookmarks"]["activities"]
    entry |= {
        "census": {"known": 1, "newest": gone},
        "replication_key_value": "2011-03-01T00:00:00Z",
    }
    entry.pop("overlap", None)
    fault = {"api": "moco", "kind": "status", "status": 500, "path": "/activities"}
    box.control("POST", "/faults", {**fault, "skip": 2, "times": None})
    broken = run_tap(config, state=state, catalog=catalog)
    box.control("DELETE", "/faults")

    second = run_tap(config, state=broken.state, catalog=catalog)

    assert broken.error is not None
    assert len(broken.records["activities"]) == 200
    assert [each["type"] for each in second.messages].count("ACTIVATE_VERSION") == 1
