"""Events of a project: those that come or go between older ones, too."""

from __future__ import annotations

import typing as t

from tests.tap_ulule.support import PARTNER, change, list_paths, make_config, run

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record, Run

STREAMS = ["projects", "project_events"]
FAR = 10**8


def news_after_orders(box: RunningSandbox) -> int:
    """A project whose two first orders are older than its last news, and far from its goal."""
    ulule = box.world.ulule
    for ident in sorted(ulule.partner_projects):
        orders = sorted(row["at"] for row in ulule.valid_orders(ident))
        news = [row["at"] for row in ulule.news[ident] if row["at"]]
        if len(orders) > 1 and news and max(news) > orders[1]:
            ulule.projects[ident]["goal"] = FAR
            return ident
    raise AssertionError("no project has news after its orders")


def first_orders(found: Run, project: int) -> list[Record]:
    rows = found.records.get("project_events", [])
    return [row for row in rows if row["project_id"] == project and row["type"] == "first_order"]


def true_events(box: RunningSandbox, project: int) -> set[tuple[str, str]]:
    rows = box.control("GET", "/world/ulule/project_events")["records"]
    return {(row["type"], row["time"]) for row in rows if row["project_id"] == project}


def test_the_first_order_of_a_project_that_is_far_from_its_goal(box: RunningSandbox) -> None:
    project, given = news_after_orders(box), make_config(box, partner_slugs=[PARTNER])
    orders = {row["id"]: row["status"] for row in box.world.ulule.valid_orders(project)}
    for order in orders:
        change(box, "order_status", order=order, status="selecting-payment")
    first = run(given, select=STREAMS)
    order = min(orders)
    change(box, "order_status", order=order, status=orders[order])

    second = run(given, state=first.state, select=STREAMS)

    assert first_orders(first, project) == []
    assert len(first_orders(second, project)) == 1


def test_a_first_order_that_is_cancelled_gives_way_to_the_next_one(box: RunningSandbox) -> None:
    project = news_after_orders(box)
    given = make_config(box, partner_slugs=[PARTNER], deleted_records="detect")
    first = run(given, select=STREAMS)
    order = min(box.world.ulule.valid_orders(project), key=lambda row: int(row["at"]))
    change(box, "order_status", order=order["id"], status="cancelled")
    box.control("POST", "/reset")

    second = run(given, state=first.state, select=STREAMS)

    (before,) = first_orders(first, project)
    gone = {row["time"]: bool(row.get("_sdc_deleted_at")) for row in first_orders(second, project)}
    (after,) = (time for kind, time in true_events(box, project) if kind == "first_order")
    assert gone == {before["time"]: True, after: False}
    # The list tells no total: that an event is gone is believed when it is so twice.
    assert list_paths(box).count(f"/projects/{project}/events") == 2


def test_events_of_a_project_whose_orders_and_news_stay_are_not_asked_for(
    box: RunningSandbox,
) -> None:
    project, given = news_after_orders(box), make_config(box, partner_slugs=[PARTNER])
    first = run(given, select=STREAMS)
    change(box, "add_comments", project=project, count=1)
    box.control("POST", "/reset")

    run(given, state=first.state, select=STREAMS)

    assert f"/projects/{project}" in list_paths(box)
    assert f"/projects/{project}/events" not in list_paths(box)
