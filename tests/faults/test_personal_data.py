"""``personal_data: exclude``: nothing that is marked goes out, whatever the catalog is."""

from __future__ import annotations

import json
import typing as t

import pytest

from sandbox.testing import running_sandbox
from tap_moco.tap import TapMoco
from tests.tap_moco import support as moco
from tests.tap_ulule import support as ulule

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record, Run

EXCLUDE = {"personal_data": "exclude"}
STREAMS = ("users", "contacts", "activities", "deals", "units", "comments", "purchases")


@pytest.fixture
def box() -> Iterator[RunningSandbox]:
    with running_sandbox(scale=0.1, now=moco.just_now()) as running:
        yield running


def find_people(box: RunningSandbox) -> set[str]:
    """Names, addresses and numbers of the people in MOCO."""
    rows = [*moco.world(box, "users"), *moco.world(box, "contacts")]
    names = (
        "lastname",
        "email",
        "work_email",
        "home_email",
        "mobile_phone",
        "home_address",
        "iban",
    )
    found = {json.dumps(row.get(name), ensure_ascii=False)[1:-1] for row in rows for name in names}
    return {text for text in found if len(text) > len("null")}


def list_held(out: str, texts: set[str]) -> set[str]:
    return {text for text in texts if text in out}


def assert_fits(found: Run) -> None:
    """Assert that each RECORD has fields that its SCHEMA declares, and no others."""
    for stream, rows in found.records.items():
        declared = {*found.schemas[stream]["schema"]["properties"], "_sdc_deleted_at"}
        assert all(row.keys() <= declared for row in rows), stream


def test_nobody_is_named(box: RunningSandbox) -> None:
    people = find_people(box)
    # No document names it, so nobody knows what it holds.
    for row in box.world.moco.tables["users"].values():
        row["nickname"] = row["lastname"]
    catalog = moco.select(*STREAMS)
    whole = moco.run_tap(moco.config_for(box), catalog=catalog)
    box.control("POST", "/reset")

    found = moco.run_tap(moco.config_for(box, **EXCLUDE), catalog=catalog)

    assert len(list_held(whole.out, people)) > len(people) / 2
    assert list_held(found.out, people) == set()
    assert {name: found.ids(name) for name in STREAMS} == {
        name: whole.ids(name) for name in STREAMS
    }
    assert_fits(found)
    # Whose an hour is, the table of users need not tell.
    assert found.records["activities"][0]["user"] == {
        "id": whole.records["activities"][0]["user"]["id"]
    }


def test_columns_of_custom_fields_are_left_out_where_the_object_is(box: RunningSandbox) -> None:
    config = moco.config_for(box, custom_properties="columns", **EXCLUDE)

    found = moco.run_tap(config, catalog=moco.select("contacts", "projects"))

    columns = {
        stream: [name for name in found.records[stream][0] if name.startswith("custom_")]
        for stream in ("contacts", "projects")
    }
    assert columns["contacts"] == []
    assert columns["projects"]
    assert_fits(found)


@pytest.mark.parametrize("version", ["2017-10-10", "2020-11-10"])
def test_children_come_although_their_parents_say_less(box: RunningSandbox, version: str) -> None:
    streams = ["project_comments", "comment_replies", "project_orders", "project_order_items",
               "project_supporters", "project_rewards", "reward_variants"]  # fmt: skip
    given = ulule.make_config(box, partner_slugs=[ulule.PARTNER], api_version=version)
    whole = ulule.run(given, select=streams)

    found = ulule.run({**given, **EXCLUDE}, select=streams)

    assert not found.error
    assert {name: len(found.records[name]) for name in streams} == {
        name: len(whole.records[name]) for name in streams
    }
    names = {row["username"] for row in box.world.ulule.users.values()}
    emails = {row["email"] for row in box.world.ulule.users.values()}
    assert list_held(found.out, {f'"{name}"' for name in names} | emails) == set()
    assert_fits(found)


def test_deleted_rows_say_no_more(box: RunningSandbox) -> None:
    config = moco.config_for(box, deleted_records="detect", **EXCLUDE)
    catalog = moco.select("offers", "offer_details")
    first = moco.run_tap(config, catalog=catalog)
    del box.world.moco.tables["offers"][next(iter(box.world.moco.tables["offers"]))]

    second = moco.run_tap(config, state=first.state, catalog=catalog)

    assert any(row.get("_sdc_deleted_at") for row in second.records["offer_details"])
    assert_fits(second)


def test_a_run_with_personal_data_reads_anew_what_one_without_has_read(
    box: RunningSandbox,
) -> None:
    catalog = moco.select("contacts")
    first = moco.run_tap(moco.config_for(box, **EXCLUDE), catalog=catalog)

    second = moco.run_tap(moco.config_for(box), state=first.state, catalog=catalog)

    assert second.ids("contacts") == first.ids("contacts")


def test_catalogs_mark_what_would_be_left_out() -> None:
    def discover(config: Record) -> dict[str, t.Any]:
        tap = TapMoco(config=config, validate_config=False, setup_mapper=False)
        return {entry["tap_stream_id"]: entry["schema"] for entry in tap.catalog_dict["streams"]}

    whole, less = discover({}), discover(EXCLUDE)

    contacts, units = whole["contacts"]["properties"], whole["units"]["properties"]
    assert contacts["work_email"]["x-personal"] is True
    assert units["users"]["items"]["properties"]["email"]["x-personal"] is True
    assert "work_email" not in less["contacts"]["properties"]
    assert "x-personal" not in json.dumps(less)
