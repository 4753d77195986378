"""An order is cancelled while another one comes: no counter of the project moves."""

from __future__ import annotations

import typing as t

import pytest

from sandbox.world.clock import NANOS
from tests.harness.run import unpack_state
from tests.tap_ulule.support import PARTNER, list_paths, make_config, run

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox
    from sandbox.world.ulule import Ulule
    from tests.harness.run import Record

SHOWS_LATEST = "2019-04-11"
STREAMS = ["partner_projects", "projects", "project_orders"]


def find_project(ulule: Ulule) -> int:
    """The partner's project with the most orders of those that offer a choice of rewards."""
    return max(
        (ident for ident in ulule.partner_projects if len(ulule.rewards[ident]) > 1),
        key=lambda ident: len(ulule.valid_orders(ident)),
    )


def replace_order(ulule: Ulule, project: int, **other: object) -> tuple[int, int]:
    """Cancel the oldest shown order, and let a new one of the same amount come."""
    orders = ulule.valid_orders(project)
    gone = next(row for row in orders if not row["anonymous"])
    newest = max(row["at"] for row in orders)
    new = gone | {"id": 990_001, "at": newest + NANOS, **other}
    ulule.orders[project].append(new)
    gone["status"] = "cancelled"
    return gone["id"], new["id"]


def statuses(rows: list[Record]) -> dict[int, str]:
    return {row["id"]: row["status"] for row in rows}


def test_an_order_in_the_place_of_another_costs_only_its_list(box: RunningSandbox) -> None:
    """Somebody else has given last; what the tap asks for that is no part of any record."""
    ulule = box.world.ulule
    project = find_project(ulule)
    given = make_config(box, partner_slugs=[PARTNER], api_version=SHOWS_LATEST)
    first = run(given, select=STREAMS)
    supporters = {row["user_id"] for row in ulule.orders[project]}
    stranger = next(ident for ident in ulule.users if ident not in supporters)
    gone, new = replace_order(ulule, project, user_id=stranger)
    box.control("POST", "/reset")

    second = run(given, state=first.state, select=STREAMS)

    found = statuses(second.records["project_orders"])
    assert found[gone] == "cancelled"
    assert new in found
    asked = {path for path in list_paths(box) if path.startswith("/projects/")}
    assert asked == {f"/projects/{project}", f"/projects/{project}/orders"}
    rows = [row for stream in STREAMS[:2] for row in first.records[stream]]
    assert [row for row in rows if "latest_supporter" in str(row)] == []


def test_an_order_for_another_reward_of_the_same_price(box: RunningSandbox) -> None:
    """A project that is asked for in every run tells how many of each reward are taken."""
    ulule = box.world.ulule
    project = find_project(ulule)
    given = make_config(box, project_ids=[project])
    first = run(given, select=["projects", "project_orders"])
    before = next(row for row in ulule.valid_orders(project) if not row["anonymous"])
    other = next(row for row in ulule.rewards[project] if row["id"] != before["reward_id"])
    gone, new = replace_order(ulule, project, reward_id=other["id"])

    second = run(given, state=first.state, select=["projects", "project_orders"])

    assert statuses(second.records["project_orders"]).keys() >= {gone, new}


@pytest.mark.parametrize("version", ["2017-10-10", SHOWS_LATEST])
def test_an_unchanged_account_costs_what_it_did(box: RunningSandbox, version: str) -> None:
    given = make_config(box, partner_slugs=[PARTNER], api_version=version)
    first = run(given, select=STREAMS)
    box.control("POST", "/reset")

    second = run(given, state=first.state, select=STREAMS)

    assert [path for path in list_paths(box) if path.startswith("/projects/")] == []
    assert second.records.get("project_orders", []) == []


def test_a_state_of_an_older_version_reads_nothing_again(box: RunningSandbox) -> None:
    """It holds fewer counters of the orders, and objects in full."""
    streams = ["projects", "project_orders", "project_supporters", "project_videos"]
    streams += ["project_images", "project_events"]
    ulule = box.world.ulule
    project = next(
        ident
        for ident in sorted(ulule.partner_projects)
        if ulule.projects[ident]["video"] and ulule.valid_orders(ident)
    )
    given = make_config(box, project_ids=[project])
    first = run(given, select=streams)
    told = first.records["projects"][0]
    state = unpack_state(first.state)
    markers = {
        "project_orders": (
            "amount_raised", "committed", "nb_products_sold", "supporters_count", "orders_count",
            "finished", "is_cancelled", "",
        ),
        "project_supporters": ("supporters_count", ""),
        "project_videos": ("video",),
        "project_images": ("main_image", "background"),
        "project_events": (
            "news_count", "percent", "amount_raised", "nb_products_sold", "finished",
            "sponsorships_count",
        ),
    }  # fmt: skip
    for stream, names in markers.items():
        values = (told.get(name) for name in names)
        old = "|".join("" if value is None else str(value) for value in values)
        state["bookmarks"][stream]["signals"][str(project)][0] = old
    box.control("POST", "/reset")

    second = run(given, state=state, select=streams)

    assert list_paths(box) == [f"/projects/{project}"]
    kept = unpack_state(second.state)["bookmarks"]
    new = unpack_state(first.state)["bookmarks"]
    assert {name: kept[name]["signals"] for name in markers} == {
        name: new[name]["signals"] for name in markers
    }
