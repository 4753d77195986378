"""In which order the rows of a list have their fields."""

from __future__ import annotations

import re
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from ..records import Record

# The fields of an object in their order, and of the objects in them, as far as the schema describes
# those; empty where there is none.
Outline = dict[str, t.Any]

# So many fields that no schema declares are more likely values than names.
MOST_FIELDS = 500
# What no field of a msgspec struct may have in its name.
_UNNAMEABLE = re.compile(r'["\\\x00-\x1f]')


def learn(outline: Outline, row: Record, schema: Mapping[str, t.Any]) -> bool:
    """Add the fields of a row, each behind the one that stands before it.

    Args:
        outline: Changed in place.
        row: An object.
        schema: Its JSON schema.

    Returns:
        Whether the outline has changed.
    """
    changed = False
    before: str | None = None
    for name, value in row.items():
        if name not in outline:
            if len(outline) == MOST_FIELDS or _UNNAMEABLE.search(name):
                continue
            _insert(outline, name, before)
            changed = True
        inner, objects = _described(schema.get("properties", {}).get(name, {}), value)
        for each in objects:
            changed |= learn(outline[name], each, inner)
        before = name
    return changed


def _described(
    schema: Mapping[str, t.Any], value: object
) -> tuple[Mapping[str, t.Any], list[Record]]:
    """Return what a schema says of objects in a value, and these."""
    if isinstance(value, list):
        schema, values = schema.get("items") or {}, value
    else:
        values = [value]
    described = isinstance(schema, dict) and schema.get("properties")
    return (schema, [each for each in values if isinstance(each, dict)]) if described else ({}, [])


def _insert(outline: Outline, name: str, before: str | None) -> None:
    items = list(outline.items())
    place = list(outline).index(before) + 1 if before is not None else 0
    outline.clear()
    outline.update([*items[:place], (name, {}), *items[place:]])
