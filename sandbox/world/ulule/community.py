"""What people do on Ulule: orders, comments, news."""

from __future__ import annotations

import typing as t
from datetime import timedelta

from sandbox.world.clock import between, from_nanos, with_fraction
from sandbox.world.ulule.people import make_address
from sandbox.world.ulule.texts import I18n
from sandbox.world.words import COMMENTS, NEWS

if t.TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from sandbox.wire import Record

FIRST_ORDER = 61001
FIRST_NEWS = 71001
FIRST_COMMENT = 81001
FIRST_ADDRESS = 55201
STATUSES = ("payment-completed",) * 8 + ("awaiting-confirmation",) + (
    "cancelled", "payment-invalid", "selecting-payment",
)  # fmt: skip


def make_order(
    rng: Random, ident: int, project: Record, user: Record, rewards: list[Record], at: int
) -> Record:
    """An order of some money, for a reward or not; amounts are in cents."""
    reward = rng.choice(rewards) if rewards and rng.random() < 0.85 else None
    quantity = rng.choice((1, 1, 1, 2)) if reward else 1
    price = round(reward["price"] * 100) if reward else rng.randrange(500, 9000, 500)
    posted = reward is not None and reward["address_required"]
    return {
        "id": ident,
        "payment_method": rng.choice(("creditcard", "creditcard", "paypal", "check")),
        "status": rng.choice(STATUSES),
        "note": rng.choice((None, None, "", "Livrer à l'atelier, merci 🙏")),
        "shipping_address": make_address(rng, FIRST_ADDRESS + ident, user) if posted else None,
        "user_id": user["id"],
        "project_id": project["id"],
        "reward_id": reward["id"] if reward else None,
        "quantity": quantity,
        "cents": price * quantity,
        "shipping_cents": 490 if posted else 0,
        "anonymous": rng.random() < 0.08,
        "at": at,
    }


def make_comment(rng: Random, ident: int, user: Record, at: int) -> Record:
    """A comment on a project or on one of its news."""
    text = f"{rng.choice(COMMENTS)} ({rng.randrange(100)})"
    return {"id": ident, "comment": text, "user_id": user["id"], "at": at}


def make_news(rng: Random, ident: int, project: Record, at: int | None) -> Record:
    """A piece of news; one that still waits has no moment."""
    title = dict(zip(("fr", "de", "en"), rng.choice(NEWS), strict=True))
    slug = f"news-{ident}"
    return {
        "id": ident,
        "at": at,
        "absolute_url": f"https://www.ulule.com/{project['slug']}/news/{slug}/",
        "resource_uri": f"https://api.ulule.com/v1/news/{ident}",
        "reserved": ident % 5 == 0,
        "status": "waiting" if at is None else "online",
        "title": I18n(title),
        "content": I18n({lang: f"<p>{text} — n°{ident}</p>" for lang, text in title.items()}),
        "project_id": project["id"],
    }


def moments(rng: Random, count: int, earliest: datetime, latest: datetime) -> list[int]:
    """Ascending moments in (earliest, latest], with every number of digits after the second."""
    room = max(earliest + timedelta(seconds=2), latest)
    whole = [between(rng, earliest + timedelta(seconds=1), room) for _ in range(count)]
    return sorted(with_fraction(rng, moment, latest) for moment in whole)


def is_old(row: Record, since: datetime) -> bool:
    """Whether a row was there before a step of the world."""
    return row["at"] is not None and from_nanos(row["at"]) <= since
