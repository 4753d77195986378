"""Rows of a list that did not end, and are gone when it is read again, are told all the same."""

from __future__ import annotations

import typing as t

import pytest

from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.tap_moco.dated_lists import DatedLists
from tests.tap_moco.support import run_tap, select

if t.TYPE_CHECKING:
    from tests.harness.run import Run
    from tests.kit.library import Row

FINANCE = "/report/finance"


def read(
    server: ScriptedServer,
    *streams: str,
    before: Run | None = None,
    **settings: t.Any,  # noqa: ANN401
) -> Run:
    config = {
        "api_url": server.url, "api_key": "key", "concurrency": 1, "retry_seconds": 0,
        "deleted_records": "detect", "report_years": [2026], **settings,
    }  # fmt: skip
    server.calls.clear()
    return run_tap(config, catalog=select(*streams), state=before.state if before else None)


def gone(run: Run, stream: str, field: str) -> list[t.Any]:
    return [row[field] for row in run.records[stream] if row.get("_sdc_deleted_at")]


def activated(run: Run, stream: str) -> bool:
    return any(m["type"] == "ACTIVATE_VERSION" and m["stream"] == stream for m in run.messages)


def invoice(ident: int) -> Row:
    return {"kind": "invoice", "record_id": ident, "date": "2026-03-01", "amount": 1}


def breaks_off(lists: DatedLists, page: int) -> t.Callable[[Call], Reply]:
    """An account one page of whose lists fails."""
    return lambda call: Reply({}, 500) if call.query.get("page") == str(page) else lists(call)


@pytest.mark.parametrize("read_before", [False, True], ids=["first reading", "read before"])
def test_a_row_of_a_report_that_broke_off_is_told_when_it_is_gone(
    server: ScriptedServer, *, read_before: bool
) -> None:
    lists = DatedLists({FINANCE: [invoice(n) for n in range(1, 13)]}, page_size=3)
    server.app = lists
    before = read(server, "report_finance") if read_before else None
    lists.lists[FINANCE].insert(0, invoice(50))
    server.app = breaks_off(lists, page=3)
    broken = read(server, "report_finance", before=before)
    server.app = lists
    del lists.lists[FINANCE][0]

    found = read(server, "report_finance", before=broken)
    pages = server.asked(FINANCE)
    again = read(server, "report_finance", before=found)

    assert broken.error
    assert found.error is None
    assert gone(found, "report_finance", "record_id") == [50]
    assert gone(again, "report_finance", "record_id") == []
    # What did not come of the list that broke off is not gone, and nothing is asked twice for it.
    assert pages == server.asked(FINANCE) == 4


@pytest.mark.parametrize("requests", [1, 2, 3], ids=["before its count", "after it", "within it"])
def test_what_a_stopped_run_has_not_looked_for_is_left_to_the_run_after_the_one_that_continues(
    server: ScriptedServer, requests: int
) -> None:
    deals: list[Row] = [{"id": n, "updated_at": f"2026-01-{n:02}T00:00:00Z"} for n in range(1, 11)]
    lists = DatedLists({"/deals": deals, "/tags": [{"id": 1}]}, page_size=4)
    server.app = lists
    streams = ("deals", "tags")
    first = read(server, *streams)
    lists.pass_minutes(10)
    del lists.lists["/deals"][4]
    limits = [{"requests": requests, "seconds": 9000}]
    stopped = read(
        server, *streams, before=first, rate_limits=limits, max_wait=0, on_rate_limit="stop"
    )

    continued = read(server, *streams, before=stopped)
    asked = server.asked("/deals")
    last = read(server, *streams, before=continued)

    assert stopped.summary["outcome"] == "stopped by the request budget"
    assert asked == 0
    assert continued.summary["streams"]["deals"]["incomplete"]
    assert "the next run looks for them" in continued.log
    assert activated(last, "deals")
    assert "incomplete" not in last.summary["streams"]["deals"]
