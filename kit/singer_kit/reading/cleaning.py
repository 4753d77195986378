"""Puts right what the APIs write in more than one way."""

from __future__ import annotations

import re
import typing as t
from itertools import chain, filterfalse

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..records import Record

_DATES = frozenset({"date", "date-time"})
_NO_FIELDS: Record = {}
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def empty_to_null(schema: Mapping[str, t.Any]) -> Callable[[list[Record]], None]:
    """Return a function that puts right, in place, what the APIs write in more than one way.

    - ``""`` becomes null where the schema wants a date, a date-time or a number;
    - ``{}`` becomes null where the schema allows no object, or wants ``minProperties``;
    - numeric text becomes a number where the schema wants a number and no text.

    Nothing else is touched; what fits none of these stays as it came. Objects and lists of objects
    are followed as far as the schema describes them.

    Args:
        schema: JSON schema of the records.
    """
    return _Cleaner(schema).clean


class _Cleaner:
    """The rules for one kind of object, by field."""

    def __init__(self, schema: Mapping[str, t.Any]) -> None:
        self._dates: set[str] = set()
        self._numbers: set[str] = set()
        self._no_empty: set[str] = set()
        self._objects: dict[str, _Cleaner] = {}
        self._lists: dict[str, _Cleaner] = {}
        for name, definition in schema.get("properties", {}).items():
            self._learn(name, definition)
        self._dates -= self._numbers
        self.has_rules = any(
            (self._dates, self._numbers, self._no_empty, self._objects, self._lists)
        )

    def _learn(self, name: str, definition: Mapping[str, t.Any]) -> None:
        types = definition.get("type", [])
        if definition.get("format") in _DATES:
            self._dates.add(name)
        if "string" not in types and ("number" in types or "integer" in types):
            self._numbers.add(name)
        if types and ("object" not in types or definition.get("minProperties")):
            self._no_empty.add(name)
        if definition.get("properties"):
            inner = _Cleaner(definition)
            if inner.has_rules:
                self._objects[name] = inner
        items = definition.get("items")
        if isinstance(items, dict) and items.get("properties"):
            inner = _Cleaner(items)
            if inner.has_rules:
                self._lists[name] = inner

    def clean(self, rows: list[Record]) -> None:
        """Put rows right. Column by column, for nearly always there is nothing to be done."""
        self._clean_texts(rows)
        if _NO_FIELDS in filterfalse(None, chain.from_iterable(map(dict.values, rows))):
            self._clean_empty(rows)
        for name, cleaner in self._objects.items():
            values = [row.get(name) for row in rows]
            cleaner.clean([value for value in values if isinstance(value, dict)])
        for name, cleaner in self._lists.items():
            lists = [row.get(name) for row in rows]
            items = [item for value in lists if isinstance(value, list) for item in value]
            cleaner.clean([item for item in items if isinstance(item, dict)])

    def _clean_empty(self, rows: list[Record]) -> None:
        for row in rows:
            for name, value in row.items():
                if value == _NO_FIELDS and name in self._no_empty:
                    row[name] = None

    def _clean_texts(self, rows: list[Record]) -> None:
        for name in self._dates:
            if "" in [row.get(name) for row in rows]:
                for row in rows:
                    if row.get(name) == "":
                        row[name] = None
        for name in self._numbers:
            if str in {type(row.get(name)) for row in rows}:
                for row in rows:
                    if isinstance(row.get(name), str):
                        row[name] = _number(row[name])


def _number(text: str) -> int | float | str | None:
    """Return the number that a text is, None if it is empty, or the text."""
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)
