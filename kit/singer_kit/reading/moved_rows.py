"""Rows that moved to a later page while their list was read: for each, another one may be missed.

Lists are sorted by what users change, names or dates. A row that moves from a page that was read to
one that was not makes all between them move up, and the first row of the next page then stands on
the page behind. The list's total stays the same, and so does the number of rows that come, as the
row that moved comes twice.
"""

from __future__ import annotations

import typing as t

from ..times import instant_or_none

if t.TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from ..records import Record


class MovedRows:
    """Counts the rows of one list that came again and have changed meanwhile.

    A row that comes again unchanged was pushed to the next page by one that came before it: nothing
    is missed. By how many rows the list has grown since the page before, so many may have been
    pushed, changed or not.

    Args:
        replication_key: Timestamp of the last change; None where rows have none, and those that are
            given are known to have changed.

    Attributes:
        some_missed: Whether a row that did not come may be missed.
    """

    def __init__(self, replication_key: str | None) -> None:
        """Start with no row."""
        self._field = replication_key
        self._total: int | None = None
        self.some_missed = False

    def add(self, repeated: Collection[Record], total: int | None, began: datetime) -> None:
        """Take note of a page.

        Args:
            repeated: Its rows that had come on an earlier page.
            total: Rows of the whole list, as it tells; None if it does not.
            began: When the reading began, by the API's clock.
        """
        grown = 0 if total is None or self._total is None else total - self._total
        self._total = total if total is not None else self._total
        if grown < 0:
            # Rows were removed: pages that were read before came along, to find what has moved.
            return
        changed = len(repeated)
        if self._field is not None:
            moments = [instant_or_none(row.get(self._field)) for row in repeated]
            changed = sum(moment is not None and moment >= began for moment in moments)
        self.some_missed = self.some_missed or changed > grown
