"""The keys of the latest rows, so that a row that shifts between pages comes out once.

A row with a known key and another content is no such row: either it was edited while the list was
read, or the key does not tell the API's rows apart. It comes out.
"""

from __future__ import annotations

import typing as t

import msgspec

from ..encoded_rows import as_records, column

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..encoded_rows import Rows
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
        checksums: Returns what tells the contents of records apart.
        keeps_checksums: Whether rows of different pages are compared too: not where the next run
            reads again what changed.

    Attributes:
        conflicts: Records that came out although their key had.
        repeated: Records of the latest page whose key had come on an earlier one; where checksums
            are kept, only those with other contents than there.
    """

    def __init__(
        self,
        names: Sequence[str],
        generation: int = GENERATION,
        *,
        checksums: Callable[[Rows], list[int]],
        keeps_checksums: bool,
    ) -> None:
        """Start with no key."""
        self.conflicts = 0
        self.repeated: list[Record] = []
        self._names = tuple(names)
        self._generation = generation
        self._checksums = checksums
        self._keeps_checksums = keeps_checksums
        # The youngest first: when it is full, the oldest one is forgotten as a whole.
        self._seen: list[dict[t.Any, int | None]] = [{} for _ in range(GENERATIONS)]

    @property
    def nothing(self) -> t.Any:  # noqa: ANN401
        """The key of a record that has none."""
        return None if len(self._names) == 1 else (None,) * len(self._names)

    def keys(self, records: Rows) -> list[t.Any]:
        """Return the records' keys: values, or tuples where a key has several parts."""
        columns = [column(records, name) for name in self._names]
        return columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))

    def identify(self, records: Rows) -> tuple[t.Any, ...]:
        """Return the records' keys, or their contents where they get their keys only later."""
        keys = tuple(self.keys(records))
        if self._names and self.nothing not in keys and _is_hashable(keys):
            return keys
        return tuple(msgspec.json.encode(record) for record in as_records(records))

    def new(self, records: Rows) -> Rows:
        """Return the records that did not come lately, and remember them."""
        self.repeated = []
        if not self._names:
            return records
        if len(self._seen[0]) >= self._generation:
            self._seen = [{}, *self._seen[:-1]]
        keys = self.keys(records)
        sums: Sequence[int | None] = [None] * len(records)
        if self._keeps_checksums:
            sums = self._checksums(records)
        # Set operations on a whole page: nearly always, nothing is known.
        found = set(keys)
        # Asked this way round, what is looked at are the keys of the page, not all that were seen.
        is_new = all(seen.keys().isdisjoint(found) for seen in self._seen)
        if len(found) < len(keys) or not is_new:
            return self._changed(keys, as_records(records), sums)
        self._seen[0].update(zip(keys, sums, strict=True))
        return records

    def _changed(
        self, keys: list[t.Any], records: list[Record], sums: Sequence[int | None]
    ) -> list[Record]:
        """Return those of a page's records that did not come just so, and remember them."""
        result = []
        here: dict[t.Any, int] = {}
        all_found = self._checksums(records)
        for key, record, known, found in zip(keys, records, sums, all_found, strict=True):
            before = [seen[key] for seen in self._seen if key in seen][:1]
            # On one page both are at hand.
            other = here[key] != found if key in here else before != [known]
            if not before or other:
                self.conflicts += bool(before)
                result.append(record)
            if before and key not in here and (other or not self._keeps_checksums):
                self.repeated.append(record)
            here[key] = found
            self._seen[0][key] = known
        return result


def _is_hashable(keys: tuple[t.Any, ...]) -> bool:
    """Tell whether all keys are scalars: rows as they came may have others."""
    try:
        hash(keys)
    except TypeError:
        return False
    return True
