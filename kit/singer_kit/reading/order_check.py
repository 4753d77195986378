"""Whether a list that should come newest first does so, as far as it was read."""

from __future__ import annotations

import typing as t

from ..encoded_rows import as_records, column
from ..times import instant_or_none, instants

if t.TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ..encoded_rows import Rows

# Where the state of a stream says that its list is in no order: 1, or 0.
UNORDERED = "unordered"


class OrderCheck:
    """Tells where reading can stop, as long as the pages come as they should.

    Rows that are added while a list is read come again on the next page: so pages are compared by
    their newest rows only.

    Args:
        field: Timestamp by which the list should be sorted, newest first.
        stop_at: Instant down to which it is read; None for all of it.
        broken: Whether an earlier run saw that it is not sorted so.

    Attributes:
        broken: Whether it is not. Then nothing tells what lies behind a page.
    """

    def __init__(self, field: str, stop_at: datetime | None, *, broken: bool = False) -> None:
        """Start before the first page."""
        self.broken = broken
        self._field = field
        self._stop_at = stop_at
        self._descends = False
        self._newest: datetime | None = None

    @classmethod
    def of_list(
        cls, field: str | None, stop_at: datetime | None, state: Mapping[str, t.Any]
    ) -> OrderCheck | None:
        """Return what checks a list of a stream; None for one that need not come newest first.

        Args:
            field: As above; None for such a list.
            stop_at: As above.
            state: The stream's state.
        """
        return cls(field, stop_at, broken=state.get(UNORDERED) == 1) if field else None

    def is_last(self, rows: Rows) -> bool:
        """Tell whether a page, being the next one, reaches what was read before."""
        moments = instants(column(rows, self._field))
        if not moments:
            return False
        sorted_so = moments == sorted(moments, reverse=True)
        newest = moments[0] if sorted_so else max(moments)
        risen = self._newest is not None and newest > self._newest
        self.broken = self.broken or risen or not sorted_so
        self._descends = self._descends or moments[0] > moments[-1]
        self._newest = newest
        if self._stop_at is None or self.broken:
            return False
        # A page of one moment could be the beginning of an ascending list.
        return moments[-1] < self._stop_at and (self._descends or len(moments) == 1)


def leave_out_before(moment: datetime, records: Rows, field: str) -> Rows:
    """Return the records whose timestamp is not before a moment, or that have none."""
    moments = [instant_or_none(value) for value in column(records, field)]
    if all(each is None or each >= moment for each in moments):
        return records
    pairs = zip(as_records(records), moments, strict=True)
    return [record for record, each in pairs if each is None or each >= moment]
