"""What an agency corrects: invoices get another date, are cancelled, refunded, deleted."""

from __future__ import annotations

import copy
import typing as t
from datetime import date, timedelta

from sandbox.world.clock import between, day
from sandbox.world.moco.references import loose

if t.TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from sandbox.wire import Record
    from sandbox.world.moco.account import Moco
    from sandbox.world.scenario import Advance

FARTHEST = 70
"""By how many days an invoice moves at most: now and then into another year."""
CANCELLED_EVERY = 2
"""One step in so many cancels an invoice."""


def correct(moco: Moco, step: Advance) -> None:
    """Correct invoices and offers within a step."""
    rng = moco.scenario.rng(f"moco.corrections.advance.{step.number}")
    _redate(moco, rng, between(rng, step.since, step.until))
    if step.number % CANCELLED_EVERY == 0:
        _cancel(moco, rng, between(rng, step.since, step.until))
    _delete(moco, rng, "invoices", "draft")
    _delete(moco, rng, "offers", "created")


def _redate(moco: Moco, rng: Random, moment: datetime) -> None:
    """Give an invoice that is not locked another date."""
    rows = [row for row in moco.tables["invoices"].values()
            if not row["locked"] and row["status"] not in {"ignored", "disregarded"}]  # fmt: skip
    if not rows:
        return
    invoice = rng.choice(rows)
    move = timedelta(days=rng.choice((-1, 1)) * rng.randint(1, FARTHEST))
    for name in ("date", "due_date"):
        invoice[name] = day(date.fromisoformat(invoice[name]) + move)
    moco.touch("invoices", invoice, moment)


def _cancel(moco: Moco, rng: Random, moment: datetime) -> None:
    """Cancel an invoice by another one of the opposite amount; what was paid is refunded."""
    rows = [
        row
        for row in moco.tables["invoices"].values()
        if row["status"] in {"sent", "overdue", "paid"} and not (row["reversal"] or row["reversed"])
    ]
    if not rows:
        return
    invoice = rng.choice(rows)
    slot = moco.new_slot("invoices", moment)
    moco.tables["invoices"][slot.ident] = reversal = _reverse(invoice) | {
        "id": slot.ident,
        "date": day(moment),
        "due_date": day(moment),
        "created_on": day(moment),
        "updated_on": day(moment),
        **slot.times(),
    }
    invoice |= {"reversed": True, "reversal_invoice_id": slot.ident, "locked": True}
    moco.touch("invoices", invoice, moment)
    if invoice["status"] == "paid":
        _refund(moco, reversal, moment)


def _reverse(invoice: Record) -> Record:
    reversal = copy.deepcopy(invoice)
    for row in (reversal, *reversal["items"]):
        row.update({name: -row[name] for name in ("net_total", "gross_total", "unit_price")
                    if row.get(name)})  # fmt: skip
    return reversal | {
        "identifier": f"{invoice['identifier']}-S",
        "title": f"Storno {invoice['title']}",
        "status": "created",
        "locked": True,
        "reversal": True,
        "reversed_invoice_id": invoice["id"],
    }


def _refund(moco: Moco, reversal: Record, moment: datetime) -> None:
    slot = moco.new_slot("invoice_payments", moment)
    moco.tables["invoice_payments"][slot.ident] = {
        "id": slot.ident,
        "date": day(moment),
        "invoice": {key: reversal[key] for key in ("id", "identifier", "title")},
        "paid_total": reversal["gross_total"],
        "paid_total_in_account_currency": reversal["gross_total"],
        "currency": "EUR",
        "description": "Erstattung",
        **slot.times(),
    }
    reversal["status"] = "paid"


def _delete(moco: Moco, rng: Random, stream: str, status: str) -> None:
    """Delete a record that nothing names and that nobody outside has seen."""
    rows = moco.tables[stream]
    free = [ident for ident in loose(moco, stream) if rows[ident]["status"] == status]
    if free:
        del rows[rng.choice(free)]
