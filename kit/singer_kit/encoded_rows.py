"""Rows of a page in the JSON text that goes out, and the values of single fields."""

from __future__ import annotations

import typing as t
from operator import attrgetter

import msgspec

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from .records import Record

_ENCODER = msgspec.json.Encoder()
_LINES = msgspec.json.Decoder(dict[str, t.Any])


class EncodedRows:
    """Rows that were checked, and never became dictionaries.

    Args:
        rows: The rows as structs of msgspec, none of them empty.
        fields: Attribute of each field that a row may have.
        undeclared: Those of them that the schema does not declare.
        lines: The rows as JSON, each with a line break behind it; no other line break. None where
            the structs are encoded to just that.
        added: Fields that no row has, and the value that all of them get.
        places: Attributes behind all others for fields that may be added, where ``lines`` is what
            the structs are encoded to.
    """

    def __init__(
        self,
        rows: Sequence[t.Any],
        fields: Mapping[str, str],
        undeclared: Collection[str],
        lines: bytes | None,
        *,
        added: Mapping[str, t.Any] | None = None,
        places: Mapping[str, str] | None = None,
    ) -> None:
        """Hold the rows."""
        self._rows = rows
        self._fields = fields
        self._undeclared = undeclared
        self._lines = lines
        self._added = dict(added or {})
        self._places = places or {}
        self._columns: dict[str, list[t.Any]] = {}
        self._encoded: bytes | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def __iter__(self) -> Iterator[Record]:
        """Yield the rows as records."""
        return iter(self.records())

    def column(self, name: str) -> list[t.Any]:
        """Return the values of a field, as JSON has them; None where a row has none."""
        if name not in self._columns:
            self._columns[name] = self._column(name)
        return self._columns[name]

    def _column(self, name: str) -> list[t.Any]:
        if name in self._added:
            return [self._added[name]] * len(self)
        if name not in self._fields:
            return [None] * len(self)
        values = [
            None if value is msgspec.UNSET else value
            for value in map(attrgetter(self._fields[name]), self._rows)
        ]
        return t.cast("list[t.Any]", msgspec.to_builtins(values))

    def lacks(self, name: str) -> bool:
        """Tell whether no row has a field, not even with a null in it."""
        attribute = self._fields.get(name)
        return attribute is None or are_unset(self._rows, attribute)

    def have_any(self, names: frozenset[str]) -> bool:
        """Tell whether a row has one of some fields."""
        return any(not self.lacks(name) for name in names.intersection(self._fields))

    def undeclared(self) -> set[str]:
        """Return the names of the fields that rows have and no schema declares."""
        return {name for name in self._undeclared if not self.lacks(name)}

    def tail(self) -> EncodedRows:
        """Return the last row."""
        line = self._lines and self._lines[self._lines.rfind(b"\n", 0, -1) + 1 :]
        return self._like(self._rows[-1:], line, self._added)

    def adding(self, values: Mapping[str, t.Any]) -> EncodedRows:
        """Return the rows, for the last time, with fields that none of them has yet."""
        if not values:
            return self
        if not self._places.keys() >= values.keys():
            return self._like(self._rows, self._lines, {**self._added, **values})
        fields = {**self._fields, **{name: self._places[name] for name in values}}
        for name, value in values.items():
            for row in self._rows:
                setattr(row, self._places[name], value)
        # What stands behind all else need not be encoded with it again.
        lines = None if self._lines is None else _with_more(self._lines, values)
        return EncodedRows(self._rows, fields, self._undeclared, lines, added=self._added)

    def moving(self, names: Collection[str], column: str | None) -> EncodedRows | None:
        """Return the rows with fields moved into an object behind the others, for the last time.

        Args:
            names: The fields.
            column: The object's name; None to leave the fields out.

        Returns:
            The rows; None if fields were added that would have to stand before the object.
        """
        if self._added or (column is not None and column not in self._fields):
            return None
        attributes = [(name, each) for name, each in self._fields.items() if name in names]
        target = self._fields.get(column or "", "")
        for row in self._rows:
            moved = {}
            for name, attribute in attributes:
                value = getattr(row, attribute)
                if value is not msgspec.UNSET:
                    moved[name] = value
                    setattr(row, attribute, msgspec.UNSET)
            if moved and target:
                setattr(row, target, moved)
        return self._like(self._rows, None, {})

    def encoded(self) -> bytes:
        """Return the rows as JSON, each with a line break behind it; no other line break."""
        if self._encoded is None:
            self._encoded = self._encode()
        return self._encoded

    def _encode(self) -> bytes:
        if self._lines is None:
            self._lines = bytes(_ENCODER.encode_lines(self._rows))
        return _with_more(self._lines, self._added) if self._added else self._lines

    def lines(self) -> list[bytes]:
        """Return each row as JSON."""
        return self.encoded().split(b"\n")[:-1]

    def records(self) -> list[Record]:
        """Return the rows as records."""
        return _LINES.decode_lines(self.encoded())

    def _like(
        self, rows: Sequence[t.Any], lines: bytes | None, added: Mapping[str, t.Any]
    ) -> EncodedRows:
        return EncodedRows(rows, self._fields, self._undeclared, lines, added=added)


def _with_more(lines: bytes, values: Mapping[str, t.Any]) -> bytes:
    """Return rows as JSON with the same fields at the end of each."""
    more = b",%b\n" % _ENCODER.encode(values)[1:]
    # Each line without its last brace.
    return more.join([line[:-1] for line in lines.split(b"\n")])


def are_unset(rows: Sequence[t.Any], attribute: str) -> bool:
    """Tell whether an attribute of all structs is unset."""
    return list(map(attrgetter(attribute), rows)).count(msgspec.UNSET) == len(rows)


# Rows of one page.
Rows = t.Union["list[Record]", EncodedRows]


def as_records(rows: Rows) -> list[Record]:
    """Return rows as records."""
    return rows.records() if isinstance(rows, EncodedRows) else rows


def in_parts(rows: Rows, size: int) -> Iterator[Rows]:
    """Yield records in lists of some size at the most; encoded ones stay together."""
    if isinstance(rows, EncodedRows):
        yield rows
        return
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def encode_rows(rows: Rows, places: Sequence[int]) -> list[bytes]:
    """Return some of the rows, one at least, as JSON."""
    if isinstance(rows, EncodedRows):
        # Mostly the last ones of a page: what lies before the first of them stays in one piece.
        lines = rows.encoded().rsplit(b"\n", len(rows) - min(places) + 1)
        return [lines[place - len(rows) - 1] for place in places]
    return [_ENCODER.encode(rows[place]) for place in places]


def last_row(rows: Rows) -> Rows:
    """Return the last one of some rows."""
    return rows.tail() if isinstance(rows, EncodedRows) else rows[-1:]


def column(rows: Rows | Sequence[Mapping[str, t.Any]], name: str) -> list[t.Any]:
    """Return the values of a field; None where a row has none."""
    if isinstance(rows, EncodedRows):
        return rows.column(name)
    return [row.get(name) for row in rows]
