"""Tables of the journal, the same in SQLite and in PostgreSQL."""

from __future__ import annotations

import typing as t
from datetime import datetime

from sqlalchemy import (
    JSON,
    TIMESTAMP,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import JSONB

from target_miimosa_leads._kit.compat import override
from target_miimosa_leads.timestamps import format_timestamp

if t.TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.types import TypeEngine

SCHEMA_VERSION = 3
# Columns that came later than the first version; they stand last, as in a migrated journal.
ADDED_IN_VERSION = {"run_id": 2, "sent_at": 3, "kept": 3}


class Instant(TypeDecorator[str]):
    """An instant, as the text of :mod:`.timestamps`; ``timestamptz`` in PostgreSQL."""

    impl = String(32)
    cache_ok = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[t.Any]:
        return TIMESTAMP(timezone=True) if dialect.name == "postgresql" else String(32)

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> t.Any:
        if value is None or dialect.name != "postgresql":
            return value
        return datetime.fromisoformat(value.replace("Z", "+00:00"))

    @override
    def process_result_value(self, value: t.Any, dialect: Dialect) -> str | None:
        # Text in a journal of an earlier version, too.
        return format_timestamp(value) if isinstance(value, datetime) else value


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
    # The lead itself, as JSON, until it is acknowledged: the only personal data in the journal,
    # unless keep_fields names some.
    Column("envelope", Text),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    # The run that sent it last.
    Column("run_id", String(64)),
    Column("sent_at", Instant),
    # The fields of keep_fields with their values as text; an empty object is null.
    Column("kept", JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")),
    Index("miimosa_lead_status", "status"),
)

meta = Table(
    "miimosa_journal_meta",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)

# The key of the hashes, apart from them: who may read the leads need not be able to read it.
secret = Table("miimosa_journal_secret", metadata, Column("value", Text, primary_key=True))
