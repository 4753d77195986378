"""Fields that an API writes as texts and a schema has as something else.

Sums such as ``"12.50"`` are numbers in the schema, and ``2026-01-02 03:04:05`` is a date-time.
Where that is so in one row it mostly is in all, and the texts are few: each is read once.
"""

from __future__ import annotations

import typing as t

from .fitting import ABSENT, Field
from .row_types import list_types

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ..records import Record

# Texts of one field whose values are remembered.
MOST_TEXTS = 10_000
_NESTED = frozenset({"object", "array"})


class UnfitTextError(Exception):
    """A text means nothing that the schema allows."""


class TextFields:
    """The fields of one stream's rows, as far as such texts were seen in them.

    Args:
        schema: JSON schema of the rows.
        keys: Fields that are left alone: whoever reads the rows judges those.
    """

    def __init__(self, schema: Mapping[str, t.Any], keys: Collection[str]) -> None:
        """Know of no such field."""
        self._schema = schema
        self._keys = keys
        self._fields: dict[str, Field] = {}
        self._known: dict[str, dict[str, t.Any]] = {}

    def learn(self, misfits: Iterable[tuple[str, Record]]) -> bool:
        """Take note of fields that hold such texts.

        Args:
            misfits: Fields that do not fit the schema, each with its row.

        Returns:
            Whether there are new ones.
        """
        before = len(self._fields)
        properties = self._schema.get("properties", {})
        for name, row in misfits:
            if name in self._keys or not isinstance(row[name], str):
                continue
            if _NESTED.isdisjoint(list_types(properties[name])):
                self._fields.setdefault(name, Field(properties[name], name))
        return len(self._fields) > before

    def widened(self) -> Mapping[str, t.Any]:
        """Return the schema with any text allowed in these fields."""
        if not self._fields:
            return self._schema
        properties = dict(self._schema["properties"])
        for name in self._fields:
            types = [*list_types(properties[name]), "string"]
            properties[name] = {"type": list(dict.fromkeys(types))}
        return {**self._schema, "properties": properties}

    def rewrite(self, rows: Iterable[t.Any], attributes: Mapping[str, str]) -> bool:
        """Replace the texts in rows by what they mean.

        Args:
            rows: The rows as structs of msgspec, changed in place.
            attributes: Attribute of each field.

        Returns:
            Whether anything was replaced.

        Raises:
            UnfitTextError: If a text means nothing.
        """
        changed = False
        for name, field in self._fields.items():
            if name not in attributes:
                continue
            attribute, known = attributes[name], self._known.setdefault(name, {})
            if len(known) > MOST_TEXTS:
                known.clear()
            for row in rows:
                text = getattr(row, attribute)
                if not isinstance(text, str):
                    continue
                if text not in known:
                    known[text] = _read(field, text)
                if known[text] != text:
                    setattr(row, attribute, known[text])
                    changed = True
        return changed


def _read(field: Field, text: str) -> t.Any:  # noqa: ANN401 - JSON
    found = field.fit(text, _fail)
    if found is ABSENT:
        raise UnfitTextError
    return found


def _fail(_: str) -> None:
    raise UnfitTextError
