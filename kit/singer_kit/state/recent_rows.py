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
from ..times import as_text, earlier, find_latest, instant, instant_or_none, is_later

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
        self._kept: dict[str, str] = {}
        self._latest: datetime | None = None
        self._limit = ""

    def changed(self, records: list[Record]) -> list[Record]:
        """Return the records that were not emitted by the run before, unchanged."""
        latest = find_latest(records, self._name)
        if not self._known and self._limit and latest and is_later(self._limit, latest):
            # All long before the end of the list: the usual case of a first read.
            return records
        return [record for record in records if self._has_changed(record)]

    def _has_changed(self, record: Record) -> bool:
        value = record.get(self._name)
        moment = instant_or_none(value)
        if moment is None:
            return True
        key = "/".join(str(part) for part in self._key_of(record))
        if self._latest is None or moment > self._latest:
            self._latest = moment
            self._limit = as_text(earlier(moment, self._overlap))
        late = moment >= earlier(self._latest, self._overlap)
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
        if self._latest is not None:
            limit = earlier(self._latest, self._overlap)
            self._kept = {
                key: version
                for key, version in self._kept.items()
                if instant(version.rpartition(" ")[0]) >= limit
            }
        if len(self._kept) > MOST_KEPT:
            self._kept = {}

    def commit(self) -> None:
        """Leave the rows of the overlap to the next run; the list was read to its end."""
        self._drop_old()
        if self._kept:
            self._state[STATE_KEY] = self._kept
