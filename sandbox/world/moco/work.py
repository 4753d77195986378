"""Projects, with their tasks and contracts, and activities."""

from __future__ import annotations

import typing as t
from datetime import date, timedelta

from sandbox.world.clock import day, whole
from sandbox.world.moco.account import (
    Kind,
    Slot,
    note,
    short_user,
    some_properties,
    some_tags,
    some_text,
    some_user,
)
from sandbox.world.words import COMMENTS, TASKS

if t.TYPE_CHECKING:
    from random import Random

    from sandbox.wire import Record
    from sandbox.world.moco.account import Moco

FIRST_TASK = 1250011
FIRST_CONTRACT = 458801
SERVICES = ("", "", "", "jira", "trello", "github")


def make_tasks(rng: Random, project: int) -> list[Record]:
    """The project's tasks in the short form that is embedded."""
    return [
        {
            "id": FIRST_TASK + project * 10 + number,
            "name": name,
            "billable": rng.random() < 0.8,
            "active": True,
            "budget": float(rng.randrange(1, 20) * 500) if rng.random() < 0.6 else None,
            "hourly_rate": 118.0,
            "description": "" if rng.random() < 0.5 else "Arbeitspaket",
        }
        for number, name in enumerate(rng.sample(TASKS, rng.randint(1, 5)))
    ]


def make_contracts(moco: Moco, rng: Random, project: int) -> list[Record]:
    """The project's staff in the short form that is embedded."""
    users = [row for row in moco.tables["users"].values() if row["active"]]
    return [
        {
            "id": FIRST_CONTRACT + project * 10 + number,
            "user_id": user["id"],
            "firstname": user["firstname"],
            "lastname": user["lastname"],
            "billable": True,
            "active": number < 2,
            "budget": float(rng.randrange(1, 20) * 500) if rng.random() < 0.5 else None,
            "hourly_rate": 118.0,
        }
        for number, user in enumerate(rng.sample(users, rng.randint(1, 3)))
    ]


def find_lead(moco: Moco, index: int) -> Record | None:
    """The contact whose campaign a project is: every second one is a lead's."""
    leads = [row for row in moco.tables["contacts"].values() if "MiiMOSA" in row["tags"]]
    return leads[index // 2] if index % 2 == 0 and index // 2 < len(leads) else None


def choose_deal(moco: Moco, rng: Random, lead: Record | None) -> Record | None:
    """The won deal that a project carries out, if any: for a lead it is the lead's."""
    won = [row for row in moco.tables["deals"].values() if row["status"] == "won"]
    if lead is not None:
        return next((row for row in won if (row["person"] or {}).get("id") == lead["id"]), None)
    return rng.choice(won) if won and rng.random() < 0.5 else None


def make_project(moco: Moco, rng: Random, slot: Slot) -> Record:
    """A project of a customer, whose list of projects it moves; every second one is a lead's."""
    companies = moco.tables["companies"]
    customers = [row for row in companies.values() if row["type"] == "customer"]
    lead = find_lead(moco, slot.index)
    customer = rng.choice(customers)
    if lead and (lead["company"] or {}).get("type") == "customer":
        customer = companies[lead["company"]["id"]]
    deal = choose_deal(moco, rng, lead)
    people = list(moco.tables["contacts"].values())
    contact = lead or (rng.choice(people) if rng.random() < 0.6 else None)
    short = {key: contact[key] for key in ("id", "firstname", "lastname")} if contact else None
    archived = slot.index % 6 == 5 and not moco.scenario.advances
    retainer = slot.index % 5 == 1
    moco.touch("companies", customer, slot.created)
    tags = some_tags(rng)
    return {
        "id": slot.ident,
        "identifier": f"P{slot.created.year % 100}{slot.index + 1:03d}",
        "name": f"{rng.choice(('Campagne', 'Betreuung', 'Site web', 'Öffentlichkeit'))} "
        f"{customer['name']} {slot.index + 1}",
        "active": not archived,
        "billable": rng.random() < 0.85,
        "fixed_price": slot.index % 7 == 0,
        "retainer": retainer,
        "start_date": day(slot.created),
        "finish_date": day(slot.created + timedelta(days=300)) if slot.index % 3 else None,
        "currency": "EUR",
        "billing_variant": ("project", "task", "user", None)[slot.index % 4],
        "billing_address": customer["address"] if slot.index % 2 else None,
        "billing_email_to": customer["email"] if slot.index % 2 else None,
        "billing_email_cc": None,
        "billing_notes": "" if slot.index % 3 == 0 else None,
        "setting_include_time_report": slot.index % 2 == 0,
        "budget": None if retainer else float(rng.randrange(4, 60) * 500),
        "budget_monthly": 640.0 if retainer else None,
        "budget_expenses": None,
        "hourly_rate": 118.0 if slot.index % 3 else 0.0,
        "info": some_text(rng, empty=None),
        "retainer_billing_date": 28 if retainer else None,
        "retainer_billing_title": "Betreuung" if retainer else None,
        "retainer_billing_description": None,
        "color": "#3a7f5b" if slot.index % 4 else None,
        "customer_report_url": None,
        "tags": tags,
        "labels": list(tags),
        "custom_properties": some_properties(rng),
        "leader": some_user(moco, rng),
        "co_leader": some_user(moco, rng) if slot.index % 4 == 0 else None,
        "customer": {"id": customer["id"], "name": customer["name"]},
        "tasks": make_tasks(rng, slot.index),
        "contracts": make_contracts(moco, rng, slot.index),
        "deal": {"id": deal["id"], "name": deal["name"]} if deal else None,
        "project_group": {"id": 4601, "name": "Campagnes"} if slot.index % 5 == 0 else None,
        "billing_contact": short,
        "contact": short,
        "secondary_contact": None,
        "archived_on": whole(slot.updated) if archived else None,
        **slot.times(),
    }


def change_project(moco: Moco, rng: Random, record: Record) -> None:
    """Archive an old project, open or close a task, or change the text."""
    draw = rng.random()
    if draw < 0.2 and record["active"]:
        record["active"] = False
        record["archived_on"] = whole(moco.scenario.now)
        customer = moco.tables["companies"][record["customer"]["id"]]
        moco.touch("companies", customer, moco.scenario.now)
    elif draw < 0.6:
        task = rng.choice(record["tasks"])
        task["active"] = not task["active"]
    else:
        note(moco, rng, record)


def make_activity(moco: Moco, rng: Random, slot: Slot) -> Record:
    """Some hours of somebody on a task."""
    project = rng.choice(list(moco.tables["projects"].values()))
    task = rng.choice(project["tasks"])
    contract = rng.choice(project["contracts"])
    user = moco.tables["users"][contract["user_id"]]
    seconds = rng.randrange(1, 33) * 900
    service = rng.choice(SERVICES)
    running = slot.index % 211 == 210
    record: Record = {
        "id": slot.ident,
        "date": day(slot.created),
        "hours": 0.0 if running else seconds / 3600,
        "description": rng.choice(COMMENTS) if rng.random() < 0.8 else "",
        "billed": rng.random() < 0.4,
        "billable": task["billable"],
        "invoice_id": None,
        "tag": rng.choice(("", "", "atelier", "réunion")),
        "remote_service": service,
        "remote_id": f"MII-{slot.index}" if service else None,
        "remote_url": f"https://{service}.example.net/MII-{slot.index}" if service else None,
        "project": {key: project[key] for key in ("id", "identifier", "name", "billable")},
        "task": {key: task[key] for key in ("id", "name", "billable")},
        "customer": dict(project["customer"]),
        "user": short_user(user),
        "deal": dict(project["deal"]) if project["deal"] else None,
        "hourly_rate": 118.0,
        "seconds": 0 if running else seconds,
        "worked_seconds": 0 if running else seconds,
        "timer_started_at": whole(slot.created) if running else None,
        **slot.times(),
    }
    if slot.index % 90 == 89:
        del record["hourly_rate"]
    return record


def change_activity(moco: Moco, rng: Random, record: Record) -> None:
    """Correct the hours, the text and sometimes the day of an entry."""
    if rng.random() < 0.2:
        record["date"] = day(date.fromisoformat(record["date"]) - timedelta(days=1))
    record["seconds"] = record["worked_seconds"] = rng.randrange(1, 33) * 900
    record["hours"] = record["seconds"] / 3600
    record["timer_started_at"] = None
    record["description"] = f"{rng.choice(COMMENTS)} (korrigiert {rng.randrange(1000)})"
    touch_invoice(moco, record)


def touch_invoice(moco: Moco, record: Record) -> None:
    """Let what an invoice bills change the invoice. Assumed."""
    invoice = moco.tables["invoices"].get(record.get("invoice_id") or 0)
    if invoice is not None:
        moco.touch("invoices", invoice, moco.scenario.now)


def free_billed(moco: Moco, invoice: int) -> None:
    """Let another invoice bill what an invoice billed that counts no longer."""
    for stream in ("activities", "project_expenses"):
        for row in moco.tables[stream].values():
            if row["invoice_id"] == invoice:
                row["invoice_id"] = None
                row["billed"] = False
                moco.touch(stream, row, moco.scenario.now)


def all_activities(moco: Moco) -> list[int]:
    """Every activity: nothing refers to one."""
    return list(moco.tables["activities"])


KINDS = (
    Kind("projects", 60, 940501, make_project, days=(540, 20), grow=1, edit=4,
         change=change_project),
    Kind("activities", 800, 102400101, make_activity, days=(365, 0), grow=20, edit=12, drop=4,
         change=change_activity, loose=all_activities, removed=touch_invoice),
)  # fmt: skip
