"""STATE is emitted only when every earlier record has a durable outcome."""

from __future__ import annotations

import sys
import threading
import time
import typing as t
from collections import deque

import msgspec.json

from target_miimosa_leads._kit.runtime.standard_output import discard_stdout

STATE_SECONDS = 2.0
_encoder = msgspec.json.Encoder(decimal_format="number")


class StateTracker:
    """Numbers records, keeps track of their outcomes, and emits the STATE that comes after them.

    A record's number is its ticket. A STATE is emitted when all tickets before it are complete: at
    most one in two seconds, the newest that is allowed; :meth:`flush` emits the last one.

    Attributes:
        emitted: How many STATE messages were emitted.
        broken: Standard output is closed.
    """

    def __init__(self) -> None:
        """Start at the first record."""
        self._lock = threading.Lock()
        self._taken = 0
        self._prefix = 0
        self._done: set[int] = set()
        self._waiting: deque[tuple[int, t.Any]] = deque()
        self._ready: list[t.Any] = []
        self._last: t.Any = None
        self._last_at = float("-inf")
        self._blocked_at: int | None = None
        self.emitted = 0
        self.broken = False

    def take_ticket(self) -> int:
        """Return the ticket of the next record."""
        with self._lock:
            self._taken += 1
            return self._taken - 1

    def add_state(self, value: t.Any) -> None:  # noqa: ANN401
        """Emit a STATE once all records before it are complete."""
        with self._lock:
            if self._blocked_at is None:
                if self._waiting and self._waiting[-1][0] == self._taken:
                    self._waiting.pop()
                self._waiting.append((self._taken, value))
            self._advance()

    def complete(self, ticket: int) -> None:
        """Count a record as done: its outcome is durable."""
        with self._lock:
            if self._blocked_at is None or ticket < self._blocked_at:
                self._done.add(ticket)
                self._advance()

    def abandon(self, ticket: int) -> None:
        """Count a record as one without an outcome in this run: no STATE may pass it."""
        with self._lock:
            earlier = self._taken if self._blocked_at is None else self._blocked_at
            self._blocked_at = min(ticket, earlier)
            while self._waiting and self._waiting[-1][0] > self._blocked_at:
                self._waiting.pop()
            self._done = {number for number in self._done if number < self._blocked_at}

    def flush(self) -> None:
        """Emit the newest STATE that is allowed."""
        with self._lock:
            self._emit()

    def _advance(self) -> None:
        while self._prefix in self._done:
            self._done.remove(self._prefix)
            self._prefix += 1
        while self._waiting and self._waiting[0][0] <= self._prefix:
            self._ready = [self._waiting.popleft()[1]]
        if time.monotonic() - self._last_at >= STATE_SECONDS:
            self._emit()

    def _emit(self) -> None:
        if not self._ready or self.broken:
            return
        value = self._ready.pop()
        if value == self._last:
            return
        # Not json.dumps: numbers were read as decimals, so that they are written as they came in.
        try:
            _write_line(_encoder.encode(value))
        except OSError:
            self.broken = True
            # What is left in the buffer would be written again, and fail, when the process ends.
            discard_stdout()
            return
        self._last, self._last_at = value, time.monotonic()
        self.emitted += 1


def _write_line(line: bytes) -> None:
    """Write to standard output as UTF-8, the encoding of Singer messages in every locale."""
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        # A replacement of standard output that takes text only.
        sys.stdout.write(line.decode() + "\n")
    else:
        binary.write(line + b"\n")
    sys.stdout.flush()
