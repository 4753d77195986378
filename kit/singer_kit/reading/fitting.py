"""Makes rows fit the schema that goes out before them.

A loader that meets a text where its column holds numbers gives up the whole load, of all streams.
"""

from __future__ import annotations

import functools
import math
import typing as t

from . import values
from .page_check import PageCheck
from .row_types import list_types
from .values import UNREADABLE

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from ..records import Record

# In place of a value where the schema has no room for null either.
ABSENT: t.Any = object()
_TYPES: Mapping[type, frozenset[str]] = {
    type(None): frozenset({"null"}),
    bool: frozenset({"boolean"}),
    int: frozenset({"integer", "number"}),
    float: frozenset({"number"}),
    str: frozenset({"string"}),
    list: frozenset({"array"}),
    dict: frozenset({"object"}),
}
_FORMATS: Mapping[str, Callable[[object], t.Any]] = {
    "date": values.calendar_day,
    "date-time": values.date_time,
}
# In the order in which they are tried.
_READERS: Mapping[str, Callable[[object], t.Any]] = {
    "boolean": values.boolean,
    "integer": values.integer,
    "number": values.number,
}


class Fitter:
    """Makes rows fit a JSON schema.

    - What has one meaning is written as the schema has it: ``"1,5"`` as a number, ``5400.0`` as an
      integer, ``2024-01-02 03:04:05 UTC`` as a date-time.
    - Numbers are finite, integers have 64 bits at most.
    - ``""``, ``{}`` and ``[]`` become null where the schema allows no such value.
    - So does what means nothing there, and that is told.

    Objects and lists are followed as far as the schema describes them.

    Args:
        schema: JSON schema of the rows.
        keys: Fields of which a null stays what it is: who reads the rows judges that.
        tell: Told the path of each field that became null although it said something.
    """

    def __init__(
        self, schema: Mapping[str, t.Any], keys: Collection[str], tell: Callable[[str], None]
    ) -> None:
        """Take the schema; it is read when the first rows come."""
        self._schema = schema
        self._keys = keys
        self._tell = tell

    @functools.cached_property
    def _check(self) -> PageCheck:
        return PageCheck(self._schema)

    @functools.cached_property
    def _fields(self) -> dict[str, Field]:
        properties = self._schema.get("properties", {}).items()
        return {name: Field(each, name, is_key=name in self._keys) for name, each in properties}

    def fit(self, rows: list[Record]) -> None:
        """Change rows, in place, so that they fit."""
        if not self._check.passes(rows):
            for name, row in self._check.misfits(rows):
                _fit_one(row, name, self._fields[name], self._tell)


class Field:
    """Makes the values of one field, or the items of a list, fit their schema.

    Args:
        schema: JSON schema of the values.
        path: Names the field where it is told.
        is_key: A null stays what it is.
    """

    def __init__(self, schema: Mapping[str, t.Any], path: str, *, is_key: bool = False) -> None:
        """Read the schema."""
        self._path = path
        self.types = frozenset(list_types(schema))
        self._nullable = "null" in self.types or is_key
        self._least = int(schema.get("minProperties", 0))
        self._format = _FORMATS.get(schema.get("format", ""))
        self._readers = [reader for name, reader in _READERS.items() if name in self.types]
        if "string" in self.types:
            self._readers.append(self._format or values.text)
        self._fields = {
            name: Field(definition, f"{path}.{name}")
            for name, definition in schema.get("properties", {}).items()
        }
        items, others = schema.get("items"), schema.get("additionalProperties")
        self._items = Field(items, path) if isinstance(items, dict) else None
        # Names that no schema knows may tell about people, and stay out of the log.
        self._others = Field(others, f"{path}.*") if isinstance(others, dict) else None
        self._closed = others is False

    def fit(self, value: t.Any, tell: Callable[[str], None]) -> t.Any:  # noqa: ANN401
        """Return a value that fits, or :data:`ABSENT`.

        Args:
            value: JSON; objects and lists in it are changed in place.
            tell: Told the path of what became null although it said something.
        """
        if not self.types:
            return value
        found = None if value is None else self._read(value, tell)
        if found is UNREADABLE:
            if value.strip() if isinstance(value, str) else value not in ([], {}):
                tell(self._path)
            found = None
        return ABSENT if found is None and not self._nullable else found

    def _read(self, value: t.Any, tell: Callable[[str], None]) -> t.Any:  # noqa: ANN401
        if not _TYPES[type(value)] & self.types or not self._is_in_range(value):
            return self._convert(value, tell)
        if isinstance(value, dict):
            return self._fit_object(value, tell)
        if isinstance(value, list):
            return self._fit_list(value, tell)
        return self._format(value) if isinstance(value, str) and self._format else value

    def _is_in_range(self, value: t.Any) -> bool:  # noqa: ANN401
        if isinstance(value, float):
            return math.isfinite(value)
        return not isinstance(value, int) or "number" in self.types or value in values.INTEGERS

    def _convert(self, value: t.Any, tell: Callable[[str], None]) -> t.Any:  # noqa: ANN401
        for reader in self._readers:
            found = reader(value)
            if found is not UNREADABLE:
                return found
        # One item where a list should be is a list of one.
        if "array" in self.types and self._items and _TYPES[type(value)] & self._items.types:
            return self._fit_list([value], tell) if value not in ("", {}) else UNREADABLE
        return UNREADABLE

    def _fit_object(self, value: Record, tell: Callable[[str], None]) -> t.Any:  # noqa: ANN401
        if len(value) < self._least:
            return UNREADABLE
        _fit_each(value, self._fields, tell)
        if self._closed or self._others:
            others = [name for name in value if name not in self._fields]
            if self._others:
                _fit_each(value, dict.fromkeys(others, self._others), tell)
            else:
                for name in others:
                    del value[name]
        return value

    def _fit_list(self, value: list[t.Any], tell: Callable[[str], None]) -> list[t.Any]:
        if self._items is not None:
            found = [self._items.fit(item, tell) for item in value]
            value[:] = [item for item in found if item is not ABSENT]
        return value


def _fit_each(row: Record, fields: Mapping[str, Field], tell: Callable[[str], None]) -> None:
    for name, field in fields.items():
        if name in row:
            _fit_one(row, name, field, tell)


def _fit_one(row: Record, name: str, field: Field, tell: Callable[[str], None]) -> None:
    found = field.fit(row[name], tell)
    if found is ABSENT:
        del row[name]
    else:
        row[name] = found
