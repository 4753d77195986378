"""The lists that the MOCO double serves: one entry per list.

To serve another stream, make its records in `sandbox.world.moco` and add a `Listing` here.
"""

from __future__ import annotations

import hashlib
import typing as t
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.apis.moco.filters import (
    Check,
    at_path,
    day_from,
    day_to,
    flag,
    ids_in,
    one_of,
    tagged,
    term,
)
from sandbox.wire import Record
from sandbox.world.moco.billing import DISREGARDED_KEYS, list_payments

if t.TYPE_CHECKING:
    from sandbox.world.moco import Moco

Render = Callable[["Moco", Record, int], Record]


@dataclass(frozen=True)
class Hidden:
    """Records that a list leaves out unless a parameter asks for them."""

    parameter: str
    when: Callable[[Record], bool]


@dataclass(frozen=True)
class Listing:
    """One list and its detail path, as the documents and the recordings describe it.

    `never` are keys that are kept but never shown, `changes` tells whether `updated_after` counts,
    `paired` whether `from` and `to` are only taken together. `expand` names parameters that put
    more into a record, `embeds` the streams whose rows a record carries under a key.
    """

    stream: str
    path: str
    sort: tuple[str, ...]
    area: str
    filters: Mapping[str, Check] = field(default_factory=dict)
    sortable: bool = False
    paginated: bool = True
    hidden: Hidden | None = None
    detail_only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    changes: bool = True
    paired: bool = False
    render: Render = lambda _moco, record, _read: dict(record)
    expand: Mapping[str, Render] = field(default_factory=dict)
    embeds: Mapping[str, str] = field(default_factory=dict)


def signed(path: str, read: int) -> str:
    """A link to a file, signed anew at every read."""
    seal = hashlib.sha256(f"{path}:{read}".encode()).hexdigest()[:24]
    return f"https://files.example.net/objects/{path}?ex={1_900_000_000 + read}&s={seal}"


def company(moco: Moco, record: Record, _read: int) -> Record:
    """A company; customers carry the short form of their projects."""
    if record["type"] != "customer":
        return dict(record)
    projects = [
        {key: row[key] for key in ("id", "identifier", "name", "active", "billable")}
        for row in moco.tables["projects"].values()
        if row["customer"]["id"] == record["id"]
    ]
    return record | {"projects": projects}


def with_company(moco: Moco, record: Record, read: int) -> Record:
    """A project with its whole customer."""
    found = moco.tables["companies"][record["customer"]["id"]]
    return record | {"customer": company(moco, found, read)}


def offer(_moco: Moco, record: Record, read: int) -> Record:
    """An offer with the link to its file."""
    return record | {"file_url": signed(f"{record['identifier']}.pdf", read)}


def invoice(moco: Moco, record: Record, read: int) -> Record:
    """An invoice; a disregarded one has far fewer keys."""
    if record["status"] == "disregarded":
        return {key: record[key] for key in DISREGARDED_KEYS}
    found = record | {"payments": list_payments(moco, record["id"])}
    if record["file_url"] is not None:
        found["file_url"] = signed(f"{record['identifier']}.pdf", read)
    return found


def purchase(moco: Moco, record: Record, _read: int) -> Record:
    """A purchase with its payments in short form."""
    payments = [
        {key: row[key] for key in ("id", "date", "total", "currency")} | {"user": record["user"]}
        for row in moco.tables["purchase_payments"].values()
        if row["purchase"] and row["purchase"]["id"] == record["id"]
    ]
    return record | {"payments": payments}


def unit(moco: Moco, record: Record, _read: int) -> Record:
    """A team with its people."""
    users = [
        {key: row[key] for key in ("id", "firstname", "lastname", "email")}
        for row in moco.tables["users"].values()
        if row["unit"]["id"] == record["id"]
    ]
    return record | {"users": users}


def signed_links(value: t.Any, read: int) -> t.Any:  # noqa: ANN401 - JSON
    """Sign what a sample names as a file."""
    if isinstance(value, dict):
        return {key: signed_links(part, read) for key, part in value.items()}
    if isinstance(value, list):
        return [signed_links(part, read) for part in value]
    if isinstance(value, str) and value.startswith("@file:"):
        return signed(value.removeprefix("@file:"), read)
    return value


ARCHIVED = Hidden("include_archived", lambda row: not row["active"])
DISREGARDED = Hidden("include_disregarded", lambda row: bool(row["status"] == "disregarded"))

LISTINGS: tuple[Listing, ...] = (
    Listing("users", "/users", ("lastname",), "people", sortable=True, hidden=ARCHIVED,
            filters={"email": one_of("email"), "tags": tagged}),
    Listing("companies", "/companies", ("name",), "companies", hidden=ARCHIVED, render=company,
            filters={"type": one_of("type", known=("customer", "supplier", "organization")),
                     "tags": tagged, "identifier": one_of("identifier"),
                     "term": term("name", "identifier")}),
    Listing("contacts", "/contacts/people", ("lastname",), "contacts", detail_only=("info",),
            filters={"tags": tagged, "term": term("firstname", "lastname", "work_email"),
                     "phone": one_of("mobile_phone")}),
    Listing("deals", "/deals", ("name",), "sales",
            filters={"status": one_of("status"), "tags": tagged,
                     "closed_from": day_from("closed_on"), "closed_to": day_to("closed_on"),
                     "company_id": one_of("company.id")}),
    Listing("deal_categories", "/deal_categories", ("probability",), "sales", paginated=False),
    Listing("projects", "/projects", ("name",), "projects", sortable=True, hidden=ARCHIVED,
            expand={"include_company": with_company},
            embeds={"tasks": "project_tasks", "contracts": "project_contracts"},
            filters={"leader_id": one_of("leader.id"), "company_id": one_of("customer.id"),
                     "created_from": day_from("created_at"), "created_to": day_to("created_at"),
                     "updated_from": day_from("updated_at"), "updated_to": day_to("updated_at"),
                     "tags": tagged, "identifier": one_of("identifier"),
                     "retainer": flag("retainer"), "deal_id": one_of("deal.id"),
                     "project_group_id": one_of("project_group.id"), "term": term("name")}),
    Listing("activities", "/activities", ("id",), "time_tracking", sortable=True,
            filters={"from": day_from("date"), "to": day_to("date"), "user_id": one_of("user.id"),
                     "task_id": one_of("task.id"), "company_id": one_of("customer.id"),
                     "project_id": one_of("project.id"), "deal_id": one_of("deal.id"),
                     "billable": flag("billable"), "billed": flag("billed"),
                     "term": term("description"), "tag": one_of("tag"),
                     "remote_id": one_of("remote_id")}),
    Listing("offers", "/offers", ("date",), "offers", sortable=True, render=offer,
            detail_only=("salutation", "footer", "items", "internal_contact"),
            filters={"status": one_of("status"), "from": day_from("date"), "to": day_to("date"),
                     "identifier": one_of("identifier"), "deal_id": one_of("deal.id"),
                     "project_id": one_of("project.id"), "company_id": one_of("company.id"),
                     "tags": tagged}),
    Listing("invoice_payments", "/invoices/payments", ("id",), "invoicing",
            filters={"invoice_id": one_of("invoice.id"), "date_from": day_from("date"),
                     "date_to": day_to("date")}),
    Listing("invoices", "/invoices", ("date",), "invoicing", sortable=True, hidden=DISREGARDED,
            render=invoice,
            detail_only=("activity_hours_modified", "salutation", "footer", "items", "payments",
                         "reminders", "internal_contact"),
            filters={"status": one_of("status"), "date_from": day_from("date"),
                     "date_to": day_to("date"), "tags": tagged,
                     "service_period_from": day_from("service_period_from"),
                     "service_period_to": day_to("service_period_to"),
                     "identifier": one_of("identifier"), "term": term("title", "identifier"),
                     "company_id": one_of("customer_id"), "project_id": one_of("project_id")}),
)  # fmt: skip
"""Every list that has filters or keys of its own."""

TIMES = ("created_at", "updated_at")


def plain(stream: str, path: str, area: str, *, sort: str = "id", **more: t.Any) -> Listing:  # noqa: ANN401 - as Listing
    """A list that has nothing to itself."""
    return Listing(stream, path, (sort,), area, **more)


PERIOD: Mapping[str, Check] = {"from": day_from("date"), "to": day_to("date"),
                               "user_id": one_of("user.id")}  # fmt: skip
LISTINGS += (
    plain("account_catalog_services", "/account/catalog_services", "settings"),
    plain("account_custom_properties", "/account/custom_properties", "settings",
          filters={"entity": one_of("entity")}),
    plain("account_expense_templates", "/account/expense_templates", "settings"),
    plain("account_fixed_costs", "/account/fixed_costs", "settings", changes=False),
    plain("account_task_templates", "/account/task_templates", "settings"),
    plain("account_web_hooks", "/account/web_hooks", "settings"),
    plain("letter_papers", "/letter_papers", "settings"),
    plain("revenue_categories", "/revenue_categories", "settings", never=TIMES),
    plain("vat_code_sales", "/vat_code_sales", "settings", never=TIMES),
    plain("vat_code_purchases", "/vat_code_purchases", "settings", never=TIMES),
    plain("tags", "/tags", "settings", filters={"context": one_of("context")}),
    plain("user_roles", "/users/roles", "people", paginated=False, changes=False),
    plain("user_employments", "/users/employments", "people"),
    plain("units", "/units", "people", render=unit),
    plain("schedules", "/schedules", "calendar", filters=PERIOD),
    plain("user_presences", "/users/presences", "time_tracking", sort="date", paired=True,
          filters=PERIOD),
    plain("user_absence_requests", "/users/absence_requests", "people"),
    plain("user_holidays", "/users/holidays", "people", filters={"year": one_of("year")}),
    plain("user_work_time_adjustments", "/users/work_time_adjustments", "people"),
    plain("project_groups", "/projects/groups", "projects"),
    plain("project_expenses", "/projects/expenses", "projects", sort="date", paired=True,
          filters=PERIOD),
    plain("project_payment_schedules", "/projects/payment_schedules", "projects",
          paginated=False, filters=PERIOD),
    plain("recurring_expenses", "/recurring_expenses", "projects", sortable=True),
    plain("planning_entries", "/planning_entries", "calendar"),
    plain("todos", "/todos", "projects", changes=False),
    plain("comments", "/comments", "companies"),
    plain("invoice_reminders", "/invoice_reminders", "invoicing"),
    plain("invoice_bookkeeping_exports", "/invoices/bookkeeping_exports", "invoicing"),
    plain("offer_confirmations", "/offer_confirmations", "offers", never=TIMES),
    plain("approvals", "/approvals", "invoicing"),
    plain("purchase_categories", "/purchases/categories", "purchases", paginated=False),
    plain("purchases", "/purchases", "purchases", sort="date", render=purchase,
          filters={"tags": tagged, "status": one_of("status"), "company_id": one_of("company.id")}),
    plain("purchase_payments", "/purchases/payments", "purchases"),
    plain("purchase_drafts", "/purchases/drafts", "purchases"),
    plain("purchase_bookkeeping_exports", "/purchases/bookkeeping_exports", "purchases",
          changes=False),
    plain("planned_purchases", "/planned_purchases", "purchases"),
    plain("receipts", "/receipts", "purchases", never=TIMES, filters=PERIOD),
)  # fmt: skip

BY_PATH = {listing.path: listing for listing in LISTINGS}

NOT_OFFERED = ("planned_purchases", "todos", "approvals", "offer_confirmations",
               "revenue_categories")  # fmt: skip
"""Beta lists that an account may not have; the option `moco_missing` names those that are not."""

DENIED_TO_READONLY = frozenset({"invoicing", "offers", "time_tracking"})
"""What the second key may not read."""

__all__ = ["LISTINGS", "Hidden", "Listing", "at_path", "ids_in"]
