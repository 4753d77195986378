"""No ghosts: orders have the status that they have, and what is gone is marked in the warehouse."""

from __future__ import annotations

import json
import typing as t
from datetime import timedelta
from decimal import Decimal

import pytest

from sandbox.world.ulule.texts import VALID
from tests.harness.run import unpack_state
from tests.harness.warehouse import Warehouse
from tests.tap_ulule.support import PARTNER, change, list_paths, make_config, run

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record, Run

STREAMS = (
    "partner_projects", "projects", "project_comments", "project_news", "project_supporters",
    "project_orders",
)  # fmt: skip
MOVES = 3


def detecting(box: RunningSandbox, **more: object) -> Record:
    return make_config(box, partner_slugs=[PARTNER], deleted_records="detect", **more)


def mine(box: RunningSandbox, stream: str) -> list[Record]:
    """The rows of a stream below the partner's projects, as the sandbox has them."""
    rows: list[Record] = box.control("GET", f"/world/ulule/{stream}")["records"]
    name = "id" if stream == "projects" else "project_id"
    return [row for row in rows if row[name] in box.world.ulule.partner_projects]


def true_orders(box: RunningSandbox, loaded: set[int]) -> dict[int, tuple[str, Decimal]]:
    """Status and total of the orders that are valid, or that were when they were loaded."""
    ulule = box.world.ulule
    orders = [row for ident in ulule.partner_projects for row in ulule.orders[ident]]
    return {
        row["id"]: (row["status"], Decimal(row["cents"] + row["shipping_cents"]) / 100)
        for row in orders
        if row["status"] in VALID or row["id"] in loaded
    }


def tombstones(found: Run, stream: str) -> list[t.Any]:
    return [row["id"] for row in found.records[stream] if row.get("_sdc_deleted_at")]


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


@pytest.mark.slow
def test_tables_equal_the_world_after_each_of_its_moves(
    box: RunningSandbox,
    database: str,
    tmp_path: Path,
    programs: Path,
    today: Callable[[int], None],
) -> None:
    given, warehouse = detecting(box), Warehouse(database, tmp_path, programs)
    state, loaded, everything = None, set[int](), set[int]()
    for move in range(MOVES + 1):
        state = warehouse.load(run(given, state=state, select=STREAMS))

        for stream in ("projects", "project_comments", "project_news"):
            expected = sorted((row["id"],) for row in mine(box, stream))
            assert warehouse.rows(stream, "id") == expected, (move, stream)
        supporters = sorted(
            (row["project_id"], row["id"]) for row in mine(box, "project_supporters")
        )
        assert warehouse.rows("project_supporters", "project_id", "id") == supporters
        orders = warehouse.rows("project_orders", "id", "status", "order_total")
        found = {ident: (status, Decimal(total)) for ident, status, total in orders}
        assert found == true_orders(box, loaded & found.keys()), move
        loaded |= found.keys()
        everything |= {row["id"] for row in mine(box, "projects")}

        box.control("POST", "/advance")
        today(2 * (move + 1))
        if move == 1:
            busiest = max(
                box.world.ulule.partner_projects, key=lambda i: len(box.world.ulule.news[i])
            )
            change(box, "remove_project", project=busiest)

    assert warehouse.deleted("projects", "id") == [(busiest,)]
    assert warehouse.deleted("project_comments", "id")
    assert warehouse.deleted("project_news", "id")
    assert warehouse.deleted("project_supporters", "id")


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


@pytest.mark.parametrize("version", ["2017-10-10", "2020-11-10"], ids=["total", "no total"])
def test_a_deleted_comment_costs_the_pages_of_its_list(box: RunningSandbox, version: str) -> None:
    """Where the list tells no total, the counter of the project does."""
    ulule = box.world.ulule
    given = detecting(box, api_version=version)
    project = max(ulule.partner_projects, key=lambda ident: len(ulule.comments[ident]))
    streams = ["projects", "project_comments"]
    first = run(given, select=streams)
    rows = sorted(ulule.comments[project], key=lambda row: int(row["at"]))
    ulule.comments[project].remove(rows[0])
    (added,) = change(box, "add_comments", project=project, count=1)
    change(box, "add_comments", project=project, count=1)
    box.control("POST", "/reset")

    second = run(given, state=first.state, select=streams)

    assert tombstones(second, "project_comments") == [rows[0]["id"]]
    assert added in second.ids("project_comments")
    pages = -(-len(ulule.comments[project]) // 20)
    asked = list_paths(box).count(f"/projects/{project}/comments")
    # Down to what was known, and then the whole list.
    assert asked == 1 + pages


def test_a_deleted_piece_of_news_takes_its_comments_along(box: RunningSandbox) -> None:
    ulule = box.world.ulule
    streams = ["projects", "project_news", "news_comments"]
    first = run(detecting(box), select=streams)
    commented = first.records["news_comments"][0]
    news, below = commented["news_id"], ulule.news_comments[commented["news_id"]]
    gone = {row["id"] for row in below}
    change(box, "remove_news", news=news)

    second = run(detecting(box), state=first.state, select=streams)

    assert tombstones(second, "project_news") == [news]
    assert set(tombstones(second, "news_comments")) == gone


def test_an_empty_answer_is_not_believed(box: RunningSandbox) -> None:
    ulule = box.world.ulule
    project = max(ulule.partner_projects, key=lambda ident: len(ulule.news[ident]))
    streams = ["projects", "project_news"]
    first = run(detecting(box), select=streams)
    removed = next(row["id"] for row in ulule.news[project] if row["at"])
    change(box, "remove_news", news=removed)
    path = f"/projects/{project}/news"
    body = '{"meta": {"next": null, "total_count": 0}, "news": []}'
    fault = {"api": "ulule", "path": path, "kind": "body", "body": body, "times": 1}
    box.control("POST", "/faults", fault)

    second = run(detecting(box), state=first.state, select=streams)
    third = run(detecting(box), state=second.state, select=streams)

    assert tombstones(second, "project_news") + tombstones(third, "project_news") == [removed]


def test_a_project_that_only_left_the_list_is_not_deleted(box: RunningSandbox) -> None:
    first = run(detecting(box), select=["projects", "project_comments"])
    left = min(box.world.ulule.partner_projects)
    box.world.ulule.partner_projects.discard(left)
    box.control("POST", "/reset")

    second = run(detecting(box), state=first.state, select=["projects", "project_comments"])
    asked = list_paths(box)
    box.control("POST", "/reset")
    run(detecting(box), state=second.state, select=["projects", "project_comments"])

    assert tombstones(second, "projects") == []
    assert asked.count(f"/projects/{left}") == 1
    assert f"/projects/{left}" not in list_paths(box)


def test_without_the_setting_nothing_is_marked_and_no_key_is_kept(box: RunningSandbox) -> None:
    given = make_config(box, partner_slugs=[PARTNER])
    first = run(given, select=["projects", "project_comments", "project_news"])
    box.control("POST", "/advance")

    second = run(given, state=first.state, select=["projects", "project_comments", "project_news"])

    assert "_sdc_deleted_at" not in first.out + second.out
    assert '"known"' not in second.out


def test_tags_of_categories_that_are_gone_are_told_once_the_tags_agree(
    box: RunningSandbox,
) -> None:
    """They are no list of their own, but rows of the tags."""
    given = make_config(box, deleted_records="detect")
    streams = ["tags", "category_tags"]
    first = run(given, select=streams)
    kept = first.ids("category_tags")[:1]
    tags = box.world.ulule.extras.tags
    tags[:] = [row for row in tags if not row.get("category") or row["id"] in kept]

    second = run(given, state=first.state, select=streams)
    third = run(given, state=second.state, select=streams)

    assert second.error is None
    gone = {*first.ids("category_tags")} - {*kept}
    assert {*tombstones(second, "category_tags")} == {*tombstones(second, "tags")} == gone
    assert tombstones(third, "category_tags") == []


def test_tags_that_did_not_come_once_are_not_gone(box: RunningSandbox) -> None:
    given = make_config(box, deleted_records="detect")
    first = run(given, select=["category_tags"])
    (tag, *_) = (row for row in box.world.ulule.extras.tags if row.get("category"))
    body = json.dumps({"tags": [tag]})
    fault = {"api": "ulule", "path": "/tags", "kind": "body", "body": body, "times": 1}
    box.control("POST", "/faults", fault)

    second = run(given, state=first.state, select=["category_tags"])
    third = run(given, state=second.state, select=["category_tags"])

    assert second.error is None
    assert tombstones(second, "category_tags") == tombstones(third, "category_tags") == []
    assert "a second reading says otherwise" in second.log


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
