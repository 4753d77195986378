"""Small rules for records: keys, repeats, and empty values that mean null."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Record = dict[str, t.Any]

# Rows shift by a few places while a list is read; a window this wide costs a few megabytes.
REMEMBERED_KEYS = 50_000
_DATES = frozenset({"date", "date-time"})


class RecentKeys:
    """Remembers the keys of the latest rows, so that a row that shifts pages comes out once.

    Args:
        names: The primary key.
        size: How many keys are remembered; memory stays flat however long the list is.
    """

    def __init__(self, names: Sequence[str], size: int = REMEMBERED_KEYS) -> None:
        """Start with no key."""
        self._names = tuple(names)
        self._size = size
        self._seen: dict[t.Any, None] = {}

    def key(self, record: Mapping[str, t.Any]) -> tuple[t.Any, ...]:
        """Return a record's key."""
        return tuple(record.get(name) for name in self._names)

    def is_new(self, record: Mapping[str, t.Any]) -> bool:
        """Tell whether the record's key was not seen lately, and remember it."""
        if not self._names:
            return True
        key = self.key(record)
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > self._size:
            del self._seen[next(iter(self._seen))]
        return True


def empty_to_null(schema: Mapping[str, t.Any]) -> Callable[[Record], None]:
    """Return a function that sets null, in place, where the APIs send "" or {} instead.

    ``""`` becomes null where the schema wants a date or date-time, ``{}`` where it allows no
    object. Nothing else is touched.

    Args:
        schema: JSON schema of the records.
    """
    dates: set[str] = set()
    scalars: set[str] = set()
    nested: dict[str, Callable[[Record], None]] = {}
    for name, definition in schema.get("properties", {}).items():
        types = definition.get("type", [])
        if definition.get("format") in _DATES:
            dates.add(name)
        if "object" not in types and types:
            scalars.add(name)
        elif definition.get("properties"):
            nested[name] = empty_to_null(definition)

    def clean(record: Record) -> None:
        for name, value in record.items():
            if (value == "" and name in dates) or (value == {} and name in scalars):
                record[name] = None
            elif isinstance(value, dict) and name in nested:
                nested[name](value)

    return clean
