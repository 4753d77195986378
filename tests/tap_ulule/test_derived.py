"""Streams that are taken from others: where these do not carry the rows, they are asked for."""

from __future__ import annotations

import typing as t

import pytest

from tests.harness.sandbox import answer_with
from tests.tap_ulule.support import PARTNER, change, list_paths, make_config, run

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record

REWARDS = ["projects", "project_rewards", "reward_variants"]
ITEMS = ["projects", "project_orders", "project_order_items"]
CATEGORIES = ["tags", "categories", "category_tags"]


def pick_project(box: RunningSandbox) -> int:
    """Return a project of which some rewards have variants."""
    ulule = box.world.ulule
    variants = ulule.extras.rows["reward_variants"]
    return next(
        ident
        for ident in sorted(ulule.partner_projects)
        if {str(row["id"]) in variants for row in ulule.rewards[ident]} == {True, False}
    )


def fetch_project(box: RunningSandbox, ident: int) -> Record:
    """Return a project as the sandbox serves it."""
    found = run(make_config(box, project_ids=[ident]), select=["projects"])
    (row,) = found.records["projects"]
    return row


def list_ids(rows: t.Iterable[Record], *names: str) -> list[tuple[t.Any, ...]]:
    return sorted(tuple(row[name] for name in names) for row in rows)


def test_rewards_that_a_project_does_not_carry_are_asked_for(box: RunningSandbox) -> None:
    ident = pick_project(box)
    given = make_config(box, project_ids=[ident])
    whole = run(given, select=REWARDS)
    row = fetch_project(box, ident)
    del row["rewards"]
    answer_with(box, "ulule", f"^/projects/{ident}$", row)

    found = run(given, select=REWARDS)

    assert whole.ids("project_rewards")
    assert found.records["project_rewards"] == whole.records["project_rewards"]
    assert found.records["reward_variants"] == whole.records["reward_variants"]


def test_variants_that_no_reward_carries_are_asked_for(box: RunningSandbox) -> None:
    ident = pick_project(box)
    given = make_config(box, project_ids=[ident])
    whole = run(given, select=REWARDS)
    row = fetch_project(box, ident)
    for reward in row["rewards"]:
        reward.pop("variants", None)
    answer_with(box, "ulule", f"^/projects/{ident}$", row)
    box.control("POST", "/reset")

    first = run(given, select=REWARDS)
    asked = [path for path in list_paths(box) if path.endswith("/variants")]
    box.control("POST", "/reset")
    second = run(given, select=REWARDS, state=first.state)
    again = [path for path in list_paths(box) if path.endswith("/variants")]

    assert whole.ids("reward_variants")
    assert list_ids(first.records["reward_variants"], "reward_id", "id") == list_ids(
        whole.records["reward_variants"], "reward_id", "id"
    )
    assert len(asked) == len(row["rewards"])
    assert first.summary["denied"] == []
    assert not second.error
    assert again == []


def test_once_rewards_were_seen_to_nest_variants_one_without_them_costs_nothing(
    box: RunningSandbox,
) -> None:
    ident = pick_project(box)
    given = make_config(box, project_ids=[ident])
    first = run(given, select=REWARDS)
    row = fetch_project(box, ident)
    row["rewards"] = [reward for reward in row["rewards"] if "variants" not in reward]
    answer_with(box, "ulule", f"^/projects/{ident}$", row)
    box.control("POST", "/reset")

    run(given, select=REWARDS, state=first.state)

    assert [path for path in list_paths(box) if path.endswith("/variants")] == []


@pytest.mark.parametrize("streams", [CATEGORIES, ["category_tags"]])
def test_categories_that_tags_do_not_tell_are_asked_for(
    box: RunningSandbox, streams: list[str]
) -> None:
    given = make_config(box, auth_method="anonymous", search_query="sort:new")
    whole = run(given, select=streams)
    tags = [
        {name: value for name, value in row.items() if name != "category"}
        for row in box.world.ulule.extras.tags
    ]
    answer_with(box, "ulule", "/tags", {"tags": tags})

    found = run(given, select=streams)

    for name in {*streams} - {"tags"}:
        assert whole.ids(name)
        assert list_ids(found.records[name], "id") == list_ids(whole.records[name], "id")
    assert list_ids(found.records["category_tags"], "category_id", "id") == list_ids(
        whole.records["category_tags"], "category_id", "id"
    )


def list_items(rows: t.Iterable[Record]) -> list[tuple[t.Any, ...]]:
    return list_ids(rows, "project_id", "order_id", "position", "reward_id", "line_total")


def test_items_of_orders_alone_cost_what_the_orders_cost(box: RunningSandbox) -> None:
    given = make_config(box, partner_slugs=[PARTNER])
    whole = run(given, select=["project_orders"])
    asked = list_paths(box)
    box.control("POST", "/reset")

    found = run(given, select=["project_order_items"])

    assert sorted(list_paths(box)) == sorted(asked)
    assert found.records.keys() == {"project_order_items"}
    assert found.records["project_order_items"]
    assert list_items(found.records["project_order_items"]) == list_items(
        {"order_id": order["id"], "project_id": order["project_id"], "position": place, **item}
        for order in whole.records["project_orders"]
        for place, item in enumerate(order["items"], 1)
    )


def test_an_item_that_left_its_order_is_gone(box: RunningSandbox) -> None:
    ulule = box.world.ulule
    project = max(ulule.partner_projects, key=lambda ident: len(ulule.valid_orders(ident)))
    given = make_config(box, project_ids=[project], deleted_records="detect")
    path = f"^/projects/{project}/orders$"
    orders = run(given, select=ITEMS).records["project_orders"]
    orders[0]["items"] *= 2
    answer_with(box, "ulule", path, {"meta": {"next": None}, "orders": orders})
    first = run(given, select=ITEMS)
    orders[0]["items"].pop()
    box.control("DELETE", "/faults")
    answer_with(box, "ulule", path, {"meta": {"next": None}, "orders": orders})
    change(box, "add_comments", project=project, count=1)

    second = run({**given, "lookback_days": 36500}, state=first.state, select=ITEMS)

    assert (orders[0]["id"], 2) in list_ids(
        first.records["project_order_items"], "order_id", "position"
    )
    gone = [row for row in second.records["project_order_items"] if row.get("_sdc_deleted_at")]
    assert list_ids(gone, "project_id", "order_id", "position") == [(project, orders[0]["id"], 2)]


def test_an_order_that_is_gone_takes_its_items_along(box: RunningSandbox) -> None:
    ulule = box.world.ulule
    project = max(ulule.partner_projects, key=lambda ident: len(ulule.valid_orders(ident)))
    given = make_config(box, partner_slugs=[PARTNER], deleted_records="detect")
    first = run(given, select=ITEMS)
    below = {row["id"] for row in first.records["project_orders"] if row["project_id"] == project}
    change(box, "remove_project", project=project)

    second = run(given, state=first.state, select=ITEMS)

    gone = [row for row in second.records["project_order_items"] if row.get("_sdc_deleted_at")]
    assert below
    assert {row["order_id"] for row in gone} == below


def test_a_listed_project_says_in_what_role_its_user_is(box: RunningSandbox) -> None:
    ulule = box.world.ulule
    mine = run(make_config(box), select=["user_projects"]).records["user_projects"]
    served = [
        {name: value for name, value in row.items() if name not in {"role", "user_id"}}
        for row in [*mine, {**mine[0], "id": 1, "owner": None, "user_role": "supporter"}]
    ]
    answer_with(box, "ulule", r"^/users/\d+/projects$", {"projects": served})
    other = next(ident for ident in ulule.users if ident != mine[0]["user_id"])

    found = run(make_config(box, user_ids=["me", other]), select=["user_projects"])

    roles = {(row["user_id"], row["id"]): row["role"] for row in found.records["user_projects"]}
    assert {roles[mine[0]["user_id"], row["id"]] for row in mine} == {"owner"}
    assert roles[mine[0]["user_id"], 1] == "supporter"
    # Whose role that is, is not said.
    assert {roles.get((other, row["id"])) for row in served} == {None}
