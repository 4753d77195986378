"""State that stays small, is compared as instants, and never runs ahead of the records."""

from __future__ import annotations

import math
import time
import typing as t
from datetime import datetime, timezone
from decimal import Decimal

import msgspec
from singer_sdk.helpers._compat import datetime_fromisoformat
from singer_sdk.helpers._state import PROGRESS_MARKERS, StateWriter
from singer_sdk.singerlib.encoding.simple import StateMessage
from singer_sdk.streams._state import StreamStateManager

if t.TYPE_CHECKING:
    from singer_sdk.helpers import types
    from singer_sdk.singerlib.encoding.base import GenericSingerWriter

    from .summary import RunSummary

# A crash costs at most this much repeated work; more often, the state would outweigh the records.
STATE_SECONDS = 2.0


def whole(state: t.Any) -> t.Any:  # noqa: ANN401 - JSON
    """Return a copy of a state, or of a part of it, without fractions: they are rounded down.

    Loaders on the SDK read fractions as decimals, cannot write those, and end without having saved
    any STATE. Rounded down, a number says that less was read, never more.
    """
    if isinstance(state, dict):
        return {name: whole(value) for name, value in state.items()}
    if isinstance(state, list):
        return [whole(value) for value in state]
    return math.floor(state) if isinstance(state, float | Decimal) else state


class ThrottledStateWriter(StateWriter):
    """Writes STATE at most every two seconds, and the last one for certain (:meth:`flush`).

    The SDK offers the whole state after every parent record. What is kept back is not a copy: at
    the flush the state speaks for exactly the records that were written until then.
    """

    def __init__(
        self,
        message_writer: GenericSingerWriter[t.Any, t.Any],
        *,
        summary: RunSummary,
    ) -> None:
        """Write through a message writer."""
        super().__init__(message_writer)
        self._summary = summary
        self._state: types.TapState | None = None
        self._last: bytes = b""
        self._written_at = float("-inf")

    def write_state(self, state: types.TapState) -> None:
        """Write the state, or keep it for later if the last one is fresh."""
        self._state = state
        if time.monotonic() - self._written_at >= STATE_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what was kept back, unless it was written before."""
        if self._state is None:
            return
        encoded = msgspec.json.encode(self._state, order="deterministic")
        if encoded != self._last:
            self._message_writer.write_message(StateMessage(value=whole(self._state)))
            self._last = encoded
            self._written_at = time.monotonic()
            self._summary.states_written += 1


def instant(value: str | datetime) -> datetime:
    """Return a timestamp as a datetime in UTC; one without a zone counts as UTC.

    Timestamps are never compared as text: ``…12Z`` sorts behind ``…12.5Z``.
    """
    parsed = value if isinstance(value, datetime) else datetime_fromisoformat(value)
    if parsed.tzinfo is None:
        return parsed.replace(tzinfo=timezone.utc)
    return parsed.astimezone(timezone.utc)


# Length of 2026-01-31T12:00:00Z: such texts sort like the instants that they are.
_SORTABLE = 20


def is_later(one: str, other: str) -> bool:
    """Tell whether a timestamp is later than another one."""
    if len(one) == len(other) == _SORTABLE and one[-1] == other[-1] == "Z":
        return one > other
    return instant(one) > instant(other)


def latest_of(values: list[str]) -> str:
    """Return the latest of some timestamps; empty ones do not count."""
    if {len(value) for value in values} == {_SORTABLE} and {value[-1] for value in values} == {"Z"}:
        return max(values)
    return max((value for value in values if value), key=instant, default="")


class InstantStateManager(StreamStateManager):
    """Moves the bookmark by instants, and never past the start of the run.

    A record changed while the list is read may be missed on a page already behind us; it is found
    again because the next run starts no later than this one did.
    """

    replication_key: str | None = None
    incomplete = False

    def advance(self, records: list[dict[str, t.Any]], replication_key: str) -> None:
        """Keep the latest replication value of this run as a progress marker.

        Args:
            records: Records that go out next.
            replication_key: Name of the timestamp that drives the stream.
        """
        value = latest_of([record.get(replication_key) or "" for record in records])
        if not value or self.incomplete:
            return
        state = self.get_context_state(None)
        markers = state.setdefault(PROGRESS_MARKERS, {})
        known = markers.get("replication_key_value") or state.get("replication_key_value")
        if is_later(value, self._start_text):
            value = self._start_text
        if known is None or is_later(value, known):
            markers["replication_key_value"] = value
        else:
            markers.setdefault("replication_key_value", known)
        markers["replication_key"] = replication_key

    @property
    def started_at(self) -> datetime:
        """The instant that no bookmark passes, whole seconds."""
        return self._started_at

    @started_at.setter
    def started_at(self, moment: datetime) -> None:
        self._started_at = moment
        self._start_text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def drop_progress(self, context: types.Context | None = None) -> None:
        """Forget this run's progress: the stream was not read to its end.

        What follows may be newer than what was missed, so it moves the bookmark no more either.
        """
        self.incomplete = True
        self.get_context_state(context).pop(PROGRESS_MARKERS, None)

    def progress(self, context: types.Context | None = None) -> str | None:
        """Return the latest replication value of this run so far."""
        markers = self.get_context_state(context).get(PROGRESS_MARKERS, {})
        value: str | None = markers.get("replication_key_value")
        return value

    def take_up(self, latest: str | None, started_at: int) -> None:
        """Go on with the progress of a run that stopped in the middle of the list.

        Args:
            latest: Its latest replication value.
            started_at: When it started, epoch seconds: what changed since on the pages that it
                read is found by the run after this one.
        """
        self.started_at = min(self.started_at, datetime.fromtimestamp(started_at, tz=timezone.utc))
        if latest is not None and self.replication_key is not None:
            markers = self.get_context_state(None).setdefault(PROGRESS_MARKERS, {})
            markers["replication_key"] = self.replication_key
            markers["replication_key_value"] = latest
