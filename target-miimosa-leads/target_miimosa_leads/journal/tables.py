"""Tables of the journal, the same in SQLite and in PostgreSQL."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text

SCHEMA_VERSION = 2


metadata = MetaData()

leads = Table(
    "miimosa_lead",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("stream", Text, nullable=False),
    Column("identity", String(64), nullable=False, unique=True),
    Column("payload_digest", String(64), nullable=False),
    # Content of the last acknowledged POST; a record with the same content is always skipped.
    Column("delivered_digest", String(64)),
    Column("status", String(16), nullable=False),
    Column("reason", Text),
    Column("attempts", Integer, nullable=False, default=0),
    # The lead itself, as JSON, until it is acknowledged: the only personal data in the journal.
    Column("envelope", Text),
    Column("created_at", String(32), nullable=False),
    Column("updated_at", String(32), nullable=False),
    # The run that sent it last. The last column, as in a journal that was migrated.
    Column("run_id", String(64)),
    Index("miimosa_lead_status", "status"),
)

meta = Table(
    "miimosa_journal_meta",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
