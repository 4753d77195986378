"""Deal categories and deals."""

from __future__ import annotations

import typing as t
from datetime import timedelta

from sandbox.world.clock import day, whole
from sandbox.world.moco.account import (
    Kind,
    Slot,
    note,
    some_properties,
    some_tags,
    some_text,
    some_user,
)
from sandbox.world.moco.references import loose
from sandbox.world.people import ascii_slug
from sandbox.world.words import DEAL_STAGES

if t.TYPE_CHECKING:
    from random import Random

    from sandbox.wire import Record
    from sandbox.world.moco.account import Moco

STATUSES = ("potential", "pending", "pending", "won", "lost", "dropped")
OPEN = ("potential", "pending")


def make_deal_category(_moco: Moco, _rng: Random, slot: Slot) -> Record:
    """A stage of the sales process."""
    name, probability = DEAL_STAGES[slot.index % len(DEAL_STAGES)]
    return {"id": slot.ident, "name": name, "probability": probability, **slot.times()}


def change_category(_moco: Moco, rng: Random, record: Record) -> None:
    """Rate a stage anew."""
    record["probability"] = min(99, max(1, record["probability"] + rng.choice((-1, 1))))


def make_deal(moco: Moco, rng: Random, slot: Slot) -> Record:
    """A lead in MOCO's own sense; the first ones belong to the contacts meant for MiiMOSA."""
    contacts = list(moco.tables["contacts"].values())
    leads = [row for row in contacts if "MiiMOSA" in row["tags"]]
    of_lead = slot.index < len(leads) // 2 or (bool(moco.scenario.advances) and rng.random() < 0.4)
    if of_lead:
        contact = leads[slot.index % len(leads)]
        name = f"MiiMOSA — {contact['custom_properties']['Project name']}"
    else:
        contact = rng.choice(contacts)
        name = f"{rng.choice(('Relaunch', 'Campagne', 'Messe', 'Accompagnement'))} {slot.index}"
    status = rng.choice(STATUSES)
    if of_lead and slot.index % 4:
        status = "won"  # most of the campaigns become projects of the agency
    company = contact["company"]
    unset = "" if slot.index % 3 == 0 else None
    category = rng.choice(list(moco.tables["deal_categories"].values()))
    closed = None if status in OPEN else day(slot.updated)
    person = f"{contact['firstname']} {contact['lastname']}".strip()
    period = slot.index % 4 == 0
    return {
        "id": slot.ident,
        "name": name,
        "status": status,
        "reminder_date": day(slot.created + timedelta(days=30)) if status in OPEN else None,
        "closed_on": closed if closed is not None else unset,
        "money": float(rng.randrange(4, 400) * 250),
        "currency": "EUR",
        "info": some_text(rng),
        "tags": ["MiiMOSA"] if of_lead else some_tags(rng),
        "custom_properties": dict(contact["custom_properties"])
        if of_lead
        else some_properties(rng),
        "user": some_user(moco, rng),
        "person": {"id": contact["id"], "name": person} if of_lead or slot.index % 5 else None,
        "customer": {"id": company["id"], "name": company["name"]} if company else None,
        "company": dict(company) if company else None,
        "category": {key: category[key] for key in ("id", "name", "probability")},
        "service_period_from": day(slot.created) if period else None,
        "service_period_to": day(slot.created + timedelta(days=150)) if period else None,
        "inbox_email_address": f"lead-{ascii_slug(name)[:20]}-{slot.ident}@inbox.example.net",
        **slot.times(),
    }


def change_deal(moco: Moco, rng: Random, record: Record) -> None:
    """Close an open deal now and then, else change its amount or text."""
    draw = rng.random()
    if record["status"] in OPEN and draw < 0.4:
        record["status"] = rng.choice(("won", "lost", "dropped"))
        record["closed_on"] = whole(moco.scenario.now)[:10]
        record["reminder_date"] = None
    elif draw < 0.7:
        record["money"] = float(rng.randrange(4, 400) * 250)
    else:
        note(moco, rng, record)


KINDS = (
    Kind("deal_categories", 5, 91001, make_deal_category, fixed=True, days=(900, 800), edit=1,
         change=change_category),
    Kind("deals", 120, 388101, make_deal, days=(600, 10), grow=4, edit=8, drop=1,
         change=change_deal, loose=lambda moco: loose(moco, "deals")),
)  # fmt: skip
