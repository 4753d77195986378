"""What MOCO computes from other records: reports, the own profile, and lists that are a view.

A `View` is one path of the account; a `Part` is one below a record, such as a project's report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.apis.moco.filters import read_day
from sandbox.wire import Record

if TYPE_CHECKING:
    from sandbox.world.moco import Moco

Query = Mapping[str, str]
Rows = list[Record]


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


def report_years(moco: Moco) -> tuple[int, int]:
    """The years that the control endpoint shows of a report: the last and the current one."""
    return moco.world.now.year - 1, moco.world.now.year


def year_of(moco: Moco, query: Query) -> int:
    """The year that is asked for, by default the current one."""
    text = query.get("year", "")
    return int(text) if text.isdigit() else moco.world.now.year


def period(moco: Moco, query: Query) -> tuple[str, str]:
    """First and last day that are asked for, by default those of the current year."""
    if "year" in query:
        return f"{query['year']}-01-01", f"{query['year']}-12-31"
    year = moco.world.now.year
    first, last = query.get("from", f"{year}-01-01"), query.get("to", f"{year}-12-31")
    return read_day(first), read_day(last)


def own_user(moco: Moco) -> Record:
    """The user that the key belongs to."""
    return next(iter(moco.tables["users"].values()))


def short(row: Record) -> Record:
    """A user in short form."""
    return {key: row[key] for key in ("id", "firstname", "lastname")}


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


def hours_of(moco: Moco, first: str, last: str, **wanted: int) -> Rows:
    """The activities of a period, of one user or project if one is given."""
    return [
        row
        for row in moco.tables["activities"].values()
        if first <= row["date"] <= last
        and all(row[name]["id"] == ident for name, ident in wanted.items())
    ]


def performance(moco: Moco, user: Record, query: Query) -> Rows:
    """Target and tracked hours of somebody in a year."""
    year = year_of(moco, query)
    rows = hours_of(moco, f"{year}-01-01", f"{year}-12-31", user=user["id"])
    months = []
    for month in range(1, 13):
        of_month = [row for row in rows if int(row["date"][5:7]) == month]
        tracked = sum(row["hours"] for row in of_month)
        months.append(
            {
                "year": year,
                "month": month,
                "target_hours": 144.0,
                "hours_tracked_total": tracked,
                "variation": tracked - 144.0,
                "hours_billable_total": sum(row["hours"] for row in of_month if row["billable"]),
            }
        )
    tracked = sum(row["hours"] for row in rows)
    annually = {
        "year": year,
        "employment_hours": 1840.0,
        "target_hours": 1728.0,
        "hours_tracked_total": tracked,
        "variation": tracked - 1728.0,
        "variation_until_today": None,
        "hours_billable_total": sum(row["hours"] for row in rows if row["billable"]),
    }
    return [{"annually": annually, "monthly": months}]


def own_performance(moco: Moco, query: Query) -> Rows:
    """The performance of the key's own user."""
    return performance(moco, own_user(moco), query)


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
    asked = query.get("years") or ",".join(str(year) for year in report_years(moco))
    years = [int(year) for year in asked.split(",")]
    return [
        {
            "id": row["id"],
            "full_name": f"{row['firstname']} {row['lastname']}",
            "rates": [{"year": year, "rate": 50.0 + year % 10} for year in years],
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


def budgets(moco: Moco, query: Query) -> Rows:
    """Two budgets; the second one's id is text, as one document shows it."""
    year = year_of(moco, query)
    used = sum(
        row["net_total"]
        for row in moco.tables["purchases"].values()
        if row["date"].startswith(str(year))
    )
    figures = {"target": 60000.0, "exhaused": used, "planned": 0.0, "remaining": 60000.0 - used}
    return [
        {"id": 12, "year": year, "title": "Betrieb", "active": True, "cost_category": "HO"}
        | figures,
        {"id": "13", "year": year, "title": "Weiterbildung", "active": True, "cost_category": None}
        | figures,
    ]


def absences(moco: Moco, query: Query) -> Rows:
    """Holidays and sick days of each active user in a year, which the rows do not name."""
    year = year_of(moco, query)
    return [
        {
            "user": short(row),
            "total_vacation_days": 30.0,
            "used_vacation_days": float((row["id"] + year) % 12),
            "planned_vacation_days": 4.0,
            "sickdays": float(row["id"] % 3),
        }
        for row in moco.tables["users"].values()
    ]


def money(moco: Moco, query: Query, *, dated: str, kind: str, amount: str) -> Rows:
    """Invoices and fixed costs of a period as rows of a report."""
    first, last = period(moco, query)
    rows = [
        {
            "record_id": row["id"],
            "company_id": row["customer_id"],
            "description": f"{row['identifier']} {row['title']}",
            "user_id": None,
            amount: row["gross_total"],
            "kind": kind,
            "date": row[dated],
            "company": None,
            "user": None,
        }
        for row in moco.tables["invoices"].values()
        if row["status"] != "disregarded" and first <= row[dated] <= last
    ]
    for cost in moco.tables["account_fixed_costs"].values():
        for entry in cost["costs"]:
            date = f"{entry['year']}-{entry['month']:02d}-03"
            if first <= date <= last:
                rows.append(
                    {
                        "record_id": cost["id"],
                        "company_id": None,
                        "description": cost["title"],
                        "user_id": None,
                        amount: -entry["amount"],
                        "kind": "fixed_costs",
                        "date": date,
                        "company": None,
                        "user": None,
                    }
                )
    return rows


def cashflow(moco: Moco, query: Query) -> Rows:
    """Money that comes when invoices are due."""
    name = "amount_in_account_currency"
    return money(moco, query, dated="due_date", kind="invoice_created", amount=name)


def finance(moco: Moco, query: Query) -> Rows:
    """Revenue when invoices are written."""
    name = "net_amount_in_account_currency"
    return money(moco, query, dated="date", kind="invoices", amount=name)


def planned(moco: Moco, query: Query) -> Rows:
    """Tracked hours per user and project; the rows do not name the period."""
    first, last = period(moco, query)
    found: dict[tuple[int, int], float] = {}
    for row in hours_of(moco, first, last):
        key = (row["user"]["id"], row["project"]["id"])
        found[key] = found.get(key, 0.0) + row["hours"]
    result = []
    for (user_id, project_id), hours in sorted(found.items()):
        user, project = moco.tables["users"][user_id], moco.tables["projects"][project_id]
        result.append(
            {
                "user_id": user_id,
                "project_id": project_id,
                "tracked_hours": hours,
                "planned_hours": 30.0,
                "delta": hours - 30.0,
                "quota": round(hours / 30.0, 2),
                "user": {
                    "id": user_id,
                    "firstname": user["firstname"],
                    "name": user["lastname"],
                    "initials": user["firstname"][:1] + user["lastname"][:1],
                    "color": "#2c6fa8",
                    "unit": dict(user["unit"]),
                },
                "project": {
                    "id": project_id,
                    "identifier": project["identifier"],
                    "name": project["name"],
                    "company": dict(project["customer"]),
                },
            }
        )
    return result


def utilization(moco: Moco, query: Query) -> Rows:
    """Hours per user and day, of the days on which somebody worked."""
    first, last = period(moco, query)
    found: dict[tuple[str, int], list[float]] = {}
    for row in hours_of(moco, first, last):
        hours = found.setdefault((row["date"], row["user"]["id"]), [0.0, 0.0])
        hours[0 if row["billable"] else 1] += row["hours"]
    return [
        {
            "date": date,
            "user_id": user,
            "target_hours": 8.0,
            "billable_hours": billable,
            "unbillable_hours": other,
            "billable_seconds": billable * 3600,
            "unbillable_seconds": other * 3600,
        }
        for (date, user), (billable, other) in sorted(found.items())
    ]


def locked(moco: Moco, _query: Query) -> Rows:
    """Invoices that are locked."""
    return [
        {key: value for key, value in row.items() if key not in _DETAIL}
        for row in moco.tables["invoices"].values()
        if row["locked"] and row["status"] != "disregarded"
    ]


_DETAIL = ("activity_hours_modified", "salutation", "footer", "items", "reminders",
           "internal_contact")  # fmt: skip


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


def project_report(moco: Moco, project: Record, _query: Query) -> Rows:
    """Budget, hours and costs; some costs are quoted, as in the recordings of 2020."""
    rows = hours_of(moco, "0000", "9999", project=project["id"])
    total = sum(row["hours"] for row in rows)
    billable = sum(row["hours"] for row in rows if row["billable"])
    invoiced = sum(
        row["net_total"]
        for row in moco.tables["invoices"].values()
        if row["project_id"] == project["id"] and row["status"] != "disregarded"
    )
    costs: float | str = total * 55
    if project["id"] % 4 == 0:
        costs = f"{costs:.2f}"
    budget = project["budget"]
    return [
        {
            "budget_total": budget,
            "budget_progress_in_percentage": round(invoiced / budget * 100) if budget else None,
            "budget_remaining": budget - invoiced if budget else None,
            "invoiced_total": invoiced,
            "currency": "EUR",
            "hours_total": total,
            "hours_billable": billable,
            "hours_remaining": None,
            "costs_expenses": 0.0,
            "costs_activities": costs,
            "costs_by_task": [
                {"id": task["id"], "name": task["name"], "hours_total": 0.0, "total_costs": "0.0"}
                for task in project["tasks"]
            ],
        }
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
    View("purchase_budgets", "/purchases/budgets", "purchases", ("id", "year"), budgets,
         yearly=True),
    View("report_absences", "/report/absences", "report", ("user.id", "year"), absences,
         yearly=True),
    View("report_cashflow", "/report/cashflow", "report", ("kind", "record_id", "date"), cashflow,
         yearly=True, paginated=True),
    View("report_finance", "/report/finance", "report", ("kind", "record_id", "date"), finance,
         yearly=True, paginated=True),
    View("report_planned_vs_tracked", "/report/planned_vs_tracked", "report",
         ("user_id", "project_id", "year"), planned, yearly=True, paginated=True),
    View("report_utilization", "/report/utilization", "report", ("date", "user_id"), utilization,
         yearly=True),
)  # fmt: skip

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
