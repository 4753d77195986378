"""Paths of the account whose rows MOCO takes from other records: profile, reports, rates."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from sandbox.apis.moco import reports
from sandbox.apis.moco.working_time import internal_rate

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.apis.moco.reports import Query, Rows
    from sandbox.wire import Record
    from sandbox.world.moco import Moco


@dataclass(frozen=True)
class View:
    """A path of the account; `single` answers one object."""

    stream: str
    path: str
    area: str
    key: tuple[str, ...]
    rows: Callable[[Moco, Query], Rows]
    single: bool = False
    yearly: bool = False
    paginated: bool = False


def own_user(moco: Moco) -> Record:
    """The user that the key belongs to."""
    return next(iter(moco.tables["users"].values()))


def profile(moco: Moco, _query: Query) -> Rows:
    """The key's own user, in other words than `users` has."""
    user = own_user(moco)
    return [
        {
            "id": user["id"],
            "email": user["email"],
            "full_name": f"{user['firstname']} {user['lastname']}",
            "first_name": user["firstname"],
            "last_name": user["lastname"],
            "active": user["active"],
            "external": user["extern"],
            "avatar_url": user["avatar_url"],
            "unit": dict(user["unit"]),
            "created_at": user["created_at"],
            "updated_at": user["updated_at"],
        }
    ]


def own_performance(moco: Moco, query: Query) -> Rows:
    """The performance of the key's own user."""
    return reports.performance(moco, own_user(moco), query)


def hourly_rates(moco: Moco, _query: Query) -> Rows:
    """Rates of the account, of tasks and of people."""
    rates = [{"currency": "EUR", "hourly_rate": 118.0}, {"currency": "CHF", "hourly_rate": 126.0}]
    users = [
        {"id": row["id"], "full_name": f"{row['firstname']} {row['lastname']}", "rates": rates}
        for row in moco.tables["users"].values()
    ]
    tasks = [{"id": 5211, "name": "Konzeption", "rates": rates}]
    return [{"defaults_rates": rates, "tasks": tasks, "users": users}]


def internal_rates(moco: Moco, query: Query) -> Rows:
    """Internal rates per user, of the years that are asked for."""
    asked = query.get("years") or ",".join(str(year) for year in reports.report_years(moco))
    years = [int(year) for year in asked.split(",")]
    return [
        {
            "id": row["id"],
            "full_name": f"{row['firstname']} {row['lastname']}",
            "rates": [{"year": year, "rate": internal_rate(year)} for year in years],
        }
        for row in moco.tables["users"].values()
        if row["active"] or query.get("include_archived", "true") == "true"
    ]


def assigned(moco: Moco, _query: Query) -> Rows:
    """The projects that the key's own user works on, in a shorter form."""
    me = own_user(moco)["id"]
    return [
        {key: row[key] for key in ("id", "identifier", "name", "active", "billable")}
        | {
            "customer": dict(row["customer"]),
            "tasks": [
                {key: task[key] for key in ("id", "name", "active", "billable")}
                for task in row["tasks"]
            ],
            "contract": {"user_id": me, "active": contract["active"]},
        }
        for row in moco.tables["projects"].values()
        for contract in row["contracts"]
        if contract["user_id"] == me
    ]


_DETAIL = ("activity_hours_modified", "salutation", "footer", "items", "reminders",
           "internal_contact")  # fmt: skip


def locked(moco: Moco, _query: Query) -> Rows:
    """Invoices that are locked."""
    return [
        {key: value for key, value in row.items() if key not in _DETAIL}
        for row in moco.tables["invoices"].values()
        if row["locked"] and row["status"] != "disregarded"
    ]


VIEWS = (
    View("profile", "/profile", "none", ("id",), profile, single=True),
    View("profile_performance_report", "/profile/performance_report", "none", ("annually.year",),
         own_performance, single=True, yearly=True),
    View("account_hourly_rates", "/account/hourly_rates", "settings", (), hourly_rates,
         single=True),
    View("account_internal_hourly_rates", "/account/internal_hourly_rates", "settings", ("id",),
         internal_rates),
    View("assigned_projects", "/projects/assigned", "time_tracking_own", ("id",), assigned),
    View("locked_invoices", "/invoices/locked", "invoicing", ("id",), locked, paginated=True),
    View("purchase_budgets", "/purchases/budgets", "purchases", ("id", "year"), reports.budgets,
         yearly=True),
    View("report_absences", "/report/absences", "report", ("user.id", "year"), reports.absences,
         yearly=True),
    View("report_cashflow", "/report/cashflow", "report", ("kind", "record_id", "date"),
         reports.cashflow, yearly=True, paginated=True),
    View("report_finance", "/report/finance", "report", ("kind", "record_id", "date"),
         reports.finance, yearly=True, paginated=True),
    View("report_planned_vs_tracked", "/report/planned_vs_tracked", "report",
         ("user_id", "project_id", "year"), reports.planned, yearly=True, paginated=True),
    View("report_utilization", "/report/utilization", "report", ("date", "user_id"),
         reports.utilization, yearly=True),
)  # fmt: skip
