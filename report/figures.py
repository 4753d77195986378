"""The figures of the page, read from the marts that ``transform/`` builds."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass
from decimal import Decimal

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

if t.TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, t.Any]

QUERIES = {
    "campaigns": """
        select name, platform, state, currency, is_presale, url,
            case when is_presale then goal_products else goal_amount end as goal,
            case when is_presale then products_sold else raised_amount end as raised,
            percent, backers, ended_at::date as ended_on
        from campaigns
        order by state = 'live' desc, percent desc nulls last, campaign_key""",
    "raised": """
        select platform, currency, date, sum(amount) as amount
        from campaign_daily
        where amount <> 0
        group by platform, currency, date
        order by platform, currency, date""",
    "funnel": """
        select
            count(distinct lead_key) as leads,
            count(distinct lead_key) filter (where contact_id is not null) as contacts,
            count(distinct lead_key) filter (where deals > 0) as deals,
            count(distinct lead_key) filter (
                where lead_status in ('sent', 'acknowledged')) as sent,
            count(distinct lead_key) filter (where campaign_key is not null) as campaigns,
            count(distinct lead_key) filter (where campaign_state = 'funded') as funded
        from lead_to_campaign""",
    "leads": """
        select contact, company, deal_status, lead_status, lead_reason, campaign, platform,
            campaign_state, raised_amount, currency, is_ambiguous
        from lead_to_campaign
        order by lead_key, campaign_number""",
    "utilization": """
        select person, available_hours, tracked_hours, billable_hours, utilization_percent
        from utilization
        where month = %(month)s and (tracked_hours > 0 or available_hours > 0)
        order by utilization_percent desc nulls last, person""",
    "month": "select max(month) as month from utilization where tracked_hours > 0",
    "projects": """
        select project, customer, currency, hours, invoiced, total_cost, profit, margin_percent,
            budget_left
        from project_profitability
        where is_active and (hours > 0 or invoiced <> 0)
        order by currency, profit desc nulls last, project_id""",
    "receivables": """
        select identifier, customer, due_date, days_overdue, age, open_total, currency, reminders
        from receivables
        order by days_overdue desc, invoice_id""",
    "revenue": """
        select month, currency, invoiced_net, paid, forecast
        from revenue_monthly
        where month > %(month)s::date - interval '12 months'
        order by month""",
    "tables": """
        select table_key, rows, ghosts, last_loaded_at, hours_since_last_load
        from data_quality
        order by table_key""",
    "totals": """
        select count(*) as campaigns, count(*) filter (where is_equal) as equal
        from data_quality_campaigns""",
}


@dataclass(frozen=True)
class Figures:
    """What the page shows.

    Attributes:
        rows: The rows of each query.
        summaries: The run summaries of the programs, the newest of each.
        made_at: When they were read, as the database says it (UTC).
    """

    rows: dict[str, list[Row]]
    summaries: list[Row]
    made_at: str

    def one(self, name: str) -> Row:
        """Return the only row of a query; an empty one if there is none."""
        return next(iter(self.rows.get(name, [])), {})


def read(url: str, schema: str, summaries: Path | None) -> Figures:
    """Read the figures.

    Args:
        url: Of the warehouse.
        schema: Of the marts.
        summaries: Folder of the files that ``summary_path`` names.

    Raises:
        psycopg.Error: If the warehouse cannot be read.
    """
    with psycopg.connect(url, row_factory=dict_row) as connection:
        connection.execute(sql.SQL("set search_path to {}").format(sql.Identifier(schema)))
        there = {row["tablename"] for row in connection.execute(
            "select tablename from pg_tables where schemaname = %s", [schema])}  # fmt: skip
        month = _select(connection, "month", there, {})
        given = {"month": month[0]["month"] if month else None}
        rows = {name: _select(connection, name, there, given) for name in QUERIES}
        now = connection.execute("select to_char(now() at time zone 'UTC', 'YYYY-MM-DD HH24:MI')")
        made_at = next(iter(now))["to_char"]
    return Figures(rows, _read_summaries(summaries), made_at)


def _select(
    connection: psycopg.Connection[Row], name: str, there: set[str], given: Row
) -> list[Row]:
    """Return the rows of a query, none if its mart was not built."""
    query = QUERIES[name]
    mart = query.split("from ", 1)[1].split()[0]
    return list(connection.execute(query, given)) if mart in there else []


def _read_summaries(folder: Path | None) -> list[Row]:
    if folder is None:
        return []
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            summary = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        except (OSError, ValueError):
            continue
        if isinstance(summary, dict) and "program" in summary:
            # One program may be several plugins.
            found.append(summary | {"program": path.stem})
    return found
