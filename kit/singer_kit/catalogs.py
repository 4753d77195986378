"""What a catalog may leave out."""

from __future__ import annotations

import typing as t

from singer_sdk.singerlib.catalog import StreamMetadata
from singer_sdk.singerlib.schema import Schema

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk.singerlib.catalog import CatalogEntry


def complete_entry(
    entry: CatalogEntry | None, keys: Sequence[str], schema: t.Mapping[str, t.Any]
) -> None:
    """Give an entry that names no fields, or no key, what the stream has.

    Args:
        entry: The stream's entry; None if the catalog has none.
        keys: The stream's primary key.
        schema: The stream's JSON schema.
    """
    if entry is None:
        return
    if not entry.schema.properties:
        entry.schema = Schema.from_dict(dict(schema))
    metadata = entry.metadata.get(())
    named = isinstance(metadata, StreamMetadata) and metadata.table_key_properties
    if entry.key_properties or named:
        return
    entry.key_properties = list(keys)
    own = {key: Schema.from_dict(schema["properties"][key]) for key in keys}
    entry.schema.properties = {**own, **(entry.schema.properties or {})}
