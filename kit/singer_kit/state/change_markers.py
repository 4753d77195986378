"""Change markers: a parent's children are only asked for when the parent says that they changed.

What was last synced lives in the child stream's state, one short entry per parent:
``{"41001": ["3", 20778, "2017-10-20T12:01:00Z"]}`` - the marker, the day (since 1970) of the last
full read, and the newest child seen, empty for none. An entry moves only after the child's records
are out.

Full reads come round after ``refresh_days``. On which of these days is that of the topmost parent,
for it and for all that is below it: a list whose day came while nobody read its parent would wait
for the parent's next one.
"""

from __future__ import annotations

import typing as t
import zlib
from datetime import timedelta

from ..fingerprints import checksum
from ..times import earlier, instant, latest

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..http.clock import RunClock
    from .query_binding import QueryBinding

STATE_KEY = "signals"
SECONDS_PER_DAY = 86_400
Entry = list[t.Any]
# The last part of the marker of a parent whose children are read in every run. It is not the time
# of the run that makes two markers differ: runs may follow one another within one tick of a clock.
EVERY_RUN = "open"


class ChangeMarkers:
    """The change markers of one child stream.

    Args:
        state: The stream's writable state.
        binding: Markers of another query do not count.
        clock: Tells the day of the run.
        refresh_days: A parent's children are read again after this time at the latest, whatever the
            marker says, because a marker may miss edits; 0 means never.
        lookback_days: How far before the newest child seen a list that moved is read; 0 for the
            whole list, None for none: children only appear at the top.
    """

    def __init__(
        self,
        state: dict[str, t.Any],
        *,
        binding: QueryBinding,
        clock: RunClock,
        refresh_days: int,
        lookback_days: int | None = None,
    ) -> None:
        """Read what the last run left; nothing is written before the first commit."""
        self._state = state
        self._binding = binding
        self._refresh_days = refresh_days
        self._lookback_days = lookback_days
        self._today = int(clock.started_at.timestamp() // SECONDS_PER_DAY)
        self._stale = set() if binding.matches else set(state.get(STATE_KEY, {}))
        self._seen: set[str] = set()

    @classmethod
    def of_stream(cls, stream: t.Any, clock: RunClock, refresh_days: int) -> ChangeMarkers:  # noqa: ANN401
        """Return the change markers of a stream of the kit."""
        return cls(
            stream.state_manager.stream_state,
            binding=stream.query_binding,
            clock=clock,
            refresh_days=refresh_days,
            lookback_days=stream.lookback_days,
        )

    def _entry(self, parent: str) -> Entry | None:
        entry: Entry | None = self._state.get(STATE_KEY, {}).get(parent)
        # Older versions overwrote what they forgot by one of day -1.
        return None if entry is None or parent in self._stale or entry[1] < 0 else entry

    def last(self, parent: str) -> str | None:
        """Return what a parent said when its children were last read; None if they never were."""
        entry = self._entry(parent)
        return None if entry is None else entry[0]

    def unchanged(self, parent: str, marker: str | None, former: str | None = None) -> bool:
        """Tell whether the children of a parent need no request.

        Args:
            parent: The parent's key, as text.
            marker: What the parent says now; None if it says nothing.
            former: The same as older versions wrote it: their state holds until a child moves.
        """
        self._seen.add(parent)
        entry = self._entry(parent)
        if entry is None or (marker or "").rpartition("|")[2] == EVERY_RUN:
            return False
        if entry[0] == former and marker is not None:
            entry[0] = marker
        return bool(entry[0] == marker and not self._due(parent, entry))

    def bookmark(self, parent: str) -> str | None:
        """Return the timestamp down to which a newest-first list is read; None for all of it."""
        entry = self._entry(parent)
        newest = None if entry is None or self._due(parent, entry) else entry[2]
        if not newest or self._lookback_days is None:
            return newest or None
        if not self._lookback_days:
            return None
        return earlier(instant(newest), timedelta(days=self._lookback_days)).isoformat()

    def commit(self, parent: str, marker: str | None, newest: str | None) -> None:
        """Take note that a parent's children were read, all records being out.

        Args:
            parent: The parent's key, as text.
            marker: What the parent said.
            newest: Timestamp of the newest row; an empty text if the next run must read the list
                whole, as it comes in no order.
        """
        if marker is None:
            return
        old, day = self._entry(parent), self._today
        if old is not None:
            day = day if self._due(parent, old) else old[1]
            newest = newest if newest == "" else latest([newest, old[2]])
        self._bind()[parent] = [marker, day, newest or ""]

    def forget(self, parent: str) -> None:
        """Forget a parent that is gone."""
        self._state.get(STATE_KEY, {}).pop(parent, None)

    def prune(self) -> None:
        """Forget the parents that this run, having read them all, did not meet."""
        entries = self._state.get(STATE_KEY, {})
        for parent in set(entries) - self._seen:
            del entries[parent]

    def _bind(self) -> dict[str, Entry]:
        """Return the entries, without those of another query."""
        entries: dict[str, Entry] = self._state.setdefault(STATE_KEY, {})
        for parent in self._stale:
            entries.pop(parent, None)
        self._stale.clear()
        self._binding.commit()
        return entries

    def _due(self, parent: str, entry: Entry) -> bool:
        if self._refresh_days <= 0:
            return False
        # The first sync reads everything on one day; the refreshes to come are spread.
        top = parent.partition("/")[0]
        offset = zlib.crc32(top.encode()) % self._refresh_days
        read, today = ((day - offset) // self._refresh_days for day in (entry[1], self._today))
        return bool(read < today)


def read_marker(parent: Mapping[str, t.Any], fields: Sequence[str]) -> str | None:
    """Return the values of a parent's marker fields as one short text; None if all are absent.

    Objects and lists, a video with its description for one, are told apart by a checksum.
    """
    return _join(
        f"{checksum(value, ()):08x}" if isinstance(value, dict | list) else value
        for value in map(parent.get, fields)
    )


def former_marker(parent: Mapping[str, t.Any], fields: Sequence[str]) -> str | None:
    """Return what older versions wrote for :func:`read_marker`: objects and lists in full."""
    return _join(map(parent.get, fields))


def _join(values: Iterable[object]) -> str | None:
    texts = [None if value is None else str(value) for value in values]
    if all(text is None for text in texts):
        return None
    return "|".join(text or "" for text in texts)
