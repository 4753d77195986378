"""What MOCO computes for the report of one project: budget, hours and costs."""

from __future__ import annotations

import typing as t

from sandbox.apis.moco.reports import Query, Rows, select_hours
from sandbox.apis.moco.working_time import internal_rate

if t.TYPE_CHECKING:
    from sandbox.wire import Record
    from sandbox.world.moco import Moco


def project_report(moco: Moco, project: Record, _query: Query) -> Rows:
    """The report; some costs are quoted, as in the recordings of 2020."""
    rows = select_hours(moco, "0000", "9999", project=project["id"])
    invoiced = sum(
        row["net_total"]
        for row in moco.tables["invoices"].values()
        if row["project_id"] == project["id"] and row["status"] != "disregarded"
    )
    expenses = sum(
        row["cost"]
        for row in moco.tables["project_expenses"].values()
        if row["project"]["id"] == project["id"]
    )
    budget = project["budget"]
    quoted = project["id"] % 4 == 0
    return [
        {
            "budget_total": budget,
            "budget_progress_in_percentage": round(invoiced / budget * 100) if budget else None,
            "budget_remaining": budget - invoiced if budget else None,
            "invoiced_total": invoiced,
            "currency": "EUR",
            "hours_total": _hours(rows),
            "hours_billable": _hours([row for row in rows if row["billable"]]),
            "hours_remaining": None,
            "costs_expenses": _money(expenses, quoted=quoted),
            "costs_activities": _money(_cost(rows), quoted=quoted),
            "costs_by_task": [
                _of_task(task, [row for row in rows if row["task"]["id"] == task["id"]], quoted)
                for task in project["tasks"]
            ],
        }
    ]


def _of_task(task: Record, rows: Rows, quoted: bool) -> Record:  # noqa: FBT001
    return {
        "id": task["id"],
        "name": task["name"],
        "hours_total": _hours(rows),
        "total_costs": _money(_cost(rows), quoted=quoted),
    }


def _hours(rows: Rows) -> float:
    return float(sum(row["hours"] for row in rows))


def _cost(rows: Rows) -> float:
    """What the hours cost the agency, at the internal rate of their year."""
    return float(sum(row["hours"] * internal_rate(int(row["date"][:4])) for row in rows))


def _money(amount: float, *, quoted: bool) -> float | str:
    return f"{amount:.2f}" if quoted else round(amount, 2)
