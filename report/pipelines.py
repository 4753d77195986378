"""The health of the pipelines: the last runs, and how fresh the tables are."""

from __future__ import annotations

import typing as t

from report.numbers import NONE, number, text
from report.tables import Column, folded, table

if t.TYPE_CHECKING:
    from report.figures import Figures, Row


def pipelines(figures: Figures) -> str:
    """Tables: the last runs, and how fresh the tables are."""
    runs = table(
        [
            Column("Plugin", "program"),
            Column("Outcome", "outcome", _outcome),
            Column("Ended (UTC)", "ended_at", lambda row: _moment(row["ended_at"])),
            Column("Requests", "requests", lambda row: text(row["requests"])),
            Column("Left of the budget", "budget", lambda row: text(row["budget"])),
            Column("Waited, s", "waited", lambda row: number(row["waited"], 1)),
            Column("Refused", "refused"),
            Column("Records", "records"),
            Column("Rejected leads", "rejected"),
            Column("Unknown leads", "unknown"),
        ],
        [_run(summary) for summary in figures.summaries],
    )
    rows = figures.rows["tables"]
    fresh = table(
        [
            Column("Table", "table_key"),
            Column("Rows", "rows", lambda row: number(row["rows"])),
            Column("Deleted", "ghosts"),
            Column("Last written (UTC)", "last_loaded_at"),
            Column("Hours since", "hours_since_last_load",
                   lambda row: number(row["hours_since_last_load"], 1)),
        ],
        rows,
    )  # fmt: skip
    total = figures.one("totals")
    checked = (
        f"<p>{total['equal']} of {total['campaigns']} campaigns have raised what their orders or "
        "pledges add up to.</p>"
        if total
        else ""
    )
    told = runs if figures.summaries else '<p class="soft">No run summaries were given.</p>'
    return f"{told}{checked}{folded(f'{len(rows)} tables and when they were written', fresh)}"


def _run(summary: Row) -> Row:
    budget = summary.get("budget_left") or {}
    return {
        "program": summary["program"],
        "outcome": summary.get("outcome"),
        "ended_at": summary.get("ended_at"),
        "requests": summary.get("requests"),
        "budget": ", ".join(f"{left} per {window}" for window, left in budget.items()) or None,
        "waited": summary.get("seconds_waited"),
        "refused": summary.get("refused"),
        "records": summary.get("records"),
        "rejected": summary.get("rejected"),
        "unknown": summary.get("unknown"),
    }


def _outcome(row: Row) -> str:
    kind = "good" if row["outcome"] == "complete" else "bad"
    return f'<span class="{kind}">{text(row["outcome"])}</span>'


def _moment(time: str | None) -> str:
    """Return a time of a run summary without seconds, in one piece."""
    shown = (time or NONE)[:16].replace("T", " ")
    return f'<span class="whole">{text(shown)}</span>'
