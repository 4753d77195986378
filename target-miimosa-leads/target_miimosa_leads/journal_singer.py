"""The journal as a Singer stream: what became of each lead, for a table in a warehouse."""

from __future__ import annotations

import time
import typing as t

from singer_sdk.singerlib import (
    ActivateVersionMessage,
    RecordMessage,
    SchemaMessage,
    format_message,
)

from target_miimosa_leads.leads.journaled import EXPORT_COLUMNS

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from target_miimosa_leads.leads.journaled import JournaledLead

STREAM = "leads"
_KEY = "key"
_NULLABLE = frozenset(["reason", "sent_at", "run_id"])
_TIMES = frozenset(["created_at", "updated_at", "sent_at"])
_INTEGERS = frozenset(["lead_id", "attempts"])


def build_schema(keep_fields: Iterable[str]) -> dict[str, t.Any]:
    """Return the JSON schema of the stream; kept fields are text, whatever they were."""
    properties = {name: _build_property(name) for name in EXPORT_COLUMNS}
    for name in keep_fields:
        properties[name] = {"type": ["string", "null"]}
    return {"type": "object", "properties": properties, "required": [_KEY]}


def _build_property(name: str) -> dict[str, t.Any]:
    kind = "integer" if name in _INTEGERS else "string"
    definition: dict[str, t.Any] = {"type": [kind, "null"] if name in _NULLABLE else [kind]}
    return {**definition, "format": "date-time"} if name in _TIMES else definition


def format_messages(rows: Iterable[JournaledLead], keep_fields: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the stream: its SCHEMA, a RECORD for each row, and ACTIVATE_VERSION.

    The stream is always the whole journal. With the version at its end a loader can mark, or
    remove, the rows of leads that have been purged since.

    Args:
        rows: The rows of the journal.
        keep_fields: The kept fields to export.
    """
    version = time.time_ns() // 1_000_000
    schema = build_schema(keep_fields)
    yield format_message(SchemaMessage(STREAM, schema, [_KEY]))
    for row in rows:
        record = build_record(row, keep_fields)
        yield format_message(RecordMessage(STREAM, record, version=version))
    yield format_message(ActivateVersionMessage(STREAM, version))


def build_record(row: JournaledLead, keep_fields: Iterable[str]) -> dict[str, t.Any]:
    """Return a row as a record: without hashes of content, and without the lead itself."""
    kept = row.kept or {}
    own = {"key": row.identity, "lead_id": row.id}
    record = {name: own[name] if name in own else getattr(row, name) for name in EXPORT_COLUMNS}
    return record | {name: kept.get(name) for name in keep_fields}
