"""What MOCO computes for its reports: hours, money, absences."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from sandbox.apis.moco.filters import read_day
from sandbox.apis.moco.working_time import (
    HOLIDAY,
    SICK,
    absent_days,
    claimed_days,
    planned_hours,
    target_hours,
)
from sandbox.wire import Record
from sandbox.world.clock import day

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
    first, last = f"{year}-01-01", f"{year}-12-31"
    rows = select_hours(moco, first, last, user=user["id"])
    target = target_hours(moco, user["id"], first, last)
    months = [{"year": year, "month": month, **_figures(target, rows, f"{year}-{month:02d}")}
              for month in range(1, 13)]  # fmt: skip
    annually = {
        "year": year,
        "employment_hours": sum(target.values()),
        **_figures(target, rows, str(year)),
        "variation_until_today": None,
    }
    return [{"annually": annually, "monthly": months}]


def _figures(target: Mapping[str, float], rows: Rows, span: str) -> Record:
    """Hours of the year or month with which dates begin."""
    asked = sum(hours for date, hours in target.items() if date.startswith(span))
    within = [row for row in rows if row["date"].startswith(span)]
    tracked = sum(row["hours"] for row in within)
    return {
        "target_hours": asked,
        "hours_tracked_total": tracked,
        "variation": tracked - asked,
        "hours_billable_total": sum(row["hours"] for row in within if row["billable"]),
    }


def budgets(moco: Moco, query: Query) -> Rows:
    """Two budgets, all purchases on the first; the id of the other is text, as in one document."""
    year = read_year(moco, query)
    used = sum(
        row["net_total"]
        for row in moco.tables["purchases"].values()
        if row["date"].startswith(str(year))
    )
    planned = sum(
        row["net_total"]
        for row in moco.tables["planned_purchases"].values()
        if row["purchase_budget"] and row["active"] and row["date"].startswith(str(year))
    )
    return [
        {"id": 12, "year": year, "title": "Betrieb", "active": True, "cost_category": "HO"}
        | _budget(used, planned),
        {"id": "13", "year": year, "title": "Weiterbildung", "active": True, "cost_category": None}
        | _budget(0.0, 0.0),
    ]


def _budget(used: float, planned: float) -> Record:
    return {
        "target": 60000.0,
        "exhaused": round(used, 2),
        "planned": planned,
        "remaining": round(60000.0 - used - planned, 2),
    }


def absences(moco: Moco, query: Query) -> Rows:
    """Holidays and sick days of each user in a year, which the rows do not name."""
    year, today = read_year(moco, query), day(moco.scenario.now)
    found = []
    for row in moco.tables["users"].values():
        away = absent_days(moco, row["id"], year, HOLIDAY)
        found.append(
            {
                "user": short(row),
                "total_vacation_days": claimed_days(moco, row["id"], year),
                "used_vacation_days": sum(days for date, days in away.items() if date <= today),
                "planned_vacation_days": sum(days for date, days in away.items() if date > today),
                "sickdays": sum(absent_days(moco, row["id"], year, SICK).values()),
            }
        )
    return found


def money(moco: Moco, query: Query, *, dated: str, kind: str, total: str, amount: str) -> Rows:
    """Invoices and fixed costs of a period as rows of a report."""
    first, last = period(moco, query)
    rows = [
        {
            "record_id": row["id"],
            "company_id": row["customer_id"],
            "description": f"{row['identifier'] or ''} {row['title']}".strip(),
            "user_id": None,
            amount: row[total],
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
    """Money that comes when invoices are due, taxes included."""
    name = "amount_in_account_currency"
    return money(
        moco, query, dated="due_date", kind="invoice_created", total="gross_total", amount=name
    )


def finance(moco: Moco, query: Query) -> Rows:
    """Revenue when invoices are written, without taxes."""
    name = "net_amount_in_account_currency"
    return money(moco, query, dated="date", kind="invoices", total="net_total", amount=name)


def planned(moco: Moco, query: Query) -> Rows:
    """Planned and tracked hours per user and project; the rows do not name the period."""
    first, last = period(moco, query)
    plans = planned_hours(moco, first, last)
    found = dict.fromkeys(plans, 0.0)
    for row in select_hours(moco, first, last):
        key = (row["user"]["id"], row["project"]["id"])
        found[key] = found.get(key, 0.0) + row["hours"]
    result = []
    for (user_id, project_id), hours in sorted(found.items()):
        plan = plans.get((user_id, project_id), 0.0)
        user, project = moco.tables["users"][user_id], moco.tables["projects"][project_id]
        result.append(
            {
                "user_id": user_id,
                "project_id": project_id,
                "tracked_hours": hours,
                "planned_hours": plan,
                "delta": hours - plan,
                "quota": round(hours / plan, 2) if plan else 0.0,
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
    targets = {user: target_hours(moco, user, first, last) for user in {key[1] for key in found}}
    return [
        {
            "date": date,
            "user_id": user,
            "target_hours": targets[user].get(date, 0.0),
            "billable_hours": billable,
            "unbillable_hours": other,
            "billable_seconds": billable * 3600,
            "unbillable_seconds": other * 3600,
        }
        for (date, user), (billable, other) in sorted(found.items())
    ]
