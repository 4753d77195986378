"""Which records of the account name which others: what is named stays, and is shown as it is."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sandbox.wire import Record
    from sandbox.world.moco.account import Moco

REFERENCES: dict[str, tuple[tuple[str, str], ...]] = {
    "user_roles": (("users", "role.id"),),
    "units": (("users", "unit.id"),),
    "project_groups": (("projects", "project_group.id"),),
    "letter_papers": (("invoices", "letter_paper_id"),),
    "vat_code_sales": (("invoices", "vat.id"), ("offers", "vat.id"),
                       ("companies", "customer_vat.id")),
    "vat_code_purchases": (("companies", "supplier_vat.id"), ("purchases", "items.vat.id"),
                           ("receipts", "items.vat.id")),
    "revenue_categories": (
        ("project_expenses", "revenue_category.id"), ("recurring_expenses", "revenue_category.id"),
        ("account_expense_templates", "revenue_category.id"),
        ("account_task_templates", "revenue_category.id"),
        ("account_catalog_services", "items.revenue_category.id"),
    ),
    "purchase_categories": (("purchases", "items.category.id"),
                            ("receipts", "items.purchase_category.id")),
    "recurring_expenses": (("project_expenses", "recurring_expense_id"),),
    "project_expenses": (("purchases", "items.expense.id"),),
    "receipts": (("purchases", "items.receipt.id"),),
    "purchases": (("purchase_payments", "purchase.id"), ("approvals", "target.id"),
                  ("project_expenses", "purchase_items.purchase_id"),
                  ("purchase_bookkeeping_exports", "purchase_ids")),
    "invoices": (("activities", "invoice_id"), ("project_expenses", "invoice_id"),
                 ("invoice_payments", "invoice.id"), ("invoice_reminders", "invoice.id"),
                 ("invoices", "reversal_invoice_id"), ("invoices", "reversed_invoice_id"),
                 ("invoice_bookkeeping_exports", "invoice_ids"), ("approvals", "target.id")),
    "offers": (("invoices", "offer_id"), ("offer_confirmations", "offer.id"),
               ("todos", "todoable_id")),
    "deals": (("projects", "deal.id"), ("offers", "deal.id"), ("activities", "deal.id"),
              ("planning_entries", "deal.id")),
    "contacts": (("deals", "person.id"), ("projects", "contact.id")),
}  # fmt: skip
"""By stream: where its ids are, as stream and path; a path goes through lists."""

SHOWN_BY_NAME = ("user_roles", "units", "project_groups")
"""Streams whose records others show with their name."""


def named(moco: Moco, stream: str) -> set[int]:
    """Return the ids of a stream that other records name."""
    return {
        ident
        for holder, path in REFERENCES.get(stream, ())
        for row in moco.tables[holder].values()
        for ident in _values(row, path.split("."))
    }


def loose(moco: Moco, stream: str) -> list[int]:
    """Return the ids of a stream that no other record names."""
    held = named(moco, stream)
    return [ident for ident in moco.tables[stream] if ident not in held]


def rename(moco: Moco, stream: str, record: Record, moment: datetime) -> None:
    """Show a record's present name wherever others show it, which changes them too."""
    if stream not in SHOWN_BY_NAME:
        return
    for holder, path in REFERENCES[stream]:
        for row in moco.tables[holder].values():
            short = row[path.partition(".")[0]]
            if short and short["id"] == record["id"] and short["name"] != record["name"]:
                short["name"] = record["name"]
                moco.touch(holder, row, moment)


def _values(value: t.Any, path: list[str]) -> Iterator[int]:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        for part in value:
            yield from _values(part, path)
    elif not path:
        if value is not None:
            yield value
    elif isinstance(value, dict):
        yield from _values(value.get(path[0]), path[1:])
