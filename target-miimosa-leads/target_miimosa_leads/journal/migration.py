"""Brings a journal of an earlier version up to this one, in one transaction."""

from __future__ import annotations

import typing as t

from sqlalchemy import insert, update
from sqlalchemy.schema import CreateColumn

from target_miimosa_leads.journal.tables import SCHEMA_VERSION, leads, meta

if t.TYPE_CHECKING:
    from sqlalchemy import Connection

FIRST_VERSION = 1
# Says that there may be fingerprints of the first version.
FORMER_FINGERPRINTS = "former_fingerprints"


def migrate(connection: Connection) -> None:
    """Migrate from version 1, which had no run ids and other fingerprints."""
    column = CreateColumn(leads.c.run_id).compile(dialect=connection.dialect)
    connection.exec_driver_sql(f"ALTER TABLE {leads.name} ADD COLUMN {column}")
    connection.execute(
        update(meta).where(meta.c.name == "schema_version"), {"value": str(SCHEMA_VERSION)}
    )
    connection.execute(insert(meta), {"name": FORMER_FINGERPRINTS, "value": str(FIRST_VERSION)})
