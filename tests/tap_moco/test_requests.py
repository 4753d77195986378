"""How many requests a run makes, and that none of them is refused."""

from __future__ import annotations

import math
import typing as t

import pytest

from sandbox.apis.moco.listings import LISTINGS
from sandbox.apis.moco.views import VIEWS
from tap_moco.kinds import ChildStream
from tap_moco.streams import STREAMS
from tests.tap_moco.support import config_for, list_requests, run_tap, select, world

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.testing import RunningSandbox

    MakeBox = Callable[..., RunningSandbox]

PAGE = 100
# The documented limits, and the same ones in a shorter time.
PLANS = {
    "standard": ({"requests": 120, "seconds": 120}, {"requests": 120, "seconds": 1.2}),
    "unlimited": ({"requests": 1200, "seconds": 120}, {"requests": 1200, "seconds": 1.2}),
    "legacy_2018": ({"requests": 15, "seconds": 15}, {"requests": 15, "seconds": 0.4}),
}


def fewest(box: RunningSandbox, year: int) -> int:
    """Count pages: reports by their rows of the one year that is asked for."""
    rows_of_year = {
        "report_cashflow": "date",
        "report_finance": "date",
        "report_planned_vs_tracked": "from",
    }
    pages = fewest_lists(box)
    for name, field in rows_of_year.items():
        rows = [row for row in world(box, name) if row[field].startswith(str(year))]
        pages += max(1, math.ceil(len(rows) / PAGE))
    return pages


def fewest_lists(box: RunningSandbox) -> int:
    paginated = {listing.stream for listing in LISTINGS if listing.paginated}
    views = {view.stream: view for view in VIEWS}
    count = 0
    for stream in STREAMS:
        # What comes nested in a parent's record needs no request.
        if not stream.selected_by_default or stream.parent_field:
            continue
        if stream.name in paginated:
            count += max(1, math.ceil(len(world(box, stream.name)) / PAGE))
        elif issubclass(stream, ChildStream):
            count += len(world(box, stream.name))
        elif not (stream.name in views and views[stream.name].paginated):
            count += 1
    return count


@pytest.mark.parametrize("plan", PLANS)
def test_a_first_sync_makes_the_fewest_requests_and_none_is_refused(
    plan: str, make_box: MakeBox
) -> None:
    _, window = PLANS[plan]
    box = make_box(scale=1.0, limits="real")
    box.control("PUT", "/options", {"limits": {"moco": [window]}})
    year = box.world.now.year
    config = config_for(box, plan=plan, rate_limits=[window], report_years=[year])
    box.control("POST", "/reset")

    run = run_tap(config)

    stats = box.control("GET", "/stats")["moco"]
    assert run.error is None
    assert stats["refused"] == 0
    assert stats["requests"] == fewest(box, year)
    assert run.summary["requests"] == stats["requests"]
    assert run.summary["denied"] == []


@pytest.mark.slow
def test_the_documented_limit_of_2018_is_kept_to_the_second(make_box: MakeBox) -> None:
    """Seventeen requests at 15 in 15 seconds: two of them wait, and no one is refused."""
    box = make_box(limits="real")
    documented, _ = PLANS["legacy_2018"]
    box.control("PUT", "/options", {"limits": {"moco": [documented]}})
    lists = [s.name for s in STREAMS if s.replication_key and not s.parent_stream_type][-17:]

    run = run_tap(config_for(box, plan="legacy_2018", rate_limits=None), catalog=select(*lists))

    stats = box.control("GET", "/stats")["moco"]
    assert (stats["requests"], stats["refused"]) == (17, 0)
    received = sorted(entry["received"] for entry in list_requests(box))
    assert received[15] - received[0] >= 15
    assert received[16] - received[1] >= 15
    assert set(run.records) == set(lists)


@pytest.mark.parametrize("plan", ["standard", "unlimited"])
def test_a_plan_is_the_budget_of_the_run(plan: str, box: RunningSandbox) -> None:
    limit, _ = PLANS[plan]

    run = run_tap(config_for(box, plan=plan, rate_limits=None), catalog=select("units"))

    name = f"{limit['requests']}/{limit['seconds']}s"
    assert run.summary["budget_left"] == {name: limit["requests"] - 1}


def test_a_refusal_that_another_integration_causes_is_waited_out(box: RunningSandbox) -> None:
    """429 without Retry-After: MOCO documents no header about its limits."""
    window = {"requests": 50, "seconds": 2}
    fault = {"api": "moco", "path": "/activities", "kind": "status", "status": 429,
             "body": '{"message": "Too many requests"}', "times": 1}  # fmt: skip
    box.control("POST", "/faults", fault)

    run = run_tap(config_for(box, rate_limits=[window]), catalog=select("activities"))

    assert run.error is None
    assert run.summary["refused"] == 1
    # Few of the window are in use at the end, and yet there are fewer left than before.
    assert run.summary["budget_left"]["50/2s"] <= 45
    assert run.summary["seconds_waited"] > 0
    assert len(run.records["activities"]) == len(world(box, "activities"))


def test_one_stream_makes_requests_for_that_stream_only(box: RunningSandbox) -> None:
    run_tap(config_for(box), catalog=select("deals"))

    assert {entry["path"] for entry in list_requests(box)} == {"/deals"}


def test_a_child_makes_requests_for_itself_and_its_parents(box: RunningSandbox) -> None:
    run = run_tap(config_for(box), catalog=select("invoice_details"))

    invoices = world(box, "invoices")
    details = {f"/invoices/{row['id']}" for row in invoices}
    assert {entry["path"] for entry in list_requests(box)} == {"/invoices", *details}
    assert set(run.records) == {"invoice_details"}
    assert len(run.records["invoice_details"]) == len(invoices)


def test_only_offers_with_an_approval_are_asked_for_it(box: RunningSandbox) -> None:
    run_tap(config_for(box), catalog=select("offer_customer_approvals"))

    asked = {entry["path"] for entry in list_requests(box)} - {"/offers"}
    having = [row["id"] for row in world(box, "offers") if row["customer_approval"]]
    assert asked == {f"/offers/{ident}/customer_approval" for ident in having}
