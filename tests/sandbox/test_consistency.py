"""The world agrees with itself: what it computes follows from its records, on every day of it."""

from __future__ import annotations

import typing as t
from collections import Counter, defaultdict

import pytest

from sandbox.testing import running_sandbox
from tests.sandbox.client import Client

if t.TYPE_CHECKING:
    from collections.abc import Callable

Record = dict[str, t.Any]

DAYS = 4
STEPS = 5
"""How often the world moves between two of the days that are looked at."""


class Picture:
    """All records of a day, by API and stream; each stream is asked for once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._rows: dict[tuple[str, str], list[Record]] = {}

    def __call__(self, stream: str, api: str = "moco") -> list[Record]:
        if (api, stream) not in self._rows:
            self._rows[api, stream] = self._client.records(api, stream)
        return self._rows[api, stream]

    def ids(self, stream: str) -> set[int]:
        return {row["id"] for row in self(stream)}

    def counting(self) -> list[Record]:
        """The invoices that count."""
        return [row for row in self("invoices") if row["status"] != "disregarded"]


def total(rows: list[Record], by: str, *names: str) -> dict[t.Any, float]:
    """Sum a field by the value at a path."""
    found: dict[t.Any, float] = defaultdict(float)
    for row in rows:
        key: t.Any = row
        for name in names:
            key = key and key[name]
        found[key] += float(row[by])
    return found


def check_project_reports(world: Picture) -> None:
    hours = total(world("activities"), "hours", "project", "id")
    expenses = total(world("project_expenses"), "cost", "project", "id")
    invoiced = total(world.counting(), "net_total", "project_id")
    rates = {
        (row["id"], each["year"]): each["rate"]
        for row in world("account_internal_hourly_rates")
        for each in row["rates"]
    }
    costs: dict[int, float] = defaultdict(float)
    for row in world("activities"):
        rate = rates[row["user"]["id"], int(row["date"][:4])]
        costs[row["project"]["id"]] += row["hours"] * rate
    for row in world("project_reports"):
        ident = row["project_id"]
        tasks = row["costs_by_task"]
        assert row["hours_total"] == pytest.approx(hours[ident])
        assert sum(task["hours_total"] for task in tasks) == pytest.approx(hours[ident])
        assert float(row["costs_expenses"]) == pytest.approx(expenses[ident], abs=0.01)
        assert float(row["costs_activities"]) == pytest.approx(costs[ident], abs=0.01)
        assert sum(float(task["total_costs"]) for task in tasks) == pytest.approx(
            costs[ident], abs=0.05
        )
        assert row["invoiced_total"] == pytest.approx(invoiced[ident])
    assert sum(costs.values()) > 0
    assert sum(expenses.values()) > 0


def check_reports(world: Picture) -> None:
    tracked = sum(row["hours"] for row in world("activities"))
    days = world("report_utilization")
    assert sum(row["billable_hours"] + row["unbillable_hours"] for row in days) == pytest.approx(
        tracked
    )
    assert sum(row["tracked_hours"] for row in world("report_planned_vs_tracked")) == pytest.approx(
        tracked
    )
    years = [row["annually"] for row in world("user_performance_reports")]
    assert sum(row["hours_tracked_total"] for row in years) == pytest.approx(tracked)
    finance = [row for row in world("report_finance") if row["kind"] == "invoices"]
    dated = {row["id"]: row["net_total"] for row in world.counting() if row["date"] >= "2025"}
    assert {r["record_id"]: r["net_amount_in_account_currency"] for r in finance} == dated
    cashflow = [row for row in world("report_cashflow") if row["kind"] == "invoice_created"]
    due = {row["id"]: row["gross_total"] for row in world.counting() if row["due_date"] >= "2025"}
    assert {r["record_id"]: r["amount_in_account_currency"] for r in cashflow} == due
    sick = sum(
        (row["am"] + row["pm"]) / 2
        for row in world("schedules")
        if row["assignment"]["code"] == "3" and row["date"] >= "2025"
    )
    assert sum(row["sickdays"] for row in world("report_absences")) == sick


def check_references(world: Picture) -> None:
    """What a record names is there, and is called so."""
    for stream, field in (("user_roles", "role"), ("units", "unit")):
        names = {row["id"]: row["name"] for row in world(stream)}
        for row in world("users"):
            if row[field]:
                assert names[row[field]["id"]] == row[field]["name"]
    groups = world.ids("project_groups")
    for row in world("projects"):
        assert not row["project_group"] or row["project_group"]["id"] in groups
        assert not row["deal"] or row["deal"]["id"] in world.ids("deals")
        assert not row["contact"] or row["contact"]["id"] in world.ids("contacts")
    for stream in ("activities", "project_expenses"):
        assert {row["invoice_id"] for row in world(stream)} <= world.ids("invoices") | {None}
    for row in world("purchase_payments"):
        assert not row["purchase"] or row["purchase"]["id"] in world.ids("purchases")
    members = {user["id"]: row["id"] for row in world("units") for user in row["users"]}
    assert members == {row["id"]: row["unit"]["id"] for row in world("users")}


def check_money(world: Picture) -> None:
    """What was paid is what was asked for, and a cancelled invoice comes to nothing."""
    paid: dict[t.Any, float] = defaultdict(float)
    for row in world("invoice_payments"):
        if row["invoice"]:
            paid[row["invoice"]["id"]] += float(row["paid_total"])
    invoices = {row["id"]: row for row in world("invoices")}
    for ident, row in invoices.items():
        assert paid[ident] == pytest.approx(row["gross_total"] if row["status"] == "paid" else 0)
        if row.get("reversed"):
            reversal = invoices[row["reversal_invoice_id"]]
            assert reversal["reversed_invoice_id"] == ident
            assert reversal["net_total"] == -row["net_total"]
    listed = Counter(row["purchase"]["id"] for row in world("purchase_payments") if row["purchase"])
    assert {r["id"]: len(r["payments"]) for r in world("purchases") if r["payments"]} == listed


def check_ulule(world: Picture) -> None:
    """Counters and sums of campaigns are those of what people did there."""
    orders = defaultdict(list)
    for row in world("project_orders", "ulule"):
        orders[row["project_id"]].append(row)
    lengths = {
        stream: Counter(row["project_id"] for row in world(stream, "ulule"))
        for stream in ("project_comments", "project_news", "project_supporters")
    }
    for row in world("projects", "ulule"):
        own = orders[row["id"]]
        assert row["comments_count"] == lengths["project_comments"][row["id"]]
        assert row["news_count"] == lengths["project_news"][row["id"]]
        assert row["supporters_count"] == lengths["project_supporters"][row["id"]]
        assert row["orders_count"] == len(own)
        raised = sum(float(order["order_subtotal"]) for order in own)
        assert row["amount_raised"] == int(raised)
    rewards = {row["id"] for row in world("project_rewards", "ulule")}
    for stream in ("reward_details", "reward_variants", "reward_shippings"):
        name = "id" if stream == "reward_details" else "reward_id"
        below = {row[name] for row in world(stream, "ulule")}
        assert below, stream
        assert below <= rewards, stream


def check_other_platforms(world: Picture) -> None:
    pledged = total(world("pledges", "micropledge"), "amount", "project_slug")
    for row in world("projects", "micropledge"):
        assert row["pledged"] == pytest.approx(pledged[row["project_slug"]])
    projects = {row["id"] for row in world("projects", "miimosa")}
    assert {row["project_id"] for row in world("pledges", "miimosa")} <= projects


CHECKS: tuple[Callable[[Picture], None], ...] = (
    check_project_reports,
    check_reports,
    check_references,
    check_money,
    check_ulule,
    check_other_platforms,
)


def test_what_is_computed_follows_from_the_records_on_every_day() -> None:
    with running_sandbox(scale=0.3) as box:
        client = Client(box)
        for number in range(DAYS):
            if number:
                box.control("POST", "/advance", {"number": number * STEPS})
            world = Picture(client)
            for check in CHECKS:
                check(world)
        client.close()


def test_most_leads_have_become_projects_with_hours(client: Client) -> None:
    world = Picture(client)
    worked = total(world("activities"), "hours", "project", "id")
    leads = {row["id"] for row in world("contacts") if "MiiMOSA" in row["tags"]}
    carried_out = {
        row["contact"]["id"]: worked[row["id"]] for row in world("projects") if row["contact"]
    }

    with_hours = {ident for ident in leads if carried_out.get(ident)}
    assert len(with_hours) > len(leads) / 2
    dealt = {row["person"]["id"] for row in world("deals") if row["person"]}
    assert len(with_hours & dealt) > 5
