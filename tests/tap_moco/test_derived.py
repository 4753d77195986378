"""Tables of rows that come nested in others: no request of their own, and gone when these are."""

from __future__ import annotations

import typing as t

from tests.tap_moco.support import (
    assert_same_rows,
    config_for,
    list_requests,
    run_tap,
    select,
    world,
)

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record, Run

PARENTS = {"purchase_items": "purchases", "internal_rates": "account_internal_hourly_rates"}


def tombstones(found: Run, stream: str) -> list[Record]:
    return [row for row in found.records[stream] if row.get("_sdc_deleted_at")]


def test_alone_they_cost_what_their_parents_cost(box: RunningSandbox) -> None:
    run_tap(config_for(box), catalog=select(*PARENTS.values()))
    whole = [entry["path"] for entry in list_requests(box)]
    box.control("POST", "/reset")

    found = run_tap(config_for(box), catalog=select(*PARENTS))

    assert sorted(entry["path"] for entry in list_requests(box)) == sorted(whole)
    assert found.records.keys() == PARENTS.keys()
    for stream in PARENTS:
        assert world(box, stream)
        assert_same_rows(found, box, stream)


def test_a_catalog_need_not_name_what_they_are_made_from(box: RunningSandbox) -> None:
    catalog = select(*PARENTS)
    catalog["streams"] = [
        entry for entry in catalog["streams"] if entry["tap_stream_id"] in PARENTS
    ]

    found = run_tap(config_for(box), catalog=catalog)

    assert not found.error
    for stream in PARENTS:
        assert_same_rows(found, box, stream)


def test_parents_keep_their_nested_rows_as_they_came(box: RunningSandbox) -> None:
    parents = select(*PARENTS.values())
    alone = run_tap(config_for(box), catalog=parents)

    found = run_tap(config_for(box), catalog=select(*PARENTS, *PARENTS.values()))

    for stream, nested in (("purchases", "items"), ("account_internal_hourly_rates", "rates")):
        assert found.ids(stream, nested)
        assert found.ids(stream, nested) == alone.ids(stream, nested)


def test_an_item_that_left_its_purchase_is_gone_and_so_are_those_of_a_deleted_one(
    box: RunningSandbox,
) -> None:
    config = config_for(box, deleted_records="detect")
    catalog = select("purchases", "purchase_items")
    moco = box.world.moco
    emptied, deleted = list(moco.tables["purchases"].values())[:2]
    first = run_tap(config, catalog=catalog)
    gone = {item["id"] for purchase in (emptied, deleted) for item in purchase["items"]}
    emptied["items"] = []
    moco.touch("purchases", emptied, moco.scenario.now)
    del moco.tables["purchases"][deleted["id"]]

    second = run_tap(config, state=first.state, catalog=catalog)

    assert {row["id"] for row in tombstones(second, "purchase_items")} == gone
    assert {row["purchase_id"] for row in tombstones(second, "purchase_items")} == {
        emptied["id"], deleted["id"],
    }  # fmt: skip


def test_rates_of_a_user_who_is_gone_go_and_those_of_years_not_read_any_more_stay(
    box: RunningSandbox,
) -> None:
    year = box.world.now.year
    config = config_for(box, deleted_records="detect")
    catalog = select("account_internal_hourly_rates", "internal_rates")
    first = run_tap(config, catalog=catalog)
    fewer = run_tap({**config, "report_years": [year]}, state=first.state, catalog=catalog)
    user = next(iter(box.world.moco.tables["users"]))
    del box.world.moco.tables["users"][user]

    last = run_tap({**config, "report_years": [year]}, state=fewer.state, catalog=catalog)

    assert {row["year"] for row in first.records["internal_rates"]} == {year - 1, year}
    assert tombstones(fewer, "internal_rates") == []
    gone = [(row["user_id"], row["year"]) for row in tombstones(last, "internal_rates")]
    assert gone == [(user, year)]
