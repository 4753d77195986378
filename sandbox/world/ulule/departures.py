"""What leaves a list as time goes by: orders by their status, news and rewards for good."""

from __future__ import annotations

import typing as t
from datetime import timedelta

from sandbox.world.ulule.activity import count
from sandbox.world.ulule.community import is_old

if t.TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from sandbox.world.ulule import Ulule


REMOVED_EVERY = 4
"""One step in so many removes a campaign."""
PAYOUT_AFTER = timedelta(days=14)
"""From the end of a campaign to its payout; no document says how long that takes."""


def leave(ulule: Ulule, rng: Random, since: datetime) -> None:
    """Change orders, and delete some of what was there before a step."""
    change_orders(ulule, rng, since)
    number = len(ulule.scenario.advances)
    withdraw(ulule, ulule.scenario.rng(f"ulule.withdraw.{number}"), since)


def change_orders(ulule: Ulule, rng: Random, since: datetime) -> None:
    """Cancel some orders, pay out campaigns, refund one order that was paid out.

    Args:
        ulule: The platform.
        rng: Decides which.
        since: Younger orders stay as they are.
    """
    for _ in range(ulule.scenario.size(3)):
        cancel(ulule, rng, since, own=False)
    cancel(ulule, ulule.scenario.rng(f"ulule.own.{len(ulule.scenario.advances)}"), since, own=True)
    pay_out(ulule)
    refund(ulule, ulule.scenario.rng(f"ulule.refund.{len(ulule.scenario.advances)}"), since)


def cancel(ulule: Ulule, rng: Random, since: datetime, *, own: bool) -> None:
    """Cancel an order that was paid, one of the signed-in user's own or another one."""
    old = [row for rows in ulule.orders.values() for row in rows
           if row["status"] == "payment-completed" and is_old(row, since)
           and ulule.is_own_order(row) == own]  # fmt: skip
    if old:
        rng.choice(old)["status"] = rng.choice(("cancelled", "payment-invalid"))


def pay_out(ulule: Ulule) -> None:
    """Settle the campaigns whose day of payout has come; payouts are made at midnight (UTC)."""
    for project in ulule.projects.values():
        due = (project["_end"] + PAYOUT_AFTER).replace(hour=0, minute=0, second=0, microsecond=0)
        if project["is_online"] and due <= ulule.scenario.now:
            settle(ulule, project["id"])


def settle(ulule: Ulule, ident: int) -> None:
    """Pay out what an ended campaign has raised, or give it back if it has failed."""
    succeeded = count(ulule, ulule.projects[ident])["goal_raised"]
    for row in ulule.orders[ident]:
        if row["status"] == "payment-completed":
            row["status"] = "payment-done" if succeeded else "payment-reimbursed"


def refund(ulule: Ulule, rng: Random, since: datetime) -> None:
    """Refund an order of a campaign that was paid out, as happens now and then."""
    paid = [row for rows in ulule.orders.values() for row in rows
            if row["status"] == "payment-done" and is_old(row, since)
            and not ulule.is_own_order(row)]  # fmt: skip
    if paid:
        rng.choice(paid)["status"] = "payment-refunded"


def withdraw(ulule: Ulule, rng: Random, since: datetime) -> None:
    """Delete a piece of news, a reward that nobody has ordered, and now and then a campaign."""
    news = [row for rows in ulule.news.values() for row in rows if is_old(row, since)]
    if news:
        remove_news(ulule, rng.choice(news)["id"])
    ordered = {row["reward_id"] for rows in ulule.orders.values() for row in rows}
    rewards = [row for rows in ulule.rewards.values() for row in rows if row["id"] not in ordered]
    if rewards:
        remove_reward(ulule, rng.choice(rewards)["id"])
    old = [ident for ident, row in ulule.projects.items()
           if row["_start"] <= since and ident in ulule.partner_projects]  # fmt: skip
    if len(old) > 1 and len(ulule.scenario.advances) % REMOVED_EVERY == 0:
        remove_project(ulule, rng.choice(old))


def remove_project(ulule: Ulule, ident: int) -> None:
    """Remove a campaign with all that belongs to it."""
    for reward in list(ulule.rewards[ident]):
        remove_reward(ulule, reward["id"])
    for news in ulule.news.pop(ident):
        ulule.news_comments.pop(news["id"], None)
    for table in (ulule.projects, ulule.rewards, ulule.orders, ulule.comments):
        table.pop(ident)
    for projects in ulule.partners.values():
        projects.discard(ident)
    for rows in ulule.extras.rows.values():
        rows.pop(str(ident), None)


def remove_news(ulule: Ulule, ident: int) -> None:
    """Delete a piece of news, and its comments with it."""
    for rows in ulule.news.values():
        rows[:] = [row for row in rows if row["id"] != ident]
    ulule.news_comments.pop(ident, None)


def remove_reward(ulule: Ulule, ident: int) -> None:
    """Delete a reward, and its variants and shipping costs with it."""
    for rows in ulule.rewards.values():
        rows[:] = [row for row in rows if row["id"] != ident]
    for stream in ("reward_variants", "reward_shippings"):
        ulule.extras.rows[stream].pop(str(ident), None)
