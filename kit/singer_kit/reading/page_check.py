"""Tells in C whether rows fit their JSON schema: nearly always, they do.

The schema becomes a msgspec struct, and the rows are converted to it. What comes out is thrown
away; that is still several times cheaper than to look at each value from Python.
"""

from __future__ import annotations

import re
import typing as t

import msgspec

from .row_types import RowTypes, list_types

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..records import Record

# msgspec also takes a space, small letters and other zones than UTC, which is written as Z here:
# PostgreSQL's COPY, for one, skips an offset and keeps the local time.
_STRICT = re.compile(r"(?:[0-9-]{10}T[0-9:]{8}(?:\.[0-9]+)?Z\n)*", re.ASCII)


class PageCheck:
    """Checks rows of one kind.

    Args:
        schema: JSON schema of the rows.

    Attributes:
        exact: Whether rows that fit can be told from others for certain.
        moments: The fields that hold timestamps and nothing else.
    """

    def __init__(self, schema: Mapping[str, t.Any]) -> None:
        """Make the types."""
        types = RowTypes()
        row = types.struct(schema)
        self.exact = types.exact
        self._page = list[row]  # type: ignore[valid-type]
        self._columns = {
            field.encode_name: list[field.type]  # type: ignore[name-defined]
            for field in msgspec.structs.fields(row)
        }
        self._nested = frozenset(
            name
            for name, definition in schema.get("properties", {}).items()
            if {"object", "array"}.intersection(list_types(definition))
        )
        self.moments = frozenset(
            name
            for name, definition in schema.get("properties", {}).items()
            if definition.get("format") == "date-time"
            and not {"string", "null"}.symmetric_difference({"null", *list_types(definition)})
        )

    def passes(self, rows: list[Record]) -> bool:
        """Tell whether all rows certainly fit."""
        if not self.exact or not _fits(rows, self._page):
            return False
        return all(_are_strict([row.get(name) for row in rows]) for name in self.moments)

    def misfits(self, rows: list[Record]) -> Iterator[tuple[str, Record]]:
        """Yield the fields that may not fit, each with its row.

        An API that writes one field in its own way does so in every row: all others are looked at
        in C, field by field.
        """
        for name, type_ in self._columns.items():
            having = [row for row in rows if name in row]
            if self._fit([row[name] for row in having], name, type_):
                continue
            for row in having:
                # A single value is looked at as fast as it is told from others.
                if name not in self._nested or not self._fit([row[name]], name, type_):
                    yield name, row

    def _fit(self, values: list[t.Any], name: str, type_: t.Any) -> bool:  # noqa: ANN401 - a type
        if not self.exact or not _fits(values, type_):
            return False
        return name not in self.moments or _are_strict(values)


def _fits(values: list[t.Any], type_: t.Any) -> bool:  # noqa: ANN401 - a type
    try:
        msgspec.convert(values, type_)
    except msgspec.ValidationError:
        return False
    return True


def _are_strict(moments: list[t.Any]) -> bool:
    lines = "\n".join([moment for moment in moments if moment])
    return not lines or _STRICT.fullmatch(f"{lines}\n") is not None
