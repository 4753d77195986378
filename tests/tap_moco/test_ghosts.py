"""Rows that are gone from reports, and from lists of parents, are marked; no others are."""

from __future__ import annotations

import itertools
import typing as t
from decimal import Decimal

from tests.harness.warehouse import Warehouse
from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.tap_moco.support import advance, config_for, run_tap, select, world

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record, Run

STREAMS = (
    "report_finance", "report_utilization", "invoices", "invoice_timesheet_activities",
    # What belongs to deleted records goes where their list is read, too.
    "activities", "taggings", "companies", "contacts", "deals", "offers", "projects", "purchases",
    "users",
)  # fmt: skip
MOVES = 2
AMOUNT = "net_amount_in_account_currency"


def test_tables_equal_the_account_after_each_of_its_moves(
    make_box: Callable[..., RunningSandbox], database: str, tmp_path: Path, programs: Path
) -> None:
    box = make_box(scale=0.1)
    config = config_for(box, deleted_records="detect")
    catalog, warehouse = select(*STREAMS), Warehouse(database, tmp_path, programs)
    state = None
    for move in range(MOVES + 1):
        state = warehouse.load(run_tap(config, state=state, catalog=catalog))

        finance = warehouse.rows("report_finance", "kind", "record_id", "date", AMOUNT)
        expected = sorted(
            (row["kind"], row["record_id"] or 0, row["date"], Decimal(str(row[AMOUNT])))
            for row in world(box, "report_finance")
        )
        assert [(*row[:2], str(row[2]), row[3]) for row in finance] == expected, move
        hours = warehouse.rows("invoice_timesheet_activities", "invoice_id", "id")
        billed = world(box, "invoice_timesheet_activities")
        assert hours == sorted((row["invoice_id"], row["id"]) for row in billed), move
        utilization = warehouse.rows("report_utilization", "user_id", "date")
        days = sorted((row["user_id"], row["date"]) for row in world(box, "report_utilization"))
        assert [(user, str(day)) for user, day in utilization] == days
        tagged = warehouse.rows("taggings", "taggable_type", "taggable_id", "name")
        assert tagged == sorted(
            (row["taggable_type"], row["taggable_id"], row["name"])
            for row in world(box, "taggings")
        )
        advance(box)
    assert warehouse.deleted("report_finance", "record_id")


def tombstones(found: Run, stream: str) -> list[Record]:
    return [row for row in found.records[stream] if row.get("_sdc_deleted_at")]


def test_years_that_are_not_read_any_more_stay_as_they_are(box: RunningSandbox) -> None:
    year = box.world.now.year
    catalog = select("report_finance", "report_absences", "user_performance_reports")
    config = config_for(box, deleted_records="detect")
    first = run_tap(config, catalog=catalog)
    box.world.moco.tables["invoices"].clear()

    second = run_tap({**config, "report_years": [year]}, state=first.state, catalog=catalog)

    assert {row["year"] for row in first.records["report_absences"]} == {year - 1, year}
    gone = tombstones(second, "report_finance")
    assert gone
    assert {row["date"][:4] for row in gone} == {str(year)}
    assert tombstones(second, "report_absences") == []
    assert tombstones(second, "user_performance_reports") == []


def test_children_of_a_deleted_parent_are_gone_with_it(box: RunningSandbox) -> None:
    config = config_for(box, deleted_records="detect")
    catalog = select("offers", "offer_details")
    first = run_tap(config, catalog=catalog)
    offer = next(iter(box.world.moco.tables["offers"]))
    del box.world.moco.tables["offers"][offer]

    second = run_tap(config, state=first.state, catalog=catalog)

    assert [row["id"] for row in tombstones(second, "offer_details")] == [offer]


def test_one_empty_report_empties_no_table() -> None:
    rows = [{"kind": "invoice", "record_id": n, "date": "2026-02-01", AMOUNT: 1} for n in range(9)]
    answers = itertools.count(1)

    def app(call: Call) -> object:
        if call.path != "/report/finance":
            return Reply([])
        # The first answer of the second run is wrong.
        return Reply([] if next(answers) == 2 else rows)

    server = ScriptedServer()
    server.app = app
    try:
        config = {"api_url": server.url, "api_key": "key", "deleted_records": "detect",
                  "concurrency": 1, "report_years": [2026]}  # fmt: skip
        catalog = select("report_finance")
        first = run_tap(config, catalog=catalog)
        second = run_tap(config, state=first.state, catalog=catalog)
        third = run_tap(config, state=second.state, catalog=catalog)
    finally:
        server.close()
    assert len(first.records["report_finance"]) == len(rows)
    assert tombstones(second, "report_finance") == []
    assert "a second reading says otherwise" in second.log
    assert len(third.records["report_finance"]) == len(rows)
