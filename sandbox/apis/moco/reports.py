"""What MOCO computes for its reports: hours, money, absences."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from sandbox.apis.moco.filters import read_day
from sandbox.wire import Record

if t.TYPE_CHECKING:
    from sandbox.world.moco import Moco

Query = Mapping[str, str]
Rows = list[Record]


def report_years(moco: Moco) -> tuple[int, int]:
    """The years that the control endpoint shows of a report: the last and the current one."""
    return moco.scenario.now.year - 1, moco.scenario.now.year


def read_year(moco: Moco, query: Query) -> int:
    """The year that is asked for, by default the current one."""
    text = query.get("year", "")
    return int(text) if text.isdigit() else moco.scenario.now.year


def period(moco: Moco, query: Query) -> tuple[str, str]:
    """First and last day that are asked for, by default those of the current year."""
    if "year" in query:
        return f"{query['year']}-01-01", f"{query['year']}-12-31"
    year = moco.scenario.now.year
    first, last = query.get("from", f"{year}-01-01"), query.get("to", f"{year}-12-31")
    return read_day(first), read_day(last)


def short(row: Record) -> Record:
    """A user in short form."""
    return {key: row[key] for key in ("id", "firstname", "lastname")}


def select_hours(moco: Moco, first: str, last: str, **wanted: int) -> Rows:
    """The activities of a period, of one user or project if one is given."""
    return [
        row
        for row in moco.tables["activities"].values()
        if first <= row["date"] <= last
        and all(row[name]["id"] == ident for name, ident in wanted.items())
    ]


def performance(moco: Moco, user: Record, query: Query) -> Rows:
    """Target and tracked hours of somebody in a year."""
    year = read_year(moco, query)
    rows = select_hours(moco, f"{year}-01-01", f"{year}-12-31", user=user["id"])
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


def budgets(moco: Moco, query: Query) -> Rows:
    """Two budgets; the second one's id is text, as one document shows it."""
    year = read_year(moco, query)
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
    year = read_year(moco, query)
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
    for row in select_hours(moco, first, last):
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
    for row in select_hours(moco, first, last):
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
