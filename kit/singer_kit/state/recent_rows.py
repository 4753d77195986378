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

from ..fingerprints import lasting
from ..times import as_text, earlier, instant, instant_or_none, is_later, latest

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from ..records import Record

STATE_KEY = "overlap"
# A bulk import may change thousands of rows in one minute; then they rather come twice.
MOST_KEPT = 1000


class RecentRows:
    """The rows of one stream's overlap.

    Args:
        state: The stream's writable state.
        replication_key: Name of the timestamp.
        key_of: Returns a record's primary key.
        overlap: How much is read again.
        volatile: Fields, nested ones too, that differ at every read and are not a change.
        hold_back: Whether rows that the run before has emitted are left out; not where the list is
            read anew, or for somebody else.
    """

    def __init__(
        self,
        state: dict[str, t.Any],
        replication_key: str,
        key_of: Callable[[Mapping[str, t.Any]], tuple[t.Any, ...]],
        *,
        overlap: timedelta,
        volatile: frozenset[str] = frozenset(),
        hold_back: bool = True,
    ) -> None:
        """Read what the last run left."""
        self._state = state
        self._name = replication_key
        self._key_of = key_of
        self._overlap = overlap
        self._volatile = volatile
        self._known: dict[str, str] = state.get(STATE_KEY, {}) if hold_back else {}
        self._known_moments = {_moment_of(version) for version in self._known.values()}
        self._kept: dict[str, str] = {}
        self._latest = ""
        # Where the overlap begins: exactly, and in whole seconds as most timestamps are written.
        self._begins: datetime | None = None
        self._limit = ""

    def changed(self, records: list[Record]) -> list[Record]:
        """Return the records that were not emitted by the run before, unchanged.

        Where the overlap begins is settled by the latest row of the whole page: most lists rise by
        their timestamp, and hardly a row of a page then lies in it.
        """
        values = [record.get(self._name) for record in records]
        newest = latest(values)
        self._move_to(newest)
        if not self._known and newest and is_later(self._limit, newest):
            # All long before the newest row so far: the usual case where a list does not rise.
            return records
        asked = [self._may_matter(value) for value in values]
        if not any(asked):
            return records
        return [
            record
            for record, value, matters in zip(records, values, asked, strict=True)
            if not matters or self._has_changed(record, value)
        ]

    def _move_to(self, found: str | None) -> None:
        if found and (not self._latest or is_later(found, self._latest)):
            self._latest = found
            self._begins = earlier(instant(found), self._overlap)
            # Loses fractions of a second: rather a row too many is looked at.
            self._limit = as_text(self._begins)

    def _may_matter(self, value: object) -> bool:
        """Tell whether a row lies in the overlap, or has come with this timestamp before."""
        if not isinstance(value, str):
            return False
        if value in self._known_moments:
            return True
        if len(value) == len(self._limit) and value.endswith("Z"):
            return value >= self._limit
        moment = instant_or_none(value)
        return moment is not None and self._is_late(moment)

    def _is_late(self, moment: datetime) -> bool:
        return self._begins is None or moment >= self._begins

    def _has_changed(self, record: Record, value: object) -> bool:
        moment = instant_or_none(value)
        if moment is None:
            return True
        key = "/".join(str(part) for part in self._key_of(record))
        late = self._is_late(moment)
        if not late and key not in self._known:
            return True
        content = msgspec.json.encode(lasting(record, self._volatile))
        version = f"{value} {zlib.crc32(content):08x}"
        if late:
            self._keep(key, version)
        return bool(self._known.get(key) != version)

    def _keep(self, key: str, version: str) -> None:
        self._kept[key] = version
        if len(self._kept) > 2 * MOST_KEPT:
            self._drop_old()

    def _drop_old(self) -> None:
        self._kept = {
            key: version
            for key, version in self._kept.items()
            if self._is_late(instant(_moment_of(version)))
        }
        if len(self._kept) > MOST_KEPT:
            self._kept = {}

    def commit(self) -> None:
        """Leave the rows of the overlap to the next run; the list was read to its end."""
        self._drop_old()
        if self._kept:
            self._state[STATE_KEY] = self._kept


def _moment_of(version: str) -> str:
    """Return the timestamp of a kept row."""
    return version.rpartition(" ")[0]
