"""Keys: no part of one is null, and rows that share one are not taken for each other."""

from __future__ import annotations

import typing as t

import pytest

from tests.harness.sandbox import answer_with
from tests.tap_moco.support import config_for, run_tap, select

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record

PAID = {"kind": "invoice_paid", "record_id": 7, "date": "2025-02-01"}
MONEY = {"report_cashflow": "amount_in_account_currency",
         "report_finance": "net_amount_in_account_currency"}  # fmt: skip


def serve(
    box: RunningSandbox, path: str, *pages: list[Record], totals: t.Sequence[int] = ()
) -> None:
    """Let a path answer these pages, each of which names the next one, and its total if given."""
    for number, rows in enumerate(pages, 1):
        more = f'<{box.url}/moco/api/v1{path}?page={number + 1}>; rel="next"'
        headers = {"Link": more} if number < len(pages) else {}
        if totals:
            headers["X-Total"] = str(totals[number - 1])
        answer_with(box, "moco", f"^{path}$", rows, headers, times=1)


@pytest.mark.parametrize("stream", MONEY)
def test_rows_of_a_report_with_one_key_all_come(stream: str, box: RunningSandbox) -> None:
    """An invoice that is paid in parts: the same kind, record and day."""
    money = MONEY[stream]
    parts = [{**PAID, money: amount} for amount in (100.0, 250.0, 100.0)]
    serve(box, "/" + stream.replace("_", "/"), parts, [{**PAID, money: 400.0}])

    run = run_tap(config_for(box, report_years=[2025]), catalog=select(stream))

    assert run.error is None
    rows = run.keyed(stream).values()
    assert [row[money] for row in rows] == [100.0, 250.0, 100.0, 400.0]
    assert [row["_occurrence"] for row in rows] == [0, 1, 2, 3]


def test_a_row_of_a_report_that_shifts_to_the_next_page_comes_once(box: RunningSandbox) -> None:
    first = {**PAID, "amount_in_account_currency": 100.0}
    second = {**PAID, "amount_in_account_currency": 250.0}
    pages = [first, second], [second, {**PAID, "record_id": 8}]
    serve(box, "/report/cashflow", *pages, totals=[3, 4])

    run = run_tap(config_for(box, report_years=[2025]), catalog=select("report_cashflow"))

    numbers = [(row["record_id"], row["_occurrence"]) for row in run.records["report_cashflow"]]
    assert numbers == [(7, 0), (7, 1), (8, 0)]


@pytest.mark.parametrize("totals", [(4, 4), ()], ids=["total", "no total"])
def test_equal_rows_of_a_report_on_different_pages_are_different_rows(
    totals: tuple[int, ...], box: RunningSandbox
) -> None:
    """An invoice that is paid in two equal parts on one day."""
    half, more = {**PAID, "amount_in_account_currency": 100.0}, {**PAID, "record_id": 8}
    config = config_for(box, report_years=[2025], deleted_records="detect")
    serve(box, "/report/cashflow", [half, half], [more, {**PAID, "record_id": 9}], totals=totals)
    first = run_tap(config, catalog=select("report_cashflow"))
    # Their places in the list are others, and each page is read twice if there is doubt.
    for _ in range(2):
        serve(box, "/report/cashflow", [more, half], [half, {**PAID, "record_id": 9}],
              totals=totals)  # fmt: skip

    second = run_tap(config, catalog=select("report_cashflow"), state=first.state)

    for run in (first, second):
        assert run.error is None
        rows = run.keyed("report_cashflow").values()
        numbers = {(row["record_id"], row["_occurrence"]) for row in rows}
        assert numbers == {(7, 0), (7, 1), (8, 0), (9, 0)}
        assert not any(row.get("_sdc_deleted_at") for row in rows)


def test_hours_without_a_project_are_rows_of_their_own(box: RunningSandbox) -> None:
    rows = [{"user_id": 1, "project_id": project, "planned_hours": hours}
            for project, hours in ((2, 1.0), (None, 5.0), (None, 7.0))]  # fmt: skip
    serve(box, "/report/planned_vs_tracked", rows)
    stream = "report_planned_vs_tracked"

    run = run_tap(config_for(box, report_years=[2025]), catalog=select(stream))

    found = [(row["project_id"], row["_occurrence"], row["planned_hours"])
             for row in run.keyed(stream).values()]  # fmt: skip
    assert found == [(2, 0, 1.0), (0, 0, 5.0), (0, 1, 7.0)]


def test_the_rates_of_the_account_itself_have_a_key(box: RunningSandbox) -> None:
    run = run_tap(config_for(box), catalog=select("account_hourly_rates"))

    assert [row["company_id"] for row in run.records["account_hourly_rates"]] == [0]


def test_a_catalog_without_keys_leaves_those_of_the_streams(box: RunningSandbox) -> None:
    entry = {"tap_stream_id": "account_custom_properties", "replication_key": "updated_at",
             "replication_method": "INCREMENTAL", "schema": {"type": "object", "properties": {}},
             "metadata": [{"breadcrumb": [], "metadata": {"selected": True}}]}  # fmt: skip

    run = run_tap(config_for(box), catalog={"streams": [entry]})

    assert run.error is None
    (schema,) = run.schemas.values()
    assert schema["key_properties"] == ["id"]
    assert schema["schema"]["properties"]["id"]["type"] == ["integer"]
    assert run.keyed("account_custom_properties")
