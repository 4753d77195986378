"""Writes STATE now and then, and the last one for certain."""

from __future__ import annotations

import math
import time
import typing as t
from decimal import Decimal

import msgspec
from singer_sdk.singerlib.encoding.simple import StateMessage

from ..sdk import StateWriter
from .checkpoint import pack

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from singer_sdk.helpers import types
    from singer_sdk.singerlib.encoding.base import GenericSingerWriter

# A STATE every two seconds at most, and a large one rarer: one that holds an entry for each of many
# parents, written every time, grows with the square of their number. So all STATE messages but the
# first and the last take 2 KB per second of the run at most, and a run that is killed repeats the
# work of two seconds, or of a second per 2 KB of its STATE.
STATE_SECONDS = 2.0
STATE_BYTES = 4_000


def without_fractions(state: t.Any) -> t.Any:  # noqa: ANN401 - JSON
    """Return a copy of a state, or of a part of it, whose fractions are rounded down.

    Loaders on the SDK read fractions as decimals, cannot write those, and end without having saved
    any STATE. Rounded down, a number says that less was read, never more.
    """
    if isinstance(state, dict):
        return {name: without_fractions(value) for name, value in state.items()}
    if isinstance(state, list):
        return [without_fractions(value) for value in state]
    return math.floor(state) if isinstance(state, float | Decimal) else state


class ThrottledStateWriter(StateWriter):
    """Writes STATE now and then, the larger the rarer, and the last for certain (:meth:`flush`).

    The SDK offers the whole state after every parent record. What is kept back is not a copy: at
    the flush the state speaks for exactly the records that were written until then.

    Args:
        message_writer: Writes messages.
        streams: Those of the tap; each that is read has an entry in every STATE.
        count_records: How many records were written so far. Loaders save a STATE once they have
            loaded what came before it, so one follows the last record even if it says nothing new.

    Attributes:
        written: STATE messages written so far.
    """

    def __init__(
        self,
        message_writer: GenericSingerWriter[t.Any, t.Any],
        streams: Iterable[t.Any] = (),
        count_records: Callable[[], int] = lambda: 0,
    ) -> None:
        """Start with nothing written."""
        super().__init__(message_writer)
        self.written = 0
        self._keys: dict[str, str | None] = {
            each.name: each.replication_key
            for each in streams
            if each.selected or each.has_selected_descendents
        }
        self._state: types.TapState | None = None
        self._count_records = count_records
        self._last: tuple[bytes, int] = b"", 0
        self._written_at = float("-inf")
        self._due_at = float("-inf")

    def write_state(self, state: types.TapState) -> None:
        """Write the state, or keep it for later if the last one is fresh for its size."""
        self._state = state
        if time.monotonic() >= self._due_at:
            packed, encoded = self._encode(state)
            # It has grown since the last one.
            self._due_at = self._written_at + _interval(encoded)
            if time.monotonic() >= self._due_at:
                self._write(packed, encoded)

    def flush(self) -> None:
        """Write what was kept back, unless it was written before and no record has come since."""
        if self._state is not None:
            self._write(*self._encode(self._state))

    def _encode(self, state: types.TapState) -> tuple[dict[str, t.Any], bytes]:
        """Return a state as it is written, and what tells it from others."""
        packed = {**state, "bookmarks": pack(state.get("bookmarks", {}), self._keys)}
        return packed, msgspec.json.encode(packed, order="deterministic")

    def _write(self, packed: dict[str, t.Any], encoded: bytes) -> None:
        latest = encoded, self._count_records()
        if latest != self._last:
            self._message_writer.write_message(StateMessage(value=without_fractions(packed)))
            self._last = latest
            self._written_at = time.monotonic()
            self._due_at = self._written_at + _interval(encoded)
            self.written += 1


def _interval(encoded: bytes) -> float:
    """Return the seconds between two STATE messages of a size."""
    return STATE_SECONDS * max(1.0, len(encoded) / STATE_BYTES)
