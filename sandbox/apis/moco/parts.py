"""Paths below a record, such as a project's report: a `Part` each."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from sandbox.apis.moco.project_report import project_report
from sandbox.apis.moco.reports import Query, Rows, performance

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.wire import Record
    from sandbox.world.moco import Moco


@dataclass(frozen=True)
class Part:
    """A path below a record of `parent`; no rows of a `single` one are 404.

    `known_as` is the key under which the records know their parent.
    """

    stream: str
    parent: str
    path: str
    suffix: str
    area: str
    key: tuple[str, ...]
    known_as: str
    rows: Callable[[Moco, Record, Query], Rows]
    single: bool = False
    yearly: bool = False
    paginated: bool = False


def project_tasks(_moco: Moco, project: Record, _query: Query) -> Rows:
    """The tasks of a project in full; they change with it."""
    category = {"id": 3301, "name": "Beratung", "revenue_account": 8410, "cost_category": "BE",
                "assignment_kind": "tasks_and_expenses"}  # fmt: skip
    return [
        {
            **{key: task[key] for key in ("id", "name", "description", "billable", "active",
                                          "budget", "hourly_rate")},
            "revenue_category": category if task["billable"] else None,
            "created_at": project["created_at"],
            "updated_at": project["updated_at"],
        }
        for task in project["tasks"]
    ]  # fmt: skip


def project_contracts(_moco: Moco, project: Record, _query: Query) -> Rows:
    """The active people of a project."""
    return [
        {
            **contract,
            "project": {"id": project["id"], "name": project["name"]},
            "created_at": project["created_at"],
            "updated_at": project["updated_at"],
        }
        for contract in project["contracts"]
        if contract["active"]
    ]


def timesheet(moco: Moco, invoice: Record, _query: Query) -> Rows:
    """The hours that an invoice bills."""
    rows = moco.tables["activities"].values()
    return [dict(row) for row in rows if row["invoice_id"] == invoice["id"]]


def billed_expenses(moco: Moco, invoice: Record, _query: Query) -> Rows:
    """The expenses that an invoice bills."""
    rows = moco.tables["project_expenses"].values()
    return [dict(row) for row in rows if row["invoice_id"] == invoice["id"]]


def attachments(_moco: Moco, record: Record, _query: Query) -> Rows:
    """The names of one file, on every third record."""
    if record["id"] % 3:
        return []
    times = {key: record["created_at"][:19].rstrip("Z") + "Z" for key in
             ("created_at", "updated_at")}  # fmt: skip
    return [{"id": 50000 + record["id"] % 10000, "title": "anlage.pdf", **times}]


def customer_approval(_moco: Moco, offer: Record, _query: Query) -> Rows:
    """The approval in full, if one was ever asked for."""
    found = offer["customer_approval"]
    if found is None:
        return []
    return [
        {
            "id": found["id"],
            "approval_url": found["url"],
            "offer_document_url": f"{found['url']}/document.pdf",
            "active": found["active"],
            "customer_full_name": found["customer_full_name"],
            "customer_email": found["customer_email"],
            "signature_url": "@file:signature.png" if found["signed_at"] else None,
            "signed_at": found["signed_at"],
            "created_at": found["signed_at"],
            "updated_at": found["signed_at"],
        }
    ]


PARTS = (
    Part("project_tasks", "projects", "/projects", "tasks", "projects", ("id",), "project_id",
         project_tasks, paginated=True),
    Part("project_contracts", "projects", "/projects", "contracts", "projects", ("id",),
         "project_id", project_contracts, paginated=True),
    Part("project_reports", "projects", "/projects", "report", "projects", ("project_id",),
         "project_id", project_report, single=True),
    Part("invoice_timesheet_activities", "invoices", "/invoices", "timesheet", "invoicing",
         ("invoice_id", "id"), "invoice_id", timesheet),
    Part("invoice_expenses", "invoices", "/invoices", "expenses", "invoicing",
         ("invoice_id", "id"), "invoice_id", billed_expenses),
    Part("invoice_attachments", "invoices", "/invoices", "attachments", "invoicing",
         ("invoice_id", "id"), "invoice_id", attachments),
    Part("offer_attachments", "offers", "/offers", "attachments", "offers",
         ("offer_id", "id"), "offer_id", attachments),
    Part("offer_customer_approvals", "offers", "/offers", "customer_approval", "offers", ("id",),
         "offer_id", customer_approval, single=True),
    Part("user_performance_reports", "users", "/users", "performance_report", "people",
         ("user_id", "annually.year"), "user_id", performance, single=True, yearly=True),
)  # fmt: skip
"""Every part; a record's tags (`/taggings/Company/1`) are served beside them."""

TAGGABLE = {
    "Company": "companies",
    "Contact": "contacts",
    "Project": "projects",
    "Deal": "deals",
    "Purchase": "purchases",
    "Invoice": "invoices",
    "Offer": "offers",
    "User": "users",
}
