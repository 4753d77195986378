"""A journal of leads as its tap loads it: what became of leads from MOCO, Ulule and a file."""

from __future__ import annotations

import typing as t

import psycopg
from psycopg import sql

if t.TYPE_CHECKING:
    from sandbox.process import SandboxClient

COLUMNS = {
    "key": "text primary key", "lead_id": "bigint", "stream": "text", "status": "text",
    "reason": "text", "attempts": "bigint", "created_at": "timestamp", "updated_at": "timestamp",
    "sent_at": "timestamp", "run_id": "text", "contact_id": "text", "deal_id": "text",
    "proposal_id": "text", "reference": "text", "_sdc_extracted_at": "timestamp",
    "_sdc_deleted_at": "timestamp", "_sdc_sync_started_at": "bigint",
}  # fmt: skip
DAY = "2026-03-01 12:00:00"


def make_leads(database: str, box: SandboxClient, *, complete: bool) -> None:
    """Make the table: a lead of every second tagged contact; once complete also of the others.

    Args:
        database: URI of the warehouse.
        box: The APIs.
        complete: Whether a deal, a proposal, a file and a purged row are there, too.
    """
    contacts = [row for row in box.control("GET", "world/moco/contacts")["records"]
                if "MiiMOSA" in row["tags"]]  # fmt: skip
    rows: list[dict[str, t.Any]] = [
        {"status": "sent" if number % 3 else "rejected", "contact_id": contact["id"]}
        for number, contact in enumerate(contacts[::2])
    ]
    if complete:
        deals = [row for row in box.control("GET", "world/moco/deals")["records"]
                 if "MiiMOSA" in row["tags"] and row["person"]]  # fmt: skip
        proposals = box.control("GET", "world/ulule/partner_proposals")["records"]
        rows += [
            {"status": "acknowledged", "deal_id": deals[0]["id"]},
            {"status": "sent", "proposal_id": proposals[0]["id"]},
            {"status": "unknown", "reference": "row-1"},
            {"status": "sent", "reference": "row-2", "_sdc_deleted_at": DAY},
        ]
    with psycopg.connect(database) as connection:
        connection.execute("create schema if not exists leads")
        connection.execute("drop table if exists leads.leads cascade")
        definitions = [sql.SQL("{} " + kind).format(sql.Identifier(name))  # type: ignore[arg-type]
                       for name, kind in COLUMNS.items()]  # fmt: skip
        connection.execute(
            sql.SQL("create table leads.leads ({})").format(sql.SQL(", ").join(definitions))
        )
        for number, row in enumerate(rows):
            same = {"key": f"key-{number}", "lead_id": number + 1, "stream": "leads", "attempts": 1}
            times = dict.fromkeys(("created_at", "updated_at", "sent_at", "_sdc_extracted_at"), DAY)
            whole = {**same, **times, **{name: _text(value) for name, value in row.items()}}
            connection.execute(
                sql.SQL("insert into leads.leads ({}) values ({})").format(
                    sql.SQL(", ").join(map(sql.Identifier, whole)),
                    sql.SQL(", ").join(map(sql.Placeholder, whole)),
                ),
                whole,
            )


def _text(value: object) -> str:
    return str(value)
