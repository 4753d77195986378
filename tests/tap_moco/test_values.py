"""Values as MOCO really writes them; each case is quoted from the documents or recordings."""

# ruff: noqa: ERA001 - the comments quote the documents

from __future__ import annotations

import json
import typing as t

import pytest

from tests.harness.run import unpack_extra
from tests.tap_moco.support import config_for, run_tap, select, world

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.testing import RunningSandbox


def answer(box: RunningSandbox, path: str, rows: list[dict[str, t.Any]]) -> None:
    """Let a list answer with these rows, and without any header about pages."""
    body = json.dumps(rows)
    fault = {"api": "moco", "path": f"^{path}$", "kind": "status", "status": 200, "body": body,
             "content_type": "application/json", "times": None}  # fmt: skip
    box.control("POST", "/faults", fault)


@pytest.mark.parametrize(
    ("stream", "path", "row", "field", "expected"),
    [
        # "closed_on is "" (empty string) for open deals in the 2021/2022 recordings"
        ("deals", "/deals", {"closed_on": ""}, "closed_on", None),
        # "company and items.category are {} (empty object) when unset in recordings"
        ("purchases", "/purchases", {"company": {}}, "company", None),
        (
            "purchases", "/purchases", {"items": [{"id": 1, "category": {}}]}, "items",
            [{"id": 1, "category": None}],
        ),
        # "paid_total [...] quoted strings in the markdown example, floats in recordings"
        ("invoice_payments", "/invoices/payments", {"paid_total": "1180.50"}, "paid_total", 1180.5),
        ("invoice_payments", "/invoices/payments", {"paid_total": 1180.5}, "paid_total", 1180.5),
        # "total is a quoted string in the markdown example"
        ("purchase_payments", "/purchases/payments", {"total": "5200.00"}, "total", 5200.0),
        # "unit_price and unit_cost are quoted decimals (strings) in the markdown example"
        (
            "account_expense_templates", "/account/expense_templates", {"unit_price": "120.0"},
            "unit_price", 120.0,
        ),
        # "symbol is an integer in recordings, string in OpenAPI, null when unset"
        ("schedules", "/schedules", {"symbol": "3"}, "symbol", "3"),
        # "a 2020 recording had the odd form YYYY-MM-DD HH:MM:SS UTC"
        (
            "activities", "/activities", {"timer_started_at": "2020-03-02 08:15:00 UTC"},
            "timer_started_at", "2020-03-02T08:15:00Z",
        ),
        # "remote_service is "" (empty string) when unset": text, and stays text
        ("activities", "/activities", {"remote_service": ""}, "remote_service", ""),
        # "custom_properties here can hold a key with value null when the field is unset"
        (
            "purchases", "/purchases", {"custom_properties": {"Kostenstelle": None}},
            "custom_properties", {"Kostenstelle": None},
        ),
        # a free object that is empty is just that
        ("deals", "/deals", {"custom_properties": {}}, "custom_properties", {}),
        ("schedules", "/schedules", {"symbol": 3}, "symbol", "3"),
        ("schedules", "/schedules", {"symbol": "home"}, "symbol", "home"),
        # "keys were added nearly every month": unknown ones pass, nested ones too
        ("deals", "/deals", {"probability": {"of": [1, {"two": 2}]}}, "probability",
         {"of": [1, {"two": 2}]}),
    ],
)  # fmt: skip
def test_a_value_that_comes_in_two_ways_leaves_in_one(
    stream: str,
    path: str,
    row: dict[str, t.Any],
    field: str,
    expected: object,
    box: RunningSandbox,
) -> None:
    answer(box, path, [{"id": 1, "updated_at": "2026-01-31T12:00:00Z", **row}])

    run = run_tap(config_for(box), catalog=select(stream))

    assert run.error is None
    found = unpack_extra(run.records[stream][0])[field]
    assert found == expected
    assert type(found) is type(expected)


def test_the_id_of_a_budget_is_a_number_though_it_comes_as_text(box: RunningSandbox) -> None:
    """`id is a quoted string in the markdown example and an integer in OpenAPI`."""
    run = run_tap(config_for(box), catalog=select("purchase_budgets"))

    assert {row["id"] for row in world(box, "purchase_budgets")} == {12, "13"}
    assert {row["id"] for row in run.records["purchase_budgets"]} == {12, 13}


def test_keys_that_depend_on_the_type_may_be_absent(box: RunningSandbox) -> None:
    """`Organizations: none of these keys at all (absent, not null).`"""
    run = run_tap(config_for(box), catalog=select("companies", "comments"))

    by_type = {row["type"]: row for row in run.records["companies"]}
    assert "iban" in by_type["supplier"]
    assert "iban" not in by_type["organization"]
    assert "projects" in by_type["customer"]
    # "user can be missing or null (system generated comments)"
    assert any("user" not in row for row in run.records["comments"])


def test_timestamps_with_and_without_milliseconds_are_one_order_of_time(
    box: RunningSandbox,
) -> None:
    """`…SS.mmmZ in every recording [of offers] while all other entities had whole seconds`."""
    rows = [
        {"id": 1, "updated_at": "2026-01-31T12:00:00.250Z"},
        {"id": 2, "updated_at": "2026-01-31T12:00:00Z"},
        {"id": 3, "updated_at": "2026-01-31T11:59:59.999Z"},
    ]
    answer(box, "/offers", rows)

    run = run_tap(config_for(box), catalog=select("offers"))

    assert run.state
    bookmark = run.state["bookmarks"]["offers"]["replication_key_value"]
    assert bookmark == "2026-01-31T12:00:00.250Z"


def test_records_without_a_timestamp_are_read_whole_in_every_run(box: RunningSandbox) -> None:
    """`be ready to fall back to a full read when updated_at is missing` (custom fields)."""
    answer(box, "/account/custom_properties", [{"id": 1, "name": "Ziel", "kind": "Link"}])
    catalog = select("account_custom_properties")
    first = run_tap(config_for(box), catalog=catalog)

    second = run_tap(config_for(box), catalog=catalog, state=first.state)

    assert [row["id"] for row in second.records["account_custom_properties"]] == [1]


def test_next_is_found_behind_last_in_one_link_header(
    make_box: Callable[..., RunningSandbox],
) -> None:
    """`recorded first pages carry rel="last" before rel="next" in ONE header`."""
    box = make_box(scale=0.5)

    run = run_tap(config_for(box, concurrency=1), catalog=select("activities"))

    pages = [entry["query"] for entry in box.control("GET", "/requests")]
    assert len(pages) == 4
    assert "page=2" in pages[1]
    assert len(run.records["activities"]) == 400


def test_a_list_without_headers_about_pages_is_one_page(box: RunningSandbox) -> None:
    """`36 recordings from 2020 to 2022 had no pagination headers at all`."""
    run = run_tap(config_for(box), catalog=select("deal_categories"))

    assert len(run.records["deal_categories"]) == 5
    assert box.control("GET", "/stats")["moco"]["requests"] == 1


def test_a_link_that_is_signed_anew_is_not_a_change(box: RunningSandbox) -> None:
    """`file_url is a short-lived signed link that differs on every read`."""
    table = box.world.moco.tables
    for stream in ("offers", "project_expenses"):
        for row in table[stream].values():
            # All within the last minute, the overlap that is read again.
            row["updated_at"] = "2026-01-31T12:00:00Z"
    catalog = select("offers", "project_expenses")
    first = run_tap(config_for(box), catalog=catalog)

    second = run_tap(config_for(box), catalog=catalog, state=first.state)

    assert first.records["offers"][0]["file_url"]
    assert box.control("GET", "/stats")["moco"]["requests"] == 4
    assert not second.records


def test_the_markdown_and_the_openapi_form_of_a_user_both_pass(box: RunningSandbox) -> None:
    """`user has firstname + name in docs and recordings, firstname + lastname in OpenAPI`."""
    run = run_tap(config_for(box), catalog=select("purchases"))

    forms = {frozenset(row["user"]) for row in run.records["purchases"]}
    assert forms == {
        frozenset({"id", "firstname", "name"}),
        frozenset({"id", "firstname", "lastname"}),
    }
