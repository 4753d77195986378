"""What a catalog may leave out."""

from __future__ import annotations

import typing as t

from singer_sdk.singerlib.catalog import Metadata, StreamMetadata
from singer_sdk.singerlib.schema import Schema

from .records import DELETED_AT

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk.singerlib.catalog import CatalogEntry


def complete_entry(
    entry: CatalogEntry | None, keys: Sequence[str], schema: t.Mapping[str, t.Any]
) -> None:
    """Give an entry that names no fields, or no key, what the stream has.

    The mark of deleted rows goes out whatever a catalog selects: in a row that has it all else is
    null, and a loader that did not know it would take that for the row's new values.

    Args:
        entry: The stream's entry; None if the catalog has none.
        keys: The stream's primary key.
        schema: The stream's JSON schema.
    """
    if entry is None:
        return
    if not entry.schema.properties:
        entry.schema = Schema.from_dict(dict(schema))
    if DELETED_AT in schema["properties"]:
        mark = Schema.from_dict(schema["properties"][DELETED_AT])
        entry.schema.properties = {**(entry.schema.properties or {}), DELETED_AT: mark}
        automatic = Metadata(inclusion=Metadata.InclusionType.AUTOMATIC)
        entry.metadata["properties", DELETED_AT] = automatic
    metadata = entry.metadata.get(())
    named = isinstance(metadata, StreamMetadata) and metadata.table_key_properties
    if entry.key_properties or named:
        return
    entry.key_properties = list(keys)
    own = {key: Schema.from_dict(schema["properties"][key]) for key in keys}
    entry.schema.properties = {**own, **(entry.schema.properties or {})}
