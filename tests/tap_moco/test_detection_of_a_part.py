"""With `start_date`, a part of a list is held: what is gone from it is found all the same."""

from __future__ import annotations

import typing as t

import pytest

from tests.tap_moco.dated_lists import DatedLists
from tests.tap_moco.support import run_tap, select

if t.TYPE_CHECKING:
    from tests.harness.run import Run
    from tests.kit.scripted_server import ScriptedServer

STREAMS = ("deals", "vat_code_sales")


def read(server: ScriptedServer, before: Run | None = None) -> Run:
    settings = {
        "api_url": server.url, "api_key": "key", "concurrency": 1,
        "deleted_records": "detect", "start_date": "2026-01-08",
    }  # fmt: skip
    server.calls.clear()
    run = run_tap(settings, catalog=select(*STREAMS), state=before.state if before else None)
    assert run.error is None
    return run


@pytest.fixture
def lists(server: ScriptedServer) -> DatedLists:
    rows = [{"id": n, "updated_at": f"2026-01-{n:02}T00:00:00Z"} for n in range(1, 11)]
    made = DatedLists({"/deals": rows, "/vat_code_sales": [{"id": 1}, {"id": 2}]})
    server.app = made
    return made


def test_one_deal_less_raises_no_alarm(server: ScriptedServer, lists: DatedLists) -> None:
    first = read(server)
    lists.pass_minutes(10)
    lists.lists["/deals"] = [row for row in lists.lists["/deals"] if row["id"] != 9]

    second = read(server, first)

    assert any(m["type"] == "ACTIVATE_VERSION" and m["stream"] == "deals" for m in second.messages)
    assert second.ids("deals") == [10]
    assert "a second reading agrees" not in second.log
    # What is new, the count, the whole part, and the count again.
    assert server.asked("/deals") == 4


def test_records_without_a_time_of_change_come_no_more_often(
    server: ScriptedServer, lists: DatedLists
) -> None:
    hidden = {"id": 3, "updated_at": "2025-01-01T00:00:00Z"}
    lists.lists["/vat_code_sales"].append(hidden)
    run: Run | None = None
    asked = []
    for _ in range(5):
        run = read(server, run)
        asked.append(server.asked("/vat_code_sales"))
        lists.pass_minutes(10)

    assert asked[2:] == [2, 2, 2]


def test_what_a_full_table_brought_is_not_deleted_with_the_next_deletion(
    server: ScriptedServer, lists: DatedLists
) -> None:
    def run(method: str, before: Run | None = None) -> Run:
        catalog = select("deals")
        for entry in catalog["streams"]:
            entry["replication_method"] = method
            for each in entry["metadata"]:
                if not each["breadcrumb"]:
                    each["metadata"]["forced-replication-method"] = method
        settings = {
            "api_url": server.url, "api_key": "key", "concurrency": 1,
            "deleted_records": "detect", "start_date": "2026-01-08",
        }  # fmt: skip
        lists.pass_minutes(10)
        done = run_tap(settings, catalog=catalog, state=before.state if before else None)
        assert done.error is None
        return done

    full = run("FULL_TABLE", run("INCREMENTAL"))
    assert len(full.ids("deals")) == 10
    changed = run("INCREMENTAL", full)
    lists.lists["/deals"] = [row for row in lists.lists["/deals"] if row["id"] != 9]

    last = run("INCREMENTAL", changed)

    assert any(m["type"] == "ACTIVATE_VERSION" for m in last.messages)
    assert set(last.ids("deals")) == {*range(1, 9), 10}
