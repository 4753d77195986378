"""Orders that are cancelled, refunded or paid out have the status that they have."""

from __future__ import annotations

import typing as t
from datetime import timedelta

import pytest

from sandbox.world.ulule.texts import VALID
from tests.harness.run import unpack_state
from tests.tap_ulule.support import PARTNER, change, list_paths, make_config, run, tombstones

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.testing import RunningSandbox


def settled(box: RunningSandbox, status: str) -> int:
    """An ended project of the partner that has orders, all of them waiting for the payout."""
    ulule = box.world.ulule
    for ident in sorted(ulule.partner_projects):
        project, orders = ulule.projects[ident], ulule.valid_orders(ident)
        if project["is_online"] and project["_end"] <= ulule.scenario.now and len(orders) > 1:
            for row in orders:
                row["status"] = "payment-completed"
            project["goal"] = 1 if status == "payment-done" else 10**6
            return ident
    raise AssertionError("no project has ended")


@pytest.mark.parametrize("status", ["payment-done", "payment-reimbursed"])
def test_an_ended_campaign_is_asked_once_a_day_until_its_orders_are_settled(
    box: RunningSandbox, today: Callable[[int], None], status: str
) -> None:
    project, streams = settled(box, status), ["projects", "project_orders"]
    # A refresh would fall due on one day of the week.
    given = make_config(box, partner_slugs=[PARTNER], refresh_days=0)
    first = run(given, select=streams)
    orders = [row["id"] for row in first.records["project_orders"] if row["project_id"] == project]
    probes = []
    state = first.state
    for day in (0, 2, 2):
        today(day)
        box.control("POST", "/reset")
        waiting = run(given, state=state, select=streams)
        state = waiting.state
        probes.append(list_paths(box).count(f"/projects/{project}/orders"))
        assert waiting.records["project_orders"] == []
    change(box, "settle", project=project)

    today(4)
    paid = run(given, state=state, select=streams)
    today(6)
    box.control("POST", "/reset")
    run(given, state=paid.state, select=streams)

    assert probes == [0, 1, 0]
    found = {row["id"]: row["status"] for row in paid.records["project_orders"]}
    assert {ident: found.get(ident) for ident in orders} == dict.fromkeys(orders, status)
    assert f"/projects/{project}/orders" not in list_paths(box)


def test_a_payout_whose_orders_could_not_be_read_is_asked_for_again_on_the_same_day(
    box: RunningSandbox, today: Callable[[int], None]
) -> None:
    streams = ["projects", "project_orders"]
    sizes = {"projects": 1, "supporters": 9, "orders": 45} | dict.fromkeys(
        ("rewards", "comments", "news"), 0
    )
    (project,) = change(box, "partner", slug="grand-compte", sizes=sizes)
    ulule = box.world.ulule
    ulule.projects[project] |= {"_end": ulule.scenario.now - timedelta(days=1), "goal": 1}
    given = make_config(box, partner_slugs=["grand-compte"], retry_seconds=0, refresh_days=0)
    first = run(given, select=streams)
    change(box, "settle", project=project)
    today(2)
    second_page = {
        "api": "ulule", "path": f"/projects/{project}/orders", "query": {"offset": "20"},
        "kind": "status", "status": 500, "times": None,
    }  # fmt: skip
    box.control("POST", "/faults", second_page)

    broken = run(given, state=first.state, select=streams)
    box.control("DELETE", "/faults")
    rest = run(given, state=broken.state, select=streams)
    probes, state = [], rest.state
    for _ in range(2):
        box.control("POST", "/reset")
        state = run(given, state=state, select=streams).state
        probes.append(list_paths(box).count(f"/projects/{project}/orders"))

    assert "500" in str(broken.error)
    read = [*broken.records["project_orders"], *rest.records["project_orders"]]
    assert {row["id"]: row["status"] for row in read} == {
        row["id"]: "payment-done" for row in ulule.orders[project]
    }
    # Nobody has counted those of both runs.
    assert probes == [1, 0]


def test_the_state_of_an_older_version_is_asked_about(box: RunningSandbox) -> None:
    project, streams = settled(box, "payment-done"), ["projects", "project_orders"]
    given = make_config(box, partner_slugs=[PARTNER])
    first = run(given, select=streams)
    state = unpack_state(first.state)
    entries = state["bookmarks"]["project_orders"]["unsettled"]
    entries[str(project)], _ = entries[str(project)]
    change(box, "settle", project=project)

    second = run(given, state=state, select=streams)

    assert {row["status"] for row in second.records["project_orders"]} == {"payment-done"}


def test_a_cancelled_order_is_followed_without_any_setting(box: RunningSandbox) -> None:
    ulule = box.world.ulule
    project = max(ulule.partner_projects, key=lambda ident: len(ulule.valid_orders(ident)))
    given = make_config(box, partner_slugs=[PARTNER])
    first = run(given, select=["projects", "project_orders"])
    order = ulule.valid_orders(project)[0]["id"]
    never_valid = next(row for row in ulule.orders[project] if row["status"] not in VALID)
    change(box, "order_status", order=never_valid["id"], status="cancelled")
    change(box, "order_status", order=order, status="cancelled")

    second = run(given, state=first.state, select=["projects", "project_orders"])

    found = {row["id"]: row["status"] for row in second.records["project_orders"]}
    assert found[order] == "cancelled"
    # It never was in the warehouse.
    assert never_valid["id"] not in found


def test_an_order_is_followed_although_the_first_reading_stopped_among_them(
    box: RunningSandbox,
) -> None:
    sizes = {"projects": 1, "supporters": 9, "orders": 45} | dict.fromkeys(
        ("rewards", "comments", "news"), 0
    )
    change(box, "partner", slug="grand-compte", sizes=sizes)
    streams = ["projects", "project_orders"]
    given = make_config(box, partner_slugs=["grand-compte"])
    # The list of projects, the project, and the first two pages of its orders.
    limits = {"rate_limits": [{"requests": 4, "seconds": 3600}], "on_rate_limit": "stop"}
    first = run(given | limits | {"max_wait": 1}, select=streams)
    rest = run(given, state=first.state, select=streams)
    orders = [each.ids("project_orders") for each in (first, rest)]
    for read in orders:
        change(box, "order_status", order=read[0], status="cancelled")

    second = run(given, state=rest.state, select=streams)

    assert first.summary["outcome"] == "stopped by the request budget"
    assert sum(map(len, orders)) == len({*orders[0], *orders[1]}) == 45
    found = {row["id"]: row["status"] for row in second.records["project_orders"]}
    assert {found.get(read[0]) for read in orders} == {"cancelled"}


@pytest.mark.parametrize("deleted_records", ["ignore", "detect"])
def test_an_order_of_the_user_is_followed_too(box: RunningSandbox, deleted_records: str) -> None:
    given = make_config(box, deleted_records=deleted_records)
    first = run(given, select=["user_orders"])
    orders = first.ids("user_orders")
    change(box, "order_status", order=orders[0], status="payment-refunded")
    box.control("POST", "/reset")

    second = run(given, state=first.state, select=["user_orders"])
    asked = [path for path in list_paths(box) if path.endswith("/orders")]
    box.control("POST", "/reset")
    third = run(given, state=second.state, select=["user_orders"])

    found = {row["id"]: row["status"] for row in second.records["user_orders"]}
    assert found[orders[0]] == "payment-refunded"
    assert {row["status"] for row in first.records["user_orders"]} <= {*VALID}
    assert tombstones(second, "user_orders") == tombstones(third, "user_orders") == []
    # Until it is found; then it is not among those that are known any more.
    pages = -(-len(orders) // 20)
    assert len(asked) == pages + len(["cancelled", "payment-refunded"])
    assert sum(path.endswith("/orders") for path in list_paths(box)) == pages
    assert set(third.ids("user_orders")) == set(orders[1:])


def test_orders_are_read_although_those_that_left_may_not_be_looked_for(
    box: RunningSandbox,
) -> None:
    ulule = box.world.ulule
    project = max(ulule.partner_projects, key=lambda ident: len(ulule.valid_orders(ident)))
    given, streams = make_config(box, partner_slugs=[PARTNER]), ["projects", "project_orders"]
    first = run(given, select=streams)
    orders = ulule.valid_orders(project)
    fault = {
        "api": "ulule", "path": f"/projects/{project}/orders", "query": {"status": "cancelled"},
        "kind": "status", "status": 403, "times": None,
    }  # fmt: skip
    box.control("POST", "/faults", fault)
    change(box, "order_status", order=orders[0]["id"], status="cancelled")
    second = run(given, state=first.state, select=streams)
    change(box, "order_status", order=orders[1]["id"], status="payment-refunded")

    third = run(given, state=second.state, select=streams)
    box.control("DELETE", "/faults")
    change(box, "order_status", order=orders[2]["id"], status="payment-refunded")
    fourth = run(given, state=third.state, select=streams)

    denied = [f"project_orders ({project}): 403"]
    assert second.summary["denied"] == third.summary["denied"] == denied
    assert {row["id"] for row in orders[3:]} <= {*third.ids("project_orders")}
    found = {row["id"]: row["status"] for row in fourth.records["project_orders"]}
    assert found[orders[0]["id"]] == "cancelled"
