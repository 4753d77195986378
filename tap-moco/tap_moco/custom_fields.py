"""Custom fields as typed columns.

MOCO keeps custom fields in one free object, keyed by the name that somebody gave them. With
``custom_properties: columns`` each field that ``/account/custom_properties`` defines for a record
type is a column of its own: ``Abnahme nötig`` of kind Boolean becomes ``custom_abnahme_noetig``.

A column belongs to the definition that it was made for, for good: the state remembers it by the id
of the definition. So a field that is made anew under an old name, maybe of another kind, gets a
column of its own.

A value that its column cannot hold, and a value without a definition, stay where they were: in
``custom_properties``. So nothing is lost when a field is renamed, removed or changed.
"""

from __future__ import annotations

import copy
import datetime as dt
import re
import typing as t
import unicodedata

from singer_sdk.singerlib.catalog import Metadata
from singer_sdk.singerlib.schema import Schema

from tap_moco._kit.personal_data import MARK

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from singer_sdk.singerlib.catalog import CatalogEntry

    from tap_moco._kit.records import Record

PREFIX = "custom_"
SOURCE = "custom_properties"
# PostgreSQL cuts names at 63 bytes; room is left for an id that tells two fields apart.
LONGEST_NAME = 48
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class _Misfit(Exception):  # noqa: N818 - a signal inside this module
    """A value that is not of its field's kind."""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _Misfit
    return value


def _boolean(value: object) -> bool:
    if str(value) not in {"0", "1", "True", "False"}:
        raise _Misfit
    return str(value) in {"1", "True"}


def _date(value: object) -> str | None:
    if value == "":
        return None
    try:
        return dt.date.fromisoformat(_text(value)).isoformat()
    except ValueError:
        raise _Misfit from None


def _choices(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _Misfit
    return value


class _Kind(t.NamedTuple):
    schema: dict[str, t.Any]
    read: Callable[[object], t.Any]


_TEXT = _Kind({"type": ["string", "null"]}, _text)
_KINDS: Mapping[str, _Kind] = {
    "Boolean": _Kind({"type": ["boolean", "null"]}, _boolean),
    "Date": _Kind({"type": ["string", "null"], "format": "date"}, _date),
    "MultiSelect": _Kind({"type": ["array", "null"], "items": {"type": "string"}}, _choices),
}


class Column(t.NamedTuple):
    """One custom field as a column.

    Attributes:
        field: Its name in MOCO.
        name: Its name as a column.
        kind: String, Textarea, Link, Date, Boolean, Select or MultiSelect.
    """

    field: str
    name: str
    kind: str

    @property
    def schema(self) -> dict[str, t.Any]:
        """JSON schema of the column."""
        description = f"Custom field '{self.field}' ({self.kind})."
        return {**_KINDS.get(self.kind, _TEXT).schema, "description": description}

    def read(self, value: object) -> t.Any:  # noqa: ANN401 - depends on the kind
        """Return the value as the column holds it."""
        return _KINDS.get(self.kind, _TEXT).read(value)


class Columns:
    """The custom fields of one record type.

    Args:
        definitions: Records of ``/account/custom_properties`` for that type.
        taken: Names of the type's own fields.
        known: The columns of earlier runs: ids of definitions, as text, by the name of the column.

    Attributes:
        columns: The columns.
        names: The columns of this run and of earlier ones, as in ``known``.
    """

    def __init__(
        self, definitions: Iterable[Record], taken: Iterable[str], known: Mapping[str, str]
    ) -> None:
        """Name the columns; the oldest definition of a name keeps it, others add their id."""
        self.names = dict(known)
        self.columns: list[Column] = []
        own = {name.lower() for name in taken}
        for definition in sorted(definitions, key=lambda each: int(each["id"])):
            field, ident = str(definition["name"]), str(definition["id"])
            name = column_name(field)
            # With its id, too, it may be the name of another field.
            while name == PREFIX or name in own or self.names.get(name, ident) != ident:
                name = f"{name.rstrip('_')}_{ident}"
            own.add(name)
            self.names[name] = ident
            self.columns.append(Column(field, name, str(definition.get("kind"))))
        # What a catalog that was made without the state calls them.
        plain = {column_name(each.field) for each in self.columns}
        self._misnamed = plain - {each.name for each in self.columns} - set(taken)

    def extend(self, schema: Mapping[str, t.Any]) -> dict[str, t.Any]:
        """Return the schema with the columns."""
        extended = copy.deepcopy(dict(schema))
        marks = {MARK: True} if extended["properties"].get(SOURCE, {}).get(MARK) else {}
        extended["properties"].update({each.name: each.schema | marks for each in self.columns})
        return extended

    def add_to(self, entry: CatalogEntry) -> None:
        """Add the columns to a catalog that may be older than the fields."""
        entry.schema.properties = dict(entry.schema.properties or {})
        for name in self._misnamed:
            entry.schema.properties.pop(name, None)
            entry.metadata.pop(("properties", name), None)
        for each in self.columns:
            known = each.name in entry.schema.properties
            entry.schema.properties[each.name] = Schema.from_dict(each.schema)
            if not known:
                entry.metadata[("properties", each.name)] = Metadata(
                    inclusion=Metadata.InclusionType.AVAILABLE
                )

    def spread(self, record: Record) -> Record:
        """Move the values of custom fields into their columns; unset ones are null."""
        given = dict(record.get(SOURCE) or {})
        for each in self.columns:
            value = given.get(each.field)
            record[each.name] = None
            if value is not None:
                try:
                    record[each.name] = each.read(value)
                except _Misfit:
                    continue
            given.pop(each.field, None)
        if record.get(SOURCE) is not None:
            record[SOURCE] = given
        return record


def column_name(field: str) -> str:
    """Return a field's name as a column: lower-case ASCII letters, digits and underscores."""
    plain = unicodedata.normalize("NFKD", field.lower().translate(_GERMAN))
    words = re.sub(r"[^a-z0-9]+", "_", plain.encode("ascii", "ignore").decode()).strip("_")
    return PREFIX + words[: LONGEST_NAME - len(PREFIX)].strip("_")


def normalized(entity: object) -> str:
    """Return an entity's name without case, spaces and colons: ``User::AbsenceRequest``."""
    return re.sub(r"[^a-z0-9]", "", str(entity).lower())
