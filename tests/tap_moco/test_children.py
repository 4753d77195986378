"""Children of changed records: one request each, and none missed."""

from __future__ import annotations

import typing as t

from tests.tap_moco.support import (
    advance,
    assert_same_rows,
    config_for,
    list_requests,
    run_tap,
    select,
    world,
)

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox


def test_details_are_asked_for_changed_records_only(box: RunningSandbox) -> None:
    config, catalog = config_for(box), select("offers", "offer_details")
    first = run_tap(config, catalog=catalog)
    advance(box)
    box.control("POST", "/reset")

    second = run_tap(config, catalog=catalog, state=first.state)

    changed = {row["id"] for row in second.records["offers"]}
    assert 0 < len(changed) < len(world(box, "offers"))
    assert {row["id"] for row in second.records["offer_details"]} == changed
    assert len(list_requests(box)) == 1 + len(changed)


def test_details_have_the_items_that_the_list_has_not(box: RunningSandbox) -> None:
    run = run_tap(config_for(box), catalog=select("invoices", "invoice_details"))

    full = [r for r in run.records["invoice_details"] if r["status"] != "disregarded"]
    assert all(row["items"][0]["net_total"] == row["net_total"] for row in full)
    assert not any("items" in row for row in run.records["invoices"])


def test_a_child_that_is_selected_later_gets_the_old_records_too(box: RunningSandbox) -> None:
    config = config_for(box)
    first = run_tap(config, catalog=select("offers"))

    second = run_tap(config, catalog=select("offers", "offer_details"), state=first.state)

    assert_same_rows(second, box, "offer_details")


def test_a_child_that_paused_gets_what_changed_meanwhile(box: RunningSandbox) -> None:
    config = config_for(box)
    both = select("offers", "offer_details")
    first = run_tap(config, catalog=both)
    advance(box)
    second = run_tap(config, catalog=select("offers"), state=first.state)

    third = run_tap(config, catalog=both, state=second.state)

    changed = {row["id"] for row in second.records["offers"]}
    assert changed
    caught_up = {row["id"] for row in third.records["offer_details"]}
    assert changed <= caught_up < {row["id"] for row in world(box, "offers")}


def test_a_parent_that_was_read_for_its_children_comes_whole_when_it_is_selected(
    box: RunningSandbox,
) -> None:
    config = config_for(box)
    first = run_tap(config, catalog=select("offer_details"))

    second = run_tap(config, catalog=select("offers", "offer_details"), state=first.state)

    assert_same_rows(second, box, "offers")


def test_children_alone_still_come_for_changed_parents_only(box: RunningSandbox) -> None:
    config, catalog = config_for(box), select("project_tasks")
    first = run_tap(config, catalog=catalog)
    advance(box)

    second = run_tap(config, catalog=catalog, state=first.state)

    projects = {row["project_id"] for row in second.records["project_tasks"]}
    assert 0 < len(projects) < len(world(box, "projects"))


def test_an_approval_that_vanished_meanwhile_is_not_an_error(box: RunningSandbox) -> None:
    """404 is what MOCO answers when the approval was never activated."""
    fault = {"api": "moco", "path": r"^/offers/\d+/customer_approval$", "kind": "status",
             "status": 404, "times": None}  # fmt: skip
    box.control("POST", "/faults", fault)

    run = run_tap(config_for(box), catalog=select("offers", "offer_customer_approvals"))

    assert run.error is None
    assert run.summary["denied"] == []
    assert run.records["offers"]
    assert not run.records["offer_customer_approvals"]
