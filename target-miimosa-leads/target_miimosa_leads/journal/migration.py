"""Brings a journal of an earlier version up to this one, in one transaction.

The first version had no run ids and other fingerprints. The second had the hash key beside the
rows, times as text in PostgreSQL too, and neither ``sent_at`` nor kept fields.
"""

from __future__ import annotations

import typing as t

from sqlalchemy import delete, insert, select, update
from sqlalchemy.schema import CreateColumn

from target_miimosa_leads.journal.tables import (
    ADDED_IN_VERSION,
    SCHEMA_VERSION,
    leads,
    meta,
    secret,
)

if t.TYPE_CHECKING:
    from sqlalchemy import Connection

FIRST_VERSION = 1
KNOWN_VERSIONS = range(FIRST_VERSION, SCHEMA_VERSION + 1)
# Until the third version the key of the hashes was there, under this name.
SECRET = "secret"  # noqa: S105
SECRET_APART_IN_VERSION = 3
# Says that there may be fingerprints of the first version.
FORMER_FINGERPRINTS = "former_fingerprints"
_SECOND_VERSION = 2


def migrate(connection: Connection, version: int) -> None:
    """Migrate a journal of a version before :data:`.SCHEMA_VERSION`."""
    for name, added in ADDED_IN_VERSION.items():
        if version < added:
            column = CreateColumn(leads.c[name]).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {leads.name} ADD COLUMN {column}")
    if version < _SECOND_VERSION:
        connection.execute(insert(meta), {"name": FORMER_FINGERPRINTS, "value": str(FIRST_VERSION)})
    if version < SECRET_APART_IN_VERSION:
        _convert_times(connection)
        _move_secret(connection)
    connection.execute(
        update(meta).where(meta.c.name == "schema_version"), {"value": str(SCHEMA_VERSION)}
    )


def _convert_times(connection: Connection) -> None:
    """Make times what they are, and fill in when a lead was sent, where the journal can tell."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            f"ALTER TABLE {leads.name}"
            " ALTER COLUMN created_at TYPE timestamptz USING created_at::timestamptz,"
            " ALTER COLUMN updated_at TYPE timestamptz USING updated_at::timestamptz"
        )
    # Such a row was last changed when the answer came.
    delivered = (leads.c.status == "acknowledged", leads.c.attempts > 0, leads.c.reason.is_(None))
    connection.execute(update(leads).where(*delivered).values(sent_at=leads.c.updated_at))


def _move_secret(connection: Connection) -> None:
    secret.create(connection)
    former = select(meta.c.value).where(meta.c.name == SECRET)
    connection.execute(insert(secret).from_select([secret.c.value], former))
    connection.execute(delete(meta).where(meta.c.name == SECRET))
