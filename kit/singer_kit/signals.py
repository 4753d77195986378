"""Change signals: a parent's children are only asked for when the parent says that they changed.

What was last synced lives in the child stream's state, one short entry per parent:
``{"41001": ["3", 20778, "2017-10-20T12:01:00Z"]}`` - the signal, the day (since 1970) of the last
full read, and the newest child seen. An entry moves only after the child's records are out.
"""

from __future__ import annotations

import time
import typing as t
import zlib

from .state import instant

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .records import Record

STATE_KEY = "signals"
SECONDS_PER_DAY = 86_400
Entry = list[t.Any]


class Signals:
    """The change signals of one child stream.

    Args:
        state: The stream's writable state.
        refresh_days: A parent's children are read again after this time whatever the signal says,
            because a signal may miss edits; 0 means never.
    """

    def __init__(self, state: dict[str, t.Any], *, refresh_days: int) -> None:
        """Keep the state; nothing is written before the first commit."""
        self._state = state
        self._refresh_days = refresh_days
        self._today = int(time.time() // SECONDS_PER_DAY)
        self._met: set[str] = set()

    def _entry(self, parent: str) -> Entry | None:
        entry: Entry | None = self._state.get(STATE_KEY, {}).get(parent)
        return entry

    def last(self, parent: str) -> str | None:
        """Return what a parent said when its children were last read; None if they never were."""
        entry = self._entry(parent)
        return None if entry is None else entry[0]

    def unchanged(self, parent: str, signal: str | None) -> bool:
        """Tell whether the children of a parent need no request.

        Args:
            parent: The parent's key, as text.
            signal: What the parent says now; None if it says nothing.
        """
        self._met.add(parent)
        entry = self._entry(parent)
        return entry is not None and entry[0] == signal and not self._due(entry)

    def bookmark(self, parent: str) -> str | None:
        """Return the newest child seen so far, if reading may stop there."""
        entry = self._entry(parent)
        return None if entry is None or self._due(entry) else entry[2]

    def commit(self, parent: str, signal: str | None, newest: str | None) -> None:
        """Take note that a parent's children were read, all records being out."""
        if signal is None:
            return
        old = self._entry(parent)
        if old is None:
            # The first sync reads everything on one day; the refreshes to come are spread.
            offset = zlib.crc32(parent.encode()) % max(self._refresh_days, 1)
            day = self._today - offset
        else:
            day = self._today if self._due(old) else old[1]
            newest = _latest(newest, old[2])
        self._state.setdefault(STATE_KEY, {})[parent] = [signal, day, newest]

    def forget(self, parent: str) -> None:
        """Let a parent's children be read again."""
        self._state.get(STATE_KEY, {}).pop(parent, None)

    def prune(self) -> None:
        """Forget the parents that this run, having read them all, did not meet."""
        entries = self._state.get(STATE_KEY, {})
        for parent in set(entries) - self._met:
            del entries[parent]

    def _due(self, entry: Entry) -> bool:
        return self._refresh_days > 0 and self._today - entry[1] >= self._refresh_days


def signal_of(parent: Mapping[str, t.Any], fields: Sequence[str]) -> str | None:
    """Return the values of a parent's signal fields as one short text; None if all are absent."""
    values = [parent.get(field) for field in fields]
    if all(value is None for value in values):
        return None
    return "|".join("" if value is None else str(value) for value in values)


def newest_of(records: Sequence[Record], field: str) -> str | None:
    """Return the latest timestamp of a field, compared as instants."""
    values = [record[field] for record in records if record.get(field)]
    return max(values, key=instant, default=None)


def _latest(one: str | None, other: str | None) -> str | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=instant)
