"""The bookmark of an incremental stream: compared as instants, never past the start of its run."""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone

from ..sdk import PROGRESS_MARKERS, StreamStateManager
from ..times import as_text, earlier, find_latest, instant, is_later

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from ..encoded_rows import Rows
    from ..http.clock import RunClock

BOOKMARK = "replication_key_value"


def since_bookmark(
    state: t.Mapping[str, t.Any], name: str, start_date: datetime | None, overlap: timedelta
) -> datetime | None:
    """Return an instant of a state less the overlap, not before ``start_date``; None for all.

    Args:
        state: A stream's state.
        name: Key of the instant.
        start_date: The setting.
        overlap: How late a row may become visible.
    """
    value = state.get(name)
    if not value:
        return start_date
    since = earlier(instant(value), overlap)
    return max(since, start_date) if start_date else since


class BookmarkManager(StreamStateManager):
    """Moves the bookmark page by page, and never past the start of the run.

    A record changed while the list is read may be missed on a page already behind us; it is found
    again because the next run starts no later than this one did.

    Args:
        clock: Knows the start of the run, which no bookmark passes.
        replication_key: Name of the timestamp that drives the stream; None if there is none.
        is_bound: Tells whether the last run's bookmark belongs to the present query.
        kwargs: For the SDK's manager.
    """

    def __init__(
        self,
        *,
        clock: RunClock,
        replication_key: str | None,
        is_bound: Callable[[], bool],
        **kwargs: t.Any,  # noqa: ANN401
    ) -> None:
        """Start with the bookmark of the last run."""
        super().__init__(**kwargs)
        self._clock = clock
        self._began: datetime | None = None
        self.complete = True
        self._replication_key = replication_key
        self._is_bound = is_bound

    @classmethod
    def of_stream(cls, stream: t.Any, clock: RunClock) -> BookmarkManager:  # noqa: ANN401
        """Return the manager of a stream of the kit."""
        return cls(
            clock=clock,
            replication_key=stream.replication_key,
            is_bound=lambda: stream.query_binding.matches,
            tap_name=stream.tap_name,
            stream_name=stream.name,
            tap_state=stream.tap_state,
            state_partitioning_keys=stream.state_partitioning_keys,
        )

    @property
    def started_at(self) -> datetime:
        """When the run started, or the one that it continues, by the server's clock."""
        started_at = self._clock.started_at
        return min(started_at, self._began) if self._began else started_at

    def advance(self, records: Rows) -> None:
        """Keep the latest replication value of this run as a progress marker.

        Args:
            records: Records that go out next.
        """
        name = self._replication_key
        value = find_latest(records, name) if name else None
        if not value or not self.complete:
            return
        state = self.get_context_state(None)
        markers = state.setdefault(PROGRESS_MARKERS, {})
        known = markers.get(BOOKMARK) or (state.get(BOOKMARK) if self._is_bound() else None)
        started_at = as_text(self.started_at)
        if is_later(value, started_at):
            value = started_at
        if known is None or is_later(value, known):
            markers[BOOKMARK] = value
        else:
            markers.setdefault(BOOKMARK, known)
        markers["replication_key"] = name

    def drop_progress(self) -> None:
        """Forget this run's progress: the stream was not read to its end.

        What follows may be newer than what was missed, so it moves the bookmark no more either.
        """
        self.complete = False
        self.get_context_state(None).pop(PROGRESS_MARKERS, None)

    def progress(self) -> str | None:
        """Return the latest replication value of this run so far."""
        value: str | None = self.get_context_state(None).get(PROGRESS_MARKERS, {}).get(BOOKMARK)
        return value

    def continue_from(self, latest: str | None, started_at: int) -> None:
        """Go on with the progress of a run that stopped in the middle of the list.

        Args:
            latest: Its latest replication value.
            started_at: When it started, epoch seconds of the machine's clock: what changed since on
                the pages that it read is found by the run after this one.
        """
        began = datetime.fromtimestamp(started_at, tz=timezone.utc)
        self._began = self._clock.server_time(began)
        if latest is not None and self._replication_key is not None:
            markers = self.get_context_state(None).setdefault(PROGRESS_MARKERS, {})
            markers["replication_key"] = self._replication_key
            markers[BOOKMARK] = latest
