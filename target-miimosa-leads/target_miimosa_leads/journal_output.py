"""Rows of the journal as text: a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
import typing as t

from target_miimosa_leads._kit.redaction import escape
from target_miimosa_leads.journal import envelope

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from target_miimosa_leads.leads.journaled import JournaledLead

LISTED = ("id", "status", "attempts", "updated_at", "stream", "reason")
EXPORTED = (
    "id", "stream", "identity", "payload_digest", "delivered_digest", "status", "reason",
    "attempts", "created_at", "updated_at", "run_id",
)  # fmt: skip
# What makes a spreadsheet take text for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def read_lead(row: JournaledLead) -> dict[str, t.Any] | None:
    """Return the lead itself; None once it is erased."""
    return envelope.unseal(row.envelope)[0] if row.envelope else None


def select_members(row: JournaledLead, names: Iterable[str]) -> dict[str, t.Any]:
    """Return some members of a row."""
    return {name: getattr(row, name) for name in names}


def flatten(rows: Iterable[JournaledLead]) -> tuple[list[str], list[dict[str, t.Any]]]:
    """Return the columns and rows of a list with the leads' own fields as further columns."""
    flat = [select_members(row, LISTED) | (read_lead(row) or {}) for row in rows]
    return list(dict.fromkeys([*LISTED, *(name for row in flat for name in row)])), flat


def format_table(names: Sequence[str], rows: Iterable[dict[str, t.Any]]) -> str:
    """Return rows in columns of one width, without empty lines in between."""
    lines = [tuple(names), *(tuple(_as_cell(row.get(name)) for name in names) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names))]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in lines
    )


def format_csv(names: Sequence[str], rows: Iterable[dict[str, t.Any]]) -> str:
    """Return rows as CSV in which no spreadsheet finds a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        cells = (row.get(name) for name in names)
        writer.writerow([_escape(cell) if isinstance(cell, str) else cell for cell in cells])
    return text.getvalue()


def format_json(content: t.Any) -> str:  # noqa: ANN401
    """Return readable JSON; decimals, which only a record has, as text."""
    text = json.dumps(content, indent=2, ensure_ascii=False, default=str)
    return escape(text, keep="\n") + "\n"


def _as_cell(value: t.Any) -> str:  # noqa: ANN401
    return escape(" ".join(str(value or "").split()))


def _escape(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
