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
        self.moments = [
            name
            for name, definition in schema.get("properties", {}).items()
            if definition.get("format") == "date-time"
            and not {"string", "null"}.symmetric_difference({"null", *list_types(definition)})
        ]

    def passes(self, rows: list[Record]) -> bool:
        """Tell whether all rows certainly fit."""
        if not self.exact:
            return False
        try:
            msgspec.convert(rows, self._page)
        except msgspec.ValidationError:
            return False
        return self._are_strict(rows)

    def _are_strict(self, rows: list[Record]) -> bool:
        for name in self.moments:
            values = [row.get(name) for row in rows]
            lines = "\n".join([value for value in values if value])
            if lines and not _STRICT.fullmatch(f"{lines}\n"):
                return False
        return True

    def misfits(self, rows: list[Record]) -> Iterator[Record]:
        """Yield the rows that may not fit."""
        for row in rows:
            if not self.passes([row]):
                yield row
