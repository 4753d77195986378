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
    from collections.abc import Iterable
    from datetime import datetime

    from ..records import Record


class MovedRows:
    """Counts the rows of one list that came again and have changed since the reading began.

    A row that comes again unchanged was pushed to the next page by one that came before it: nothing
    is missed. As many rows as the list has grown may have been pushed, changed or not.

    Args:
        replication_key: Timestamp of the last change; None for a list that is read whole in every
            run, and need not be counted.
    """

    def __init__(self, replication_key: str | None) -> None:
        """Start with no row."""
        self._field = replication_key
        self._count = 0
        self._first: int | None = None
        self._total: int | None = None

    def add(self, repeated: Iterable[Record], total: int | None, began: datetime) -> None:
        """Take note of a page.

        Args:
            repeated: Its rows that had come on an earlier page.
            total: Rows of the whole list, as it tells; None if it does not.
            began: When the reading began, by the API's clock.
        """
        before, self._total = self._total, total
        if self._first is None:
            self._first = total
        if self._field is None or (total or 0) < (before or 0):
            # Rows were removed: pages that were read before came along, to find what has moved.
            return
        moments = [instant_or_none(row.get(self._field)) for row in repeated]
        self._count += sum(moment is not None and moment >= began for moment in moments)

    @property
    def some_missed(self) -> bool:
        """Whether a row that did not come may be missed."""
        return self._count > max((self._total or 0) - (self._first or 0), 0)
