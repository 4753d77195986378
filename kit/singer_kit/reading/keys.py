"""The keys of the latest rows, so that a row that shifts between pages comes out once."""

from __future__ import annotations

import typing as t

import msgspec

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..records import Record

# Rows shift by a few places while a list is read. Up to 19,660 keys, the last page included, are
# what CPython keeps in a table of 512 KB; the next size is four times that.
GENERATION = 19_000
# The latest so many generations but one are remembered for certain.
GENERATIONS = 3


class RecentKeys:
    """Remembers the keys of the latest rows, so that a row that shifts pages comes out once.

    Args:
        names: The primary key.
        generation: How many keys are forgotten at once: of the latest ones, twice as many are
            remembered, and memory stays flat however long the list is.
    """

    def __init__(self, names: Sequence[str], generation: int = GENERATION) -> None:
        """Start with no key."""
        self._names = tuple(names)
        self._generation = generation
        # The youngest first: when it is full, the oldest one is forgotten as a whole.
        self._seen: list[set[t.Any]] = [set() for _ in range(GENERATIONS)]

    @property
    def nothing(self) -> t.Any:  # noqa: ANN401
        """The key of a record that has none."""
        return None if len(self._names) == 1 else (None,) * len(self._names)

    def keys(self, records: Sequence[Mapping[str, t.Any]]) -> list[t.Any]:
        """Return the records' keys: values, or tuples where a key has several parts."""
        if len(self._names) == 1:
            (name,) = self._names
            return [record.get(name) for record in records]
        return [tuple([record.get(name) for name in self._names]) for record in records]

    def identify(self, records: Sequence[Mapping[str, t.Any]]) -> tuple[t.Any, ...]:
        """Return the records' keys, or their contents where they get their keys only later."""
        keys = self.keys(records)
        if self._names and self.nothing not in keys:
            return tuple(keys)
        return tuple(msgspec.json.encode(record) for record in records)

    def key(self, record: Mapping[str, t.Any]) -> tuple[t.Any, ...]:
        """Return a record's key as a tuple."""
        return tuple([record.get(name) for name in self._names])

    def new(self, records: list[Record]) -> list[Record]:
        """Return the records whose key was not seen lately, and remember them."""
        if not self._names:
            return records
        if len(self._seen[0]) >= self._generation:
            self._seen = [set(), *self._seen[:-1]]
        keys = self.keys(records)
        # Set operations on a whole page: nearly always, nothing is known.
        known = set().union(*(seen.intersection(keys) for seen in self._seen))
        self._seen[0].update(keys)
        result = []
        for key, record in zip(keys, records, strict=True):
            if key not in known:
                known.add(key)
                result.append(record)
        return result
