"""Incremental reading with an overlap, without emitting the overlap's rows again.

The rows of the overlap would come in every run; their keys, timestamps and checksums, kept in the
state, tell which of them are unchanged: ``{"41001": "2026-01-31T12:00:00Z 9a3fb2c1"}``. The
checksum is for rows that change twice within a second, where the API's timestamps know no
fractions.
"""

from __future__ import annotations

import typing as t
import zlib

import msgspec

from ..encoded_rows import as_records, column, encode_rows
from ..fingerprints import lasting
from ..times import are_sortable, as_text, earlier, instant, instant_or_none, is_later, latest

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from ..encoded_rows import Rows

STATE_KEY = "overlap"
# A bulk import may change thousands of rows in one minute; then they rather come twice.
MOST_KEPT = 1000


class RecentRows:
    """The rows of one stream's overlap.

    Args:
        state: The stream's writable state.
        replication_key: Name of the timestamp.
        key: The primary key.
        overlap: How much is read again.
        volatile: Fields, nested ones too, that differ at every read and are not a change.
        hold_back: Whether rows that the run before has emitted are left out; not where the list is
            read anew, or for somebody else.
    """

    def __init__(
        self,
        state: dict[str, t.Any],
        replication_key: str,
        key: Sequence[str],
        *,
        overlap: timedelta,
        volatile: frozenset[str] = frozenset(),
        hold_back: bool = True,
    ) -> None:
        """Read what the last run left."""
        self._state = state
        self._field = replication_key
        self._names = key
        self._overlap = overlap
        self._volatile = volatile
        self._known: dict[str, str] = state.get(STATE_KEY, {}) if hold_back else {}
        self._known_moments = {_moment_of(version) for version in self._known.values()}
        # Timestamp and content of each row.
        self._kept: dict[str, tuple[str, bytes]] = {}
        self._latest = ""
        # Where the overlap begins: exactly, and in whole seconds as most timestamps are written.
        self._begins: datetime | None = None
        self._limit = ""

    def changed(self, records: Rows) -> Rows:
        """Return the records that were not emitted by the run before, unchanged.

        Where the overlap begins is settled by the latest row of the whole page: most lists rise by
        their timestamp, and hardly a row of a page then lies in it.
        """
        values = column(records, self._field)
        newest = latest(values)
        self._move_to(newest)
        if not self._known and newest and is_later(self._limit, newest):
            # All long before the newest row so far: the usual case where a list does not rise.
            return records
        places = self._places(values)
        if not places:
            return records
        # Now, for whoever writes a record may change it.
        texts, keys = encode_rows(records, places), self._keys_of(records, places)
        held_back = {
            place
            for place, key, text in zip(places, keys, texts, strict=True)
            if not self._has_changed(key, values[place], text)
        }
        if not held_back:
            return records
        return [row for place, row in enumerate(as_records(records)) if place not in held_back]

    def _keys_of(self, records: Rows, places: list[int]) -> list[str]:
        columns = [column(records, name) for name in self._names]
        return ["/".join(str(values[place]) for values in columns) for place in places]

    def _move_to(self, found: str | None) -> None:
        if found and (not self._latest or is_later(found, self._latest)):
            self._latest = found
            self._begins = earlier(instant(found), self._overlap)
            # Loses fractions of a second: rather a row too many is looked at.
            self._limit = as_text(self._begins)

    def _places(self, values: list[t.Any]) -> list[int]:
        """Return the places of rows in the overlap, and of those that have a timestamp known."""
        known, limit = self._known_moments, self._limit
        texts = [value if isinstance(value, str) else "" for value in values]
        if limit and are_sortable(texts):
            return [place for place, text in enumerate(texts) if text >= limit or text in known]
        return [
            place
            for place, text in enumerate(texts)
            if text in known or ((moment := instant_or_none(text)) and self._is_late(moment))
        ]

    def _is_late(self, moment: datetime) -> bool:
        return self._begins is None or moment >= self._begins

    def _has_changed(self, key: str, value: object, record: bytes) -> bool:
        moment = instant_or_none(value)
        if moment is None:
            return True
        if self._is_late(moment):
            self._keep(key, (str(value), record))
        known = self._known.get(key)
        return known is None or known != self._version(str(value), record)

    def _version(self, value: str, record: bytes) -> str:
        """Return what tells a row from an older form of itself."""
        content = record
        if self._volatile:
            content = msgspec.json.encode(lasting(msgspec.json.decode(record), self._volatile))
        return f"{value} {zlib.crc32(content):08x}"

    def _keep(self, key: str, row: tuple[str, bytes]) -> None:
        self._kept[key] = row
        if len(self._kept) > 2 * MOST_KEPT:
            self._drop_old()

    def _drop_old(self) -> None:
        self._kept = {
            key: (value, record)
            for key, (value, record) in self._kept.items()
            if self._is_late(instant(value))
        }
        if len(self._kept) > MOST_KEPT:
            self._kept = {}

    def commit(self) -> None:
        """Leave the rows of the overlap to the next run; the list was read to its end."""
        self._drop_old()
        if self._kept:
            kept = self._kept.items()
            self._state[STATE_KEY] = {key: self._version(*row) for key, row in kept}


def _moment_of(version: str) -> str:
    """Return the timestamp of a row of the run before."""
    return version.rpartition(" ")[0]
