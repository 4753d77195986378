"""Tells in C whether rows fit their JSON schema: nearly always, they do.

The schema becomes a msgspec struct, and the rows are converted to it. What comes out is thrown
away; that is still several times cheaper than to look at each value from Python.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
import typing as t
from itertools import count

import msgspec

from .values import INTEGERS

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..records import Record

# msgspec also takes a space, small letters and a zone without a colon; RFC 3339 does not.
_STRICT = re.compile(
    r"(?:[0-9-]{10}T[0-9:]{8}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})\n)*", re.ASCII
)
_INTEGER: t.Any = t.Annotated[int, msgspec.Meta(ge=INTEGERS[0], le=INTEGERS[-1])]
# No bound lets NaN through.
_FINITE: t.Any = t.Annotated[float, msgspec.Meta(ge=-sys.float_info.max, le=sys.float_info.max)]
_PLAIN: Mapping[str, t.Any] = {
    "null": None,
    "boolean": bool,
    "integer": _INTEGER,
    "number": int | _FINITE,
    "string": str,
}
_FORMATS: Mapping[str, t.Any] = {
    "date": dt.date,
    "date-time": t.Annotated[dt.datetime, msgspec.Meta(tz=True)],
}


def list_types(schema: Mapping[str, t.Any]) -> list[str]:
    """Return the JSON types that a schema allows; empty if it does not tell."""
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else list(types)


class PageCheck:
    """Checks rows of one kind.

    Args:
        schema: JSON schema of the rows.
    """

    def __init__(self, schema: Mapping[str, t.Any]) -> None:
        """Make the types."""
        self._exact = True
        self._numbers = count()
        self._row = self._struct(schema)
        self._page = list[self._row]  # type: ignore[name-defined]
        self._moments = [
            name
            for name, definition in schema.get("properties", {}).items()
            if definition.get("format") == "date-time"
            and not {"string", "null"}.symmetric_difference({"null", *list_types(definition)})
        ]

    def passes(self, rows: list[Record]) -> bool:
        """Tell whether all rows certainly fit."""
        if not self._exact:
            return False
        try:
            msgspec.convert(rows, self._page)
        except msgspec.ValidationError:
            return False
        return self._are_strict(rows)

    def _are_strict(self, rows: list[Record]) -> bool:
        for name in self._moments:
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

    def _struct(self, schema: Mapping[str, t.Any]) -> t.Any:  # noqa: ANN401 - a type
        # Unknown fields are ignored, and so are missing ones.
        properties = dict(schema.get("properties", {}))
        names = [f"f{number}" for number in range(len(properties))]
        fields = [
            (name, self._type(definition), None)
            for name, definition in zip(names, properties.values(), strict=True)
        ]
        rename = dict(zip(names, properties, strict=True))
        return msgspec.defstruct(f"Row{next(self._numbers)}", fields, rename=rename, gc=False)

    def _type(self, schema: Mapping[str, t.Any]) -> t.Any:  # noqa: ANN401 - a type
        types = [self._one(each, schema) for each in list_types(schema)]
        return t.Union[tuple(types)] if types else t.Any  # noqa: UP007

    def _one(self, name: str, schema: Mapping[str, t.Any]) -> t.Any:  # noqa: ANN401 - a type
        if name == "object":
            return self._object(schema)
        if name == "array":
            items = schema.get("items")
            return list[self._type(items)] if isinstance(items, dict) else list  # type: ignore[misc]
        if name == "string":
            return _FORMATS.get(schema.get("format", ""), str)
        return _PLAIN.get(name, t.Any)

    def _object(self, schema: Mapping[str, t.Any]) -> t.Any:  # noqa: ANN401 - a type
        others = schema.get("additionalProperties")
        closed = others is False or isinstance(others, dict)
        if schema.get("minProperties") or (closed and schema.get("properties")):
            # No type of msgspec says that.
            self._exact = False
        if schema.get("properties"):
            return self._struct(schema)
        return dict[str, self._type(others)] if isinstance(others, dict) else dict  # type: ignore[misc]
