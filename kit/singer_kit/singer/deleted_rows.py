"""Tells the target which rows are gone, one by one."""

from __future__ import annotations

import typing as t

from singer_sdk.exceptions import MapExpressionError

from ..records import DELETED_AT
from ..sdk import pop_deselected_record_properties
from ..times import as_text
from .guarded_map import UncomputableError
from .output import is_plain

if t.TYPE_CHECKING:
    from ..records import Record
    from .output import CountingWriter

# What an expression of a stream map may do to a record of which only the key is known.
_UNDEFINED = (
    UncomputableError, MapExpressionError, TypeError, ValueError, AttributeError, LookupError,
)  # fmt: skip


def write_deleted(stream: t.Any, record: Record) -> None:  # noqa: ANN401
    """Write a RECORD that marks its row as deleted, all else being null.

    Args:
        stream: The row's stream.
        record: The key, and what else is known of the row.
    """
    stream.run.termination.check()
    output: CountingWriter = stream.tap.message_writer
    stream.write_schema()
    read_at = stream.reader.lists.read_at
    mark = {DELETED_AT: as_text(read_at)}
    declared = stream.effective_schema["properties"]
    known = {name: value for name, value in record.items() if name in declared}
    whole = {**dict.fromkeys(declared), **known, **mark}
    pop_deselected_record_properties(whole, stream.effective_schema, stream.mask)
    if is_plain(stream):
        output.write_record(stream.name, whole, None, read_at)
    else:
        for alias, mapped in _mapped(stream, whole):
            output.write_record(alias, {**mapped, **mark}, None, read_at)
    stream.state_manager.is_flushed = False


def _mapped(stream: t.Any, record: Record) -> list[tuple[str, Record]]:  # noqa: ANN401
    """Return what the stream maps make of a deleted row, with the names of their streams."""
    found = []
    for stream_map in stream.stream_maps:
        try:
            mapped = stream_map.transform(dict(record))
        except _UNDEFINED:
            mapped = None
        if mapped is None:
            stream.logger.warning(
                "The stream map of '%s' lets no row through of which only the key is known: the "
                "target is not told that it is gone.",
                stream.name,
            )
        else:
            found.append((stream_map.stream_alias, mapped))
    return found


def with_deleted_at(schema: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return a schema that has the mark of deleted rows."""
    mark = {
        "type": ["string", "null"],
        "format": "date-time",
        "description": "When it was found that the row is gone; null while it is there.",
    }
    return {**schema, "properties": {**schema["properties"], DELETED_AT: mark}}
