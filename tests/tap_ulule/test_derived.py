"""Streams that are taken from others: where these do not carry the rows, they are asked for."""

from __future__ import annotations

import typing as t

import pytest

from tests.harness.sandbox import answer_with
from tests.tap_ulule.support import list_paths, make_config, run

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record

REWARDS = ["projects", "project_rewards", "reward_variants"]
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
