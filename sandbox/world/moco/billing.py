"""Offers, invoices and the payments of invoices."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta

from sandbox.world.clock import day, milli, parse_moment
from sandbox.world.moco.account import (
    Kind,
    Slot,
    some_properties,
    some_tags,
    some_user,
)
from sandbox.world.moco.people import VAT
from sandbox.world.moco.work import free_billed

if t.TYPE_CHECKING:
    from random import Random

    from sandbox.wire import Record
    from sandbox.world.moco.account import Moco

OFFER_STATUSES = ("created", "sent", "accepted", "partially_billed", "billed", "archived")
INVOICE_STATUSES = ("draft", "created", "sent", "sent", "paid", "paid", "paid", "paid",
                    "overdue", "ignored", "disregarded")  # fmt: skip
NEW_STATUSES = ("draft", "draft", "created", "sent")
OPEN = ("sent", "overdue", "partially_paid")
DISREGARDED_KEYS = (
    "id", "customer_id", "identifier", "date", "due_date", "status", "title", "currency",
    "net_total", "gross_total", "created_at", "updated_at", "created_on", "updated_on",
)  # fmt: skip


def with_millis(moment: datetime) -> str:
    """Print a moment with milliseconds that follow from it, never later than it is."""
    return milli(moment - timedelta(milliseconds=int(moment.timestamp()) * 7919 % 1000))


def make_item(rng: Random, ident: int, net: float) -> Record:
    """The one position of an offer or invoice."""
    return {
        "id": ident,
        "type": "item",
        "title": rng.choice(("Konzeption", "Accompagnement", "Campagne")),
        "revenue_category": None,
        "description": None,
        "quantity": 1.0,
        "unit": "Std",
        "unit_price": net,
        "net_total": net,
        "optional": False,
        "service_type": "service",
        "subtotal_type": None,
    }


def make_offer(moco: Moco, rng: Random, slot: Slot) -> Record:
    """An offer; its moments carry milliseconds, as every recording of an offer does."""
    companies = [row for row in moco.tables["companies"].values() if row["type"] == "customer"]
    company = rng.choice(companies)
    deals = [row for row in moco.tables["deals"].values() if row["company"]]
    deal = rng.choice(deals) if deals and rng.random() < 0.5 else None
    projects = list(moco.tables["projects"].values())
    project = rng.choice(projects) if rng.random() < 0.5 else None
    net = float(rng.randrange(2, 60) * 250)
    user = some_user(moco, rng)
    confirmed = slot.index % 4 == 0
    return {
        "id": slot.ident,
        "invoice_id": None,
        "identifier": f"A{slot.created.year % 100}{slot.index + 1:05d}",
        "date": day(slot.created),
        "due_date": day(slot.created + timedelta(days=30)),
        "title": f"Angebot {company['name']}",
        "recipient_address": company["address"] if slot.index % 7 else None,
        "currency": "EUR",
        "net_total": net,
        "tax": 19.0,
        "vat": dict(VAT) if slot.index % 3 else None,
        "gross_total": round(net * 1.19, 2),
        "discount": 0.0,
        "status": rng.choice(OFFER_STATUSES),
        "tags": some_tags(rng),
        "custom_properties": some_properties(rng),
        "company": {"id": company["id"], "name": company["name"]} if slot.index % 9 else None,
        "project": {key: project[key] for key in ("id", "identifier", "name")} if project else None,
        "deal": {"id": deal["id"], "name": deal["name"]} if deal else None,
        "user": user if slot.index % 8 else None,
        "offer_confirmation": {
            "id": 3601 + slot.index,
            "title": "Auftragsbestätigung",
            "date": day(slot.updated),
            "created_at": slot.times()["updated_at"],
            "updated_at": slot.times()["updated_at"],
        }
        if confirmed
        else None,
        "customer_approval": approval(slot) if slot.index % 5 == 0 else None,
        "created_on": day(slot.created),
        "updated_on": day(slot.updated),
        "file_url": "",
        "salutation": "Bonjour,<br>notre proposition :",
        "footer": "Wir freuen uns auf Rückmeldung.",
        "items": [make_item(rng, slot.ident * 10, net) | {"unit_cost": None}],
        "internal_contact": user,
        **slot.times(),
    }


def approval(slot: Slot) -> Record:
    """The short form of a customer's approval, signed or not."""
    signed = slot.index % 2 == 0
    return {
        "id": 811 + slot.index,
        "active": signed,
        "url": f"https://customer.example.net/offers/{slot.ident}/customer_approvals/9d2c",
        "customer_full_name": "Ruth Sander" if signed else None,
        "customer_email": "ruth.sander@example.org" if signed else None,
        "signed_at": slot.times()["updated_at"] if signed else None,
    }


def bill_activities(moco: Moco, invoice: int, project: int, slot: Slot) -> None:
    """Let an invoice bill some hours of its project."""
    rows = [
        row
        for row in moco.tables["activities"].values()
        if row["project"]["id"] == project and row["invoice_id"] is None
    ]
    for row in rows[:3]:
        row["invoice_id"] = invoice
        row["billed"] = True
        moco.touch("activities", row, slot.created)


def change_offer(_moco: Moco, rng: Random, record: Record) -> None:
    """Move the offer to another status."""
    record["status"] = rng.choice([s for s in OFFER_STATUSES if s != record["status"]])


def make_invoice(moco: Moco, rng: Random, slot: Slot) -> Record:
    """An invoice to a project's customer; drafts have no number yet."""
    project = rng.choice(list(moco.tables["projects"].values()))
    net = float(rng.randrange(2, 60) * 125)
    # A new invoice is neither paid nor late: a payment settles it, and a later step changes it.
    status = rng.choice(NEW_STATUSES if moco.scenario.advances else INVOICE_STATUSES)
    of_project = slot.index % 5 > 0
    user = some_user(moco, rng)
    address = moco.tables["companies"][project["customer"]["id"]]["address"]
    period = slot.index % 3
    if status != "disregarded" and of_project:
        bill_activities(moco, slot.ident, project["id"], slot)
    return {
        "id": slot.ident,
        "customer_id": project["customer"]["id"],
        "project_id": project["id"] if of_project else None,
        "offer_id": None,
        "identifier": None if status == "draft" else f"R{slot.created:%y}{slot.index + 1:05d}",
        "date": day(slot.created),
        "due_date": day(slot.created + timedelta(days=21)),
        "service_period": (f"{slot.created:%m/%Y}", "", None)[period],
        "service_period_from": day(slot.created - timedelta(days=30)) if period == 0 else None,
        "service_period_to": day(slot.created) if period == 0 else None,
        "status": status,
        "reversed": False,
        "reversal_invoice_id": None,
        "reversal": False,
        "reversed_invoice_id": None,
        "title": f"Rechnung {project['name']}",
        "recipient_address": (address or "").replace("\n", "\r\n"),
        "currency": "EUR",
        "net_total": net,
        "tax": 19.0,
        "vat": dict(VAT) if slot.index % 4 else None,
        "gross_total": round(net * 1.19, 2),
        "discount": 0.0,
        "cash_discount": 2.0 if slot.index % 6 == 0 else 0.0,
        "cash_discount_days": 10.0 if slot.index % 6 == 0 else 0.0,
        "creditor_reference": "" if slot.index % 2 else None,
        "debit_number": 10000 + slot.index % 40 if slot.index % 3 else None,
        "credit_number": None,
        "locked": status == "paid",
        "custom_properties": some_properties(rng),
        "tags": some_tags(rng),
        "letter_paper_id": 61 if slot.index % 2 else None,
        "without_letter_paper": False,
        "user": user,
        "file_url": None if status == "draft" else "",
        "debt_collection_procedure": None,
        "created_on": day(slot.created),
        "updated_on": day(slot.updated),
        "activity_hours_modified": False,
        "salutation": "<div>Bonjour, voici notre facture :</div>",
        "footer": "<div>Zahlbar in 21 Tagen</div>",
        "items": [make_item(rng, slot.ident * 10, net) | {"expense_ids": None}],
        "reminders": [],
        "internal_contact": user,
        **slot.times(),
    }


def change_invoice(moco: Moco, rng: Random, record: Record) -> None:
    """Move an invoice that is not yet settled one step on."""
    following = {
        "draft": "created",
        "created": "sent",
        "sent": rng.choice(("overdue", "disregarded")),
        "overdue": "ignored",
        "ignored": "overdue",
    }
    if record["status"] in following and not record["reversed"] and not record["reversal"]:
        record["status"] = following[record["status"]]
        if record["status"] == "disregarded":
            free_billed(moco, record["id"])
        record["identifier"] = record["identifier"] or f"R26{record['id']}"
        record["file_url"] = ""
    else:
        record["title"] = f"{record['title'].partition(' [')[0]} [{rng.randrange(1000)}]"


def make_payment(moco: Moco, rng: Random, slot: Slot) -> Record:
    """A payment that settles an invoice, or one without an invoice."""
    paid = {row["invoice"]["id"] for row in moco.tables["invoice_payments"].values()
            if row["invoice"]}  # fmt: skip
    invoices = list(moco.tables["invoices"].values())
    due = [row for row in invoices if row["status"] == "paid" and row["id"] not in paid]
    due = due or [row for row in invoices if row["status"] in OPEN and not row["reversed"]]
    invoice = None if slot.index % 12 == 11 or not due else due[0]
    amount = float(rng.randrange(10, 400)) if invoice is None else invoice["gross_total"]
    if invoice is not None:
        invoice["status"] = "paid"
        invoice["locked"] = True
        moco.touch("invoices", invoice, slot.created)
    total: float | str = f"{amount:.2f}" if slot.index % 3 == 0 else amount
    return {
        "id": slot.ident,
        "date": day(slot.created),
        "invoice": {key: invoice[key] for key in ("id", "identifier", "title")}
        if invoice
        else None,
        "paid_total": total,
        "paid_total_in_account_currency": total,
        "currency": "EUR",
        "description": "" if invoice else "Provision März",
        **slot.times(),
    }


def change_payment(moco: Moco, rng: Random, record: Record) -> None:
    """Annotate a payment, which its invoice shows too."""
    record["description"] = f"virement {rng.randrange(10_000)}"
    touch_paid(moco, record)


def touch_paid(moco: Moco, record: Record) -> None:
    """Let a payment change the invoice that it settles."""
    invoice = moco.tables["invoices"].get((record["invoice"] or {}).get("id", 0))
    if invoice is not None:
        moco.touch("invoices", invoice, moco.scenario.now)


def loose_payments(moco: Moco) -> list[int]:
    """The payments that settle no invoice."""
    rows = moco.tables["invoice_payments"].items()
    return [ident for ident, row in rows if row["invoice"] is None]


def list_payments(moco: Moco, invoice: int) -> list[Record]:
    """An invoice's payments in the short form that its detail shows."""
    return [
        {
            "id": row["id"],
            "date": row["date"],
            "paid_total": float(row["paid_total"]),
            "currency": row["currency"],
            "created_on": day(parse_moment(row["created_at"])),
            "updated_on": day(parse_moment(row["updated_at"])),
        }
        for row in moco.tables["invoice_payments"].values()
        if row["invoice"] and row["invoice"]["id"] == invoice
    ]


KINDS = (
    Kind("offers", 60, 27301, make_offer, days=(500, 5), stamp=with_millis, grow=2, edit=3,
         change=change_offer),
    Kind("invoices", 150, 2300101, make_invoice, days=(500, 5), grow=4, edit=6,
         change=change_invoice),
    Kind("invoice_payments", 100, 66101, make_payment, days=(400, 1), grow=3, edit=2, drop=1,
         change=change_payment, loose=loose_payments),
)  # fmt: skip
