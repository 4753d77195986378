"""Marts of the campaigns against the world: what they raised, when, from whom, for what."""

from __future__ import annotations

import datetime as dt
import typing as t
from decimal import Decimal

import pytest

from sandbox.world.clock import parse_moment
from tests.transform.sums import group, near, total

if t.TYPE_CHECKING:
    from tests.transform.conftest import Built

Row = dict[str, t.Any]
# The first of them makes the world and the models for all.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
ULULE, MICROPLEDGE = "ulule.projects", "micropledge.pledges"


def day(moment: str) -> str:
    return parse_moment(moment).astimezone(dt.timezone.utc).date().isoformat()


def items(built: Built) -> list[Row]:
    """What was ordered on Ulule, each with its order's day and campaign."""
    return [
        {**item, "order": order["id"], "date": day(order["created_at"]),
         "campaign_key": f"ulule:{order['project_id']}"}
        for order in built.world("ulule.project_orders")
        for item in order["items"]
    ]  # fmt: skip


def test_every_campaign_that_is_there_is_one_row_with_its_goal_and_amount(built: Built) -> None:
    ulule = {f"ulule:{row['id']}": row for row in built.world(ULULE)}
    miimosa = {f"miimosa:{row['id']}": row for row in built.world("miimosa.projects")}
    micropledge = {
        f"micropledge:{row['project_slug']}": row for row in built.world("micropledge.projects")
    }

    found = built.mart("campaigns", "campaign_key")

    assert found.keys() == ulule.keys() | miimosa.keys() | micropledge.keys()
    for key, row in ulule.items():
        presale = row["type"] == "presale"
        assert near(found[key]["goal_products" if presale else "goal_amount"], row["goal"])
        assert found[key]["goal_amount" if presale else "goal_products"] is None
        assert near(found[key]["raised_amount"], row["amount_raised"])
        assert found[key]["backers"] == row["supporters_count"]
        assert abs(float(found[key]["percent"]) - row["percent"]) <= 1
        assert (
            parse_moment(found[key]["ended_at"]) == parse_moment(row["date_end"])
            if row["date_end"]
            else True
        )
        assert (found[key]["state"] == "funded") == (
            row["finished"] and row["goal_raised"] and not row["is_cancelled"]
        )
    for key, row in miimosa.items():
        assert near(found[key]["raised_amount"], row["collected"])
        assert near(found[key]["goal_amount"], row["target"])
        assert (found[key]["state"] == "live") == (row["status"] == "in_progress")
    for key, row in micropledge.items():
        assert near(found[key]["raised_amount"], row["pledged"])
        assert found[key]["backers"] == row["numPledges"]
        assert found[key]["currency"] is None
    assert any(row["is_presale"] for row in found.values())


def test_the_days_of_a_campaign_have_its_orders_and_pledges(built: Built) -> None:
    orders = group(items(built), lambda row: (row["campaign_key"], row["date"]))
    pledges = group(
        built.world(MICROPLEDGE),
        lambda row: (f"micropledge:{row['project_slug']}", day(row["date"])),
    )

    found = built.mart("campaign_daily", "campaign_key", "date")

    from_orders = {key: row for key, row in found.items() if row["source"] == "orders"}
    from_pledges = {key: row for key, row in found.items() if row["source"] == "pledges"}
    assert from_orders.keys() == orders.keys()
    assert from_pledges.keys() == pledges.keys()
    for key, row in from_orders.items():
        assert near(row["amount"], total(orders[key], "line_subtotal"))
        assert row["contributions"] == len({each["order"] for each in orders[key]})
        assert row["products"] == sum(each["quantity"] for each in orders[key])
    for key, row in from_pledges.items():
        assert near(row["amount"], total(pledges[key], "amount"))
        assert row["contributions"] == len(pledges[key])


def test_the_days_of_every_campaign_sum_up_to_what_it_has_raised(built: Built) -> None:
    days = group(
        built.mart("campaign_daily", "campaign_key", "date").values(),
        lambda row: row["campaign_key"],
    )

    for key, row in built.mart("campaigns", "campaign_key").items():
        difference = total(days[key], "amount") - Decimal(row["raised_amount"])
        # Ulule tells whole euros.
        assert 0 <= difference < 1, key
    sources = {row["source"] for rows in days.values() for row in rows}
    assert sources == {"orders", "pledges", "snapshots"}


def test_history_has_a_version_for_each_change_and_none_that_lasts_of_what_is_gone(
    built: Built,
) -> None:
    campaigns = built.mart("campaigns", "campaign_key")

    versions = group(built.mart("campaign_history", "dbt_scd_id").values(),
                     lambda row: row["campaign_key"])  # fmt: skip

    lasting = {key: [row for row in rows if row["dbt_valid_to"] is None]
               for key, rows in versions.items()}  # fmt: skip
    assert {key for key, rows in lasting.items() if rows} == campaigns.keys()
    for key, row in campaigns.items():
        (version,) = lasting[key]
        assert near(version["raised_amount"], row["raised_amount"])
    assert any(len(rows) > 1 for rows in versions.values())
    assert versions.keys() > campaigns.keys(), "no campaign was removed"


def test_rewards_have_what_was_ordered_of_them(built: Built) -> None:
    ordered = group(items(built), lambda row: (row["campaign_key"], row["reward_id"] or 0))
    rewards = {(f"ulule:{row['project_id']}", row["id"]): row
               for row in built.world("ulule.project_rewards")}  # fmt: skip

    found = built.mart("rewards_sold", "campaign_key", "reward_id")

    assert found.keys() == ordered.keys() | rewards.keys()
    for key, row in found.items():
        assert row["quantity"] == sum(each["quantity"] for each in ordered[key])
        assert near(row["amount"], total(ordered[key], "line_subtotal"))
        assert row["orders"] == len({each["order"] for each in ordered[key]})


def test_supporters_are_counted_on_the_day_of_their_first_support(built: Built) -> None:
    expected: dict[tuple[str, str], int] = {}
    for row in built.world("ulule.project_supporters"):
        key = (f"ulule:{row['project_id']}", day(row["date_creation"]))
        expected[key] = expected.get(key, 0) + 1
    known: set[tuple[str, str]] = set()
    for row in sorted(built.world(MICROPLEDGE), key=lambda row: str(row["date"])):
        who = (row["project_slug"], row["userslug"])
        if who in known and row["userslug"] != "(anonymous)":
            continue
        known.add(who)
        key = (f"micropledge:{row['project_slug']}", day(row["date"]))
        expected[key] = expected.get(key, 0) + 1

    found = built.mart("supporters_by_day", "campaign_key", "date")

    assert {key: row["supporters"] for key, row in found.items()} == expected
