"""Personal data, as the schemas mark it: fields that say who somebody is, or how to reach them.

Singer and JSON schema have no word for it; ``"x-personal": true`` is one of those that JSON schema
leaves to its users. A mark goes for all that is inside of the field.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Schema = Mapping[str, t.Any]

MARK = "x-personal"
SETTING, EXCLUDE = "personal_data", "exclude"


def leaves_out(config: Mapping[str, t.Any]) -> bool:
    """Tell whether the settings leave personal data out."""
    return bool(config.get(SETTING) == EXCLUDE)


def list_left_out(config: Mapping[str, t.Any]) -> tuple[str, ...]:
    """Return what the settings leave out: rows that came without it are read anew with it."""
    return (SETTING,) if leaves_out(config) else ()


def list_marked(schema: Schema) -> Iterator[str]:
    """Yield the marked fields of a schema, those in objects as ``user.email``, in lists ``[]``."""
    for name, definition in _properties(schema).items():
        if definition.get(MARK):
            yield name
            continue
        for inner in list_marked(definition):
            yield f"{name}.{inner}"
        for inner in list_marked(definition.get("items") or {}):
            yield f"{name}[].{inner}"


def without_marked(schema: Schema, marks: Schema) -> dict[str, t.Any]:
    """Return a schema without personal data.

    A list of which an item may have some is left out as a whole, as selection has no names for what
    is in lists; so is an object that has nothing else.

    Args:
        schema: Of records, or a part of it; maybe in the form of a catalog, which has no marks.
        marks: The same part of the schema with its marks.
    """
    if "properties" not in schema:
        return dict(schema)
    known, kept = _properties(marks), {}
    for name, definition in schema["properties"].items():
        own = known.get(name, {})
        if own.get(MARK) or any(list_marked(own.get("items") or {})):
            continue
        found = without_marked(definition, own)
        if _properties(found) or not _properties(definition):
            kept[name] = found
    return {**schema, "properties": kept}


def add_marks(schema: dict[str, t.Any], marks: Schema) -> None:
    """Mark the fields of a schema in the form of a catalog, in place.

    Args:
        schema: The schema.
        marks: The stream's own one.
    """
    for name, own in _properties(marks).items():
        definition = schema.get("properties", {}).get(name)
        if definition is None:
            continue
        if own.get(MARK):
            definition[MARK] = True
        add_marks(definition, own)
        if isinstance(definition.get("items"), dict):
            add_marks(definition["items"], own.get("items") or {})


def _properties(schema: Schema) -> Mapping[str, t.Any]:
    return schema.get("properties") or {}
