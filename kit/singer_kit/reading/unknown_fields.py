"""Fields that no SCHEMA declares: gathered in one column, passed on, or dropped.

Loaders drop them without a word, or fail on them; and nobody can deselect what no catalog names.
"""

from __future__ import annotations

import math
import typing as t

from singer_sdk.singerlib.schema import Schema

from ..catalogs import complete_entry
from ..encoded_rows import EncodedRows, as_records
from ..personal_data import MARK, leaves_out, without_marked

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.singerlib.catalog import CatalogEntry

    from ..encoded_rows import Rows
    from ..records import Record
    from ..runtime.summary import RunSummary

    Properties = Mapping[str, Mapping[str, t.Any]]

COLUMN, PASS, DROP = "column", "pass", "drop"
# The column that holds them.
EXTRA = "_extra"
_EXTRA_PLACE = ("properties", EXTRA)
_EXTRA_SCHEMA: Mapping[str, t.Any] = {
    "type": ["object", "null"],
    "additionalProperties": True,
    MARK: True,
    "description": (
        "Fields that the API sent and no other column holds, by name. Added by the tap; absent "
        "where there are none. May hold personal data."
    ),
}


def full_schema(stream: t.Any) -> dict[str, t.Any]:  # noqa: ANN401 - an ApiStream
    """Return a stream's JSON schema, with the column for undeclared fields if they get one."""
    schema: dict[str, t.Any] = stream.record_schema()
    if _mode(stream.config) != COLUMN:
        return schema
    return {**schema, "properties": {**schema.get("properties", {}), EXTRA: dict(_EXTRA_SCHEMA)}}


def restrict(schema: dict[str, t.Any], stream: t.Any) -> dict[str, t.Any]:  # noqa: ANN401
    """Return a stream's schema, or its form in a catalog, without what settings leave out."""
    return without_marked(schema, full_schema(stream)) if leaves_out(stream.config) else schema


def adapt_entry(entry: CatalogEntry | None, stream: t.Any) -> None:  # noqa: ANN401
    """Make an entry of a catalog, which may be older than the settings, what these permit."""
    complete_entry(entry, stream.primary_keys, stream.schema)
    if entry is not None and leaves_out(stream.config):
        entry.schema = Schema.from_dict(restrict(entry.schema.to_dict(), stream))


def is_whole(mask: Mapping[tuple[str, ...], bool]) -> bool:
    """Tell whether all is selected but, maybe, the column for undeclared fields."""
    return all(selected or place == _EXTRA_PLACE for place, selected in mask.items())


class UnknownFields:
    """What becomes of the undeclared fields of one stream.

    What the tap declares and the catalog does not is deselected: it never goes out, whatever the
    setting is. Objects are looked into where something inside of one is deselected, and where
    they are flattened: then each of their fields is a column.

    Args:
        stream: The stream, its catalog applied.
        summary: Told of undeclared fields.

    Attributes:
        acts: Whether records have to be shaped: mostly only once a page had an undeclared field.
    """

    def __init__(self, stream: t.Any, summary: RunSummary) -> None:  # noqa: ANN401 - an ApiStream
        """Settle which fields go out."""
        self._stream, self._summary = stream.name, summary
        # Nobody knows what fields hold that no schema declares.
        mode = DROP if leaves_out(stream.config) else _mode(stream.config)
        mask = stream.mask
        whole_schema = full_schema(stream) if leaves_out(stream.config) else stream.schema
        own = properties_of(whole_schema, without=EXTRA)
        catalog = properties_of(stream.effective_schema, without=EXTRA)
        # Whatever the catalog says, the key goes out.
        catalog = {**{name: {} for name in stream.primary_keys or ()}, **catalog}
        has_column = EXTRA in properties_of(stream.effective_schema) and mask[_EXTRA_PLACE]
        first = stream.stream_maps[0]
        flattening = first.flattening_options if first.flattening_enabled else None
        whole = _Object(catalog, own, math.inf)
        inside = (
            leaves_out(stream.config)
            or any(each.narrowed for each in whole.objects.values())
            or any(
                len(place) > len(_EXTRA_PLACE) for place, selected in mask.items() if not selected
            )
        )
        depth = flattening.max_level if flattening else math.inf if inside else 0
        self._object = _Object(catalog, own, depth, flattened=flattening is not None)
        self._passes = mode == PASS and is_whole(mask) and not whole.narrowed
        self._gathers = mode == COLUMN and has_column
        self.acts = bool(self._object.objects) and not self._passes

    def look(self, records: Rows) -> None:
        """Note which undeclared fields the records of a page have."""
        names: set[str] = set()
        if isinstance(records, EncodedRows):
            names = records.undeclared()
        else:
            names.update(*records)
        if not names <= self._object.emitted:
            self.acts = not self._passes
            self._summary.note_unknown(self._stream, names - self._object.known)

    def shape_page(self, records: Rows) -> Rows:
        """Return records as they go out: themselves, or copies; encoded ones are used up."""
        if not self.acts:
            return records
        if isinstance(records, EncodedRows):
            found = records.undeclared()
            left = found - self._object.known if self._gathers else set()
            shaped = records.moving({*found} - left, None) if found - left else records
            shaped = shaped and (shaped.moving(left, EXTRA) if left else shaped)
            if shaped is not None and not self._object.objects:
                return shaped
        return [self.shape(record) for record in as_records(records)]

    def shape(self, record: Record) -> Record:
        """Return a record as it goes out: itself, or a copy."""
        if not self.acts:
            return record
        kept, extra = self._object.split(record)
        if extra and self._gathers:
            kept[EXTRA] = extra
        return kept


class _Object:
    """The fields of an object that go out.

    Args:
        catalog: Its properties in the catalog.
        own: Its properties in the tap's schema.
        depth: How deep the objects in it are looked at as well.
        flattened: Whether these are flattened.
    """

    def __init__(
        self, catalog: Properties, own: Properties, depth: float, *, flattened: bool = False
    ) -> None:
        self.emitted = frozenset(catalog)
        self.known = self.emitted.union(own)
        self.objects = {
            name: _Object(inner, properties_of(own.get(name, {})), depth - 1, flattened=flattened)
            for name, definition in catalog.items()
            if depth > 0 and (inner := properties_of(definition))
        }
        self.narrowed: bool = self.known != self.emitted or any(
            each.narrowed for each in self.objects.values()
        )
        self._flattened = flattened

    def split(self, record: Record) -> tuple[Record, Record]:
        """Return a copy with the fields that go out, and the undeclared ones."""
        kept: Record = {}
        extra: Record = {}
        for name, value in record.items():
            if name in self.emitted:
                inner = self.objects.get(name)
                if inner is None:
                    kept[name] = value
                elif isinstance(value, dict):
                    kept[name], more = inner.split(value)
                    if more:
                        extra[name] = more
                elif value is not None or not self._flattened:
                    # Flattened, a null would be a field that SCHEMA does not have.
                    kept[name] = value
            elif name not in self.known:
                extra[name] = value
        return kept, extra


def _mode(config: Mapping[str, t.Any]) -> str:
    # Discovery goes without a checked configuration, and so without defaults.
    return str(config.get("unknown_fields") or COLUMN)


def properties_of(schema: Mapping[str, t.Any], *, without: str = "") -> dict[str, t.Any]:
    """Return the properties of a schema but for one, by name."""
    found = schema.get("properties") or {}
    return {name: definition for name, definition in found.items() if name != without}
