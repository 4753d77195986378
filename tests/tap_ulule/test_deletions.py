"""No ghosts: orders have the status that they have, and what is gone is marked in the warehouse."""

from __future__ import annotations

import json
import typing as t
from decimal import Decimal

import pytest

from sandbox.world.ulule.texts import VALID
from tests.harness.warehouse import Warehouse
from tests.tap_ulule.support import PARTNER, change, list_paths, make_config, run, tombstones

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record

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
