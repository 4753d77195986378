"""The parts of the page: each a heading, a chart and the table behind it."""

from __future__ import annotations

import html
import itertools
import typing as t
from decimal import Decimal

from report.charts import Bar, Series, bars, columns, lines
from report.numbers import NONE, amount, number, text
from report.tables import Column, folded, table

if t.TYPE_CHECKING:
    from report.figures import Figures, Row

PLATFORMS = {"miimosa": "MiiMOSA", "ulule": "Ulule", "micropledge": "microPledge"}
AGES = ("not due", "1-30", "31-60", "61-90", "over 90")
SHOWN = 8
"""So many bars are in a chart of many; its table has them all."""
EMPTY = '<p class="soft">Nothing was loaded for this.</p>'


def raised(figures: Figures) -> dict[tuple[str, str], list[tuple[t.Any, Decimal]]]:
    """Return what was raised up to each day, by platform and currency."""
    found = {}
    key = lambda row: (row["platform"], row["currency"] or "")  # noqa: E731
    for name, rows in itertools.groupby(figures.rows["raised"], key):
        total = Decimal(0)
        found[name] = [(row["date"], total := total + row["amount"]) for row in rows]
    return found


def raised_over_time(figures: Figures) -> str:
    """Lines: what was raised, by platform."""
    series = [
        Series(
            f"{PLATFORMS[platform]}{f', {currency}' if currency else ''}",
            [(day, float(value)) for day, value in points],
            amount(points[-1][1], currency),
        )
        for (platform, currency), points in raised(figures).items()
    ]
    return lines("Raised over time by platform", series) or EMPTY


def campaigns(figures: Figures) -> str:
    """Bars: the progress of the campaigns that are live."""
    rows = figures.rows["campaigns"]
    live = [row for row in rows if row["state"] == "live" and row["percent"] is not None]
    shown = [
        Bar(
            row["name"],
            min(float(row["percent"]), 100.0),
            f"{number(row['percent'])} % of {amount(row['goal'], _unit(row))}",
            list(PLATFORMS).index(row["platform"]),
        )
        for row in live[:SHOWN]
    ]
    chart = bars("Live campaigns: percent of their goal", shown) if shown else EMPTY
    listed = table(
        [
            Column("Campaign", "name", _link),
            Column("Platform", "platform", lambda row: PLATFORMS[row["platform"]]),
            Column("State", "state"),
            Column("Raised", "raised", lambda row: amount(row["raised"], _unit(row))),
            Column("Goal", "goal", lambda row: amount(row["goal"], _unit(row))),
            Column("%", "percent", lambda row: number(row["percent"])),
            Column("Backers", "backers", lambda row: number(row["backers"])),
            Column("Ends", "ended_on"),
        ],
        rows,
    )
    return f"{chart}{folded(f'All {len(rows)} campaigns', listed)}"


def funnel(figures: Figures) -> str:
    """Bars: from leads to funded campaigns."""
    row = figures.one("funnel")
    if not row:
        return EMPTY
    steps = {
        "Leads": "leads", "with a contact in MOCO": "contacts", "with a deal": "deals",
        "handed to MiiMOSA": "sent", "with a campaign": "campaigns", "funded": "funded",
    }  # fmt: skip
    chart = bars(
        "From lead to funded campaign",
        [Bar(label, row[field], number(row[field])) for label, field in steps.items()],
    )
    listed = table(
        [
            Column("Contact", "contact"),
            Column("Company", "company"),
            Column("Deal", "deal_status"),
            Column("Lead", "lead_status"),
            Column("Why", "lead_reason"),
            Column("Campaign", "campaign"),
            Column("State", "campaign_state"),
            Column("Raised", "raised_amount", lambda r: amount(r["raised_amount"], r["currency"])),
            Column("Certain?", "is_ambiguous", lambda r: "ambiguous" if r["is_ambiguous"] else ""),
        ],
        figures.rows["leads"],
    )
    return f"{chart}{folded('All leads', listed)}"


def utilization(figures: Figures) -> str:
    """Bars: billable hours in percent of those available, in the newest month."""
    rows = figures.rows["utilization"]
    if not rows:
        return EMPTY
    month = figures.one("month")["month"]
    chart = bars(
        f"Utilization in {month:%Y-%m}",
        [
            Bar(
                row["person"],
                float(row["utilization_percent"] or 0),
                _utilized(row),
            )
            for row in rows[:SHOWN]
        ],
    )
    hours = ("available_hours", "tracked_hours", "billable_hours")
    listed = table(
        [
            Column("Person", "person"),
            *(Column(field.partition("_")[0].title(), field, _hours(field)) for field in hours),
            Column("%", "utilization_percent", lambda r: number(r["utilization_percent"], 1)),
        ],
        rows,
    )
    return f'<p class="soft">Month: {month:%Y-%m}</p>{chart}{folded("All people", listed)}'


def profitability(figures: Figures) -> str:
    """Bars: the profit of the active projects."""
    rows = figures.rows["projects"]
    if not rows:
        return EMPTY
    known = [row for row in rows if row["profit"] is not None]
    ends = known if len(known) <= SHOWN else [*known[: SHOWN // 2], *known[-SHOWN // 2 :]]
    chart = bars(
        "Profit of active projects: the best and the worst",
        [Bar(r["project"], float(r["profit"]), amount(r["profit"], r["currency"])) for r in ends],
    )
    money = ("invoiced", "total_cost", "profit", "budget_left")
    listed = table(
        [
            Column("Project", "project"),
            Column("Customer", "customer"),
            Column("Hours", "hours", _hours("hours")),
            *(
                Column(field.replace("_", " ").capitalize(), field, _money(field))
                for field in money
            ),
            Column("Margin %", "margin_percent", lambda r: number(r["margin_percent"], 1)),
        ],
        rows,
    )
    return f"{chart}{folded(f'All {len(rows)} projects', listed)}"


def open_totals(figures: Figures) -> dict[str, Decimal]:
    """Return what is owed, by currency."""
    found: dict[str, Decimal] = {}
    for row in figures.rows["receivables"]:
        found[row["currency"]] = found.get(row["currency"], Decimal(0)) + row["open_total"]
    return found


def receivables(figures: Figures) -> str:
    """Bars: what is owed, by how long it is overdue, for each currency."""
    rows = figures.rows["receivables"]
    if not rows:
        return EMPTY
    charts = []
    for place, (currency, total) in enumerate(open_totals(figures).items()):
        by_age = {age: Decimal(0) for age in AGES}
        for row in rows:
            if row["currency"] == currency:
                by_age[row["age"]] += row["open_total"]
        values = [Bar(age, float(value), amount(value, currency), place)
                  for age, value in by_age.items()]  # fmt: skip
        charts.append(f"<p>{amount(total, currency)} open</p>{bars(f'Open, {currency}', values)}")
    listed = table(
        [
            Column("Invoice", "identifier"),
            Column("Customer", "customer"),
            Column("Due", "due_date"),
            Column("Days overdue", "days_overdue"),
            Column("Open", "open_total", lambda r: amount(r["open_total"], r["currency"])),
            Column("Reminders", "reminders"),
        ],
        rows,
    )
    return f"{''.join(charts)}{folded(f'All {len(rows)} invoices', listed)}"


def revenue(figures: Figures) -> str:
    """Columns: what was invoiced and paid in each of the last months, in the main currency."""
    rows = figures.rows["revenue"]
    if not rows:
        return EMPTY
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row["currency"]] = sums.get(row["currency"], Decimal(0)) + abs(row["invoiced_net"])
    main = max(sums, key=lambda currency: sums[currency])
    mine = [row for row in rows if row["currency"] == main]
    series = [
        (title, [float(row[field]) for row in mine])
        for title, field in (
            ("invoiced", "invoiced_net"), ("paid", "paid"), ("forecast", "forecast"),
        )
    ]  # fmt: skip
    chart = columns(f"Revenue by month, {main}", [f"{row['month']:%Y-%m}" for row in mine], series)
    listed = table(
        [
            Column("Month", "month", lambda row: f"{row['month']:%Y-%m}"),
            Column("Currency", "currency"),
            *(Column(field.replace("_net", "").title(), field, _money(field))
              for field in ("invoiced_net", "paid", "forecast")),
        ],
        rows,
    )  # fmt: skip
    return f"{chart}{folded('All months and currencies', listed)}"


def _unit(row: Row) -> str | None:
    return "products" if row["is_presale"] else row["currency"]


def _link(row: Row) -> str:
    url = str(row["url"] or "")
    if not url.startswith(("https://", "http://")):
        return text(row["name"])
    return f'<a href="{html.escape(url, quote=True)}" rel="noreferrer">{text(row["name"])}</a>'


def _hours(field: str) -> t.Callable[[Row], str]:
    return lambda row: number(row[field], 1)


def _money(field: str) -> t.Callable[[Row], str]:
    return lambda row: amount(row[field], row.get("currency")) if row[field] is not None else NONE


def _utilized(row: Row) -> str:
    share = number(row["utilization_percent"], 0, " %")
    return f"{share} · {number(row['billable_hours'])} h"
