"""Marts of the agency against the world: hours, money, deals, people."""

from __future__ import annotations

import datetime as dt
import typing as t
from decimal import Decimal

import pytest

from tests.transform.sums import group, near, total

if t.TYPE_CHECKING:
    from tests.transform.conftest import Built

Row = dict[str, t.Any]
# The first of them makes the world and the models for all.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
WEEKEND = 5


def month(date: str) -> str:
    return f"{date[:7]}-01"


def rates(built: Built) -> dict[tuple[int, int], Decimal]:
    """Internal rates by person and year."""
    return {
        (row["id"], each["year"]): Decimal(str(each["rate"]))
        for row in built.world("moco.account_internal_hourly_rates")
        for each in row["rates"]
    }


def cost(built: Built, activities: t.Iterable[Row]) -> Decimal:
    """What hours cost; the years of this world all have a rate or one a year later."""
    known = rates(built)
    found = Decimal()
    for row in activities:
        year = int(row["date"][:4])
        rate = known.get((row["user"]["id"], year)) or known[row["user"]["id"], year + 1]
        found += Decimal(str(row["hours"])) * rate
    return found


def counted(built: Built) -> list[Row]:
    """Invoices that are neither drafts nor disregarded."""
    return [row for row in built.world("moco.invoices")
            if row["status"] not in {"draft", "disregarded"}]  # fmt: skip


def days(first: str, last: str) -> t.Iterator[dt.date]:
    """Days from Monday to Friday."""
    each = dt.date.fromisoformat(first)
    while each <= dt.date.fromisoformat(last):
        if each.weekday() < WEEKEND:
            yield each
        each += dt.timedelta(days=1)


def test_the_world_has_what_marts_get_wrong(built: Built) -> None:
    invoices = built.world("moco.invoices")
    assert any(row.get("reversal") for row in invoices)
    assert any(row["status"] == "disregarded" for row in invoices)
    assert any(row["status"] == "draft" for row in invoices)
    assert any(float(row["paid_total"]) < 0 for row in built.world("moco.invoice_payments"))


def test_a_project_costs_its_hours_expenses_and_purchases_and_earns_its_invoices(
    built: Built,
) -> None:
    projects = {row["id"]: row for row in built.world("moco.projects")}
    hours = group(built.world("moco.activities"), lambda row: row["project"]["id"])
    expenses = group(built.world("moco.project_expenses"), lambda row: row["project"]["id"])
    invoices = group(counted(built), lambda row: row["project_id"])
    items = [item for row in built.world("moco.purchases") for item in row["items"]
             if item["expense"]]  # fmt: skip
    purchases = group(items, lambda item: item["expense"]["project"]["id"])

    found = built.mart("project_profitability", "project_id")

    assert found.keys() == projects.keys()
    for ident, row in found.items():
        assert near(row["hours"], total(hours[ident], "hours"))
        billable = [each for each in hours[ident] if each["billable"]]
        assert near(row["billable_hours"], total(billable, "hours"))
        assert near(row["labour_cost"], cost(built, hours[ident]))
        assert near(row["expense_cost"], total(expenses[ident], "cost"))
        assert near(row["purchase_cost"], total(purchases[ident], "net_total"))
        assert near(row["invoiced"], total(invoices[ident], "net_total"))
        beyond = (
            Decimal(row["total_cost"]) - Decimal(row["labour_cost"]) - Decimal(row["expense_cost"])
        )
        assert 0 <= beyond <= Decimal(row["purchase_cost"])
        assert near(row["profit"], Decimal(row["invoiced"]) - Decimal(row["total_cost"]))
        budget = projects[ident]["budget"]
        assert (row["budget_left"] is None) == (budget is None)
        assert near(row["budget_left"], 0 if budget is None else
                    Decimal(str(budget)) - Decimal(row["invoiced"]))  # fmt: skip
    assert any(Decimal(row["purchase_cost"]) for row in found.values())


def test_a_month_of_a_person_has_the_hours_of_activities_plans_schedules_and_employment(
    built: Built,
) -> None:
    def by_month(row: Row) -> tuple[int, str]:
        return row["user"]["id"], month(row["date"])

    tracked = group(built.world("moco.activities"), by_month)
    absent = group(built.world("moco.schedules"), by_month)
    planned: dict[tuple[int, str], Decimal] = {}
    for plan in built.world("moco.planning_entries"):
        for day in days(plan["starts_on"], plan["ends_on"]):
            key = (plan["user"]["id"], month(day.isoformat()))
            planned[key] = planned.get(key, Decimal()) + Decimal(str(plan["hours_per_day"]))

    found = built.mart("utilization", "user_id", "month")

    assert found.keys() >= tracked.keys() | absent.keys() | planned.keys()
    for key, row in found.items():
        assert near(row["tracked_hours"], total(tracked[key], "hours"))
        billable = [each for each in tracked[key] if each["billable"]]
        assert near(row["billable_hours"], total(billable, "hours"))
        assert near(row["planned_hours"], planned.get(key, 0))
        assert near(row["absent_days"], sum(each["am"] + each["pm"] for each in absent[key]) / 2)
    first = min(month(row["date"]) for row in built.world("moco.activities"))
    for key, asked in target_hours(built, first).items():
        assert near(found[key]["target_hours"], asked)


def target_hours(built: Built, first: str) -> dict[tuple[int, str], Decimal]:
    """What employments ask for in the months that are over, by person and month."""
    last = dt.date.fromisoformat(month(built.today)) - dt.timedelta(days=1)
    found: dict[tuple[int, str], Decimal] = {}
    for row in built.world("moco.user_employments"):
        end = min(row["to"] or last.isoformat(), last.isoformat())
        for day in days(max(row["from"], first), end):
            key = (row["user"]["id"], month(day.isoformat()))
            asked = sum(row["pattern"][half][day.weekday()] for half in ("am", "pm"))
            found[key] = found.get(key, Decimal()) + Decimal(str(asked))
    return found


def test_receivables_are_the_invoices_that_are_sent_and_not_paid_or_cancelled(built: Built) -> None:
    paid = group(
        [row for row in built.world("moco.invoice_payments") if row["invoice"]],
        lambda row: row["invoice"]["id"],
    )
    reminders = group(built.world("moco.invoice_reminders"), lambda row: row["invoice"]["id"])
    expected = {
        row["id"]: row
        for row in built.world("moco.invoices")
        if row["status"] in {"sent", "overdue", "partially_paid", "ignored"}
        and not row["reversed"]
        and not row["reversal"]
        and Decimal(str(row["gross_total"])) > total(paid[row["id"]], "paid_total")
    }

    found = built.mart("receivables", "invoice_id")

    assert found.keys() == expected.keys()
    today = dt.date.fromisoformat(built.today)
    for ident, row in found.items():
        gross = Decimal(str(expected[ident]["gross_total"]))
        assert near(row["open_total"], gross - total(paid[ident], "paid_total"))
        late = (today - dt.date.fromisoformat(expected[ident]["due_date"])).days
        assert row["days_overdue"] == max(late, 0)
        assert row["reminders"] == len(reminders[ident])
    assert {row["age"] for row in found.values()} > {"over 90"}


def test_the_pipeline_has_every_deal_once(built: Built) -> None:
    stages = {row["id"]: row for row in built.world("moco.deal_categories")}
    deals = group(built.world("moco.deals"), lambda row: (row["category"]["id"], row["currency"]))

    found = built.mart("sales_pipeline", "stage_id", "currency")

    assert found.keys() == deals.keys()
    for key, row in found.items():
        by_status = group(deals[key], lambda deal: deal["status"])
        still = by_status["potential"] + by_status["pending"]
        won, closed = len(by_status["won"]), by_status["lost"] + by_status["dropped"]
        assert row["open_deals"] == len(still)
        assert near(row["open_value"], total(still, "money"))
        probability = Decimal(stages[key[0]]["probability"])
        assert near(row["weighted_value"], total(still, "money") * probability / 100)
        assert row["won_deals"] == won
        assert row["lost_deals"] + row["dropped_deals"] == len(closed)
        share = Decimal(100 * won) / (won + len(closed)) if won + len(closed) else 0
        assert near(row["won_rate_percent"], share)


def test_a_month_has_the_invoices_and_payments_dated_in_it(built: Built) -> None:
    projects = {row["id"] for row in built.world("moco.projects")}
    invoices = group(counted(built), lambda row: month(row["date"]))
    payments = group(built.world("moco.invoice_payments"), lambda row: month(row["date"]))
    planned = [row for row in built.world("moco.project_payment_schedules")
               if not row["billed"] and row["project"]["id"] in projects]  # fmt: skip
    scheduled = group(planned, lambda row: month(row["date"]))

    found = built.mart("revenue_monthly", "month")

    assert found.keys() >= invoices.keys() | payments.keys() | scheduled.keys()
    for key, row in found.items():
        assert row["invoices"] == len(invoices[key])
        assert near(row["invoiced_net"], total(invoices[key], "net_total"))
        assert near(row["invoiced_gross"], total(invoices[key], "gross_total"))
        assert row["payments"] == len(payments[key])
        assert near(row["paid"], total(payments[key], "paid_total"))
        assert near(row["forecast_scheduled"], total(scheduled[key], "net_total"))


def test_a_person_costs_the_hours_of_a_year_at_its_rate(built: Built) -> None:
    known = rates(built)
    hours = group(built.world("moco.activities"),
                  lambda row: (row["user"]["id"], int(row["date"][:4])))  # fmt: skip

    found = built.mart("team_cost", "user_id", "year")

    assert found.keys() == hours.keys() | known.keys()
    for key, row in found.items():
        assert near(row["hours"], total(hours[key], "hours"))
        assert near(row["cost"], cost(built, hours[key]))
        if key in known:
            assert near(row["hourly_rate"], known[key])
