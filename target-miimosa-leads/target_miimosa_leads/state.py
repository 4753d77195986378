"""STATE leaves only when every earlier record has a durable outcome."""

from __future__ import annotations

import os
import sys
import threading
import time
import typing as t
from collections import deque
from contextlib import suppress

import msgspec.json

STATE_SECONDS = 2.0
_encoder = msgspec.json.Encoder(decimal_format="number")


class StateTracker:
    """Counts records in and outcomes out, and emits the STATE behind the contiguous prefix.

    At most one STATE in two seconds, the newest that is allowed; :meth:`flush` emits the last.

    Attributes:
        emitted: How many went out.
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

    def _give_up(self) -> None:
        """Nobody reads our STATE any more."""
        self.broken = True
        with suppress(OSError, ValueError):
            # What is left in the buffer would be tried again, and fail, when the process ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def take(self) -> int:
        """Return the ticket of the next record."""
        with self._lock:
            self._taken += 1
            return self._taken - 1

    def state(self, value: t.Any) -> None:  # noqa: ANN401
        """Keep a STATE until all records before it are done."""
        with self._lock:
            if self._blocked_at is None:
                if self._waiting and self._waiting[-1][0] == self._taken:
                    self._waiting.pop()
                self._waiting.append((self._taken, value))
            self._advance()

    def done(self, ticket: int) -> None:
        """A record has its durable outcome."""
        with self._lock:
            if self._blocked_at is None or ticket < self._blocked_at:
                self._done.add(ticket)
                self._advance()

    def leave(self, ticket: int) -> None:
        """A record will have no outcome in this run: no STATE may pass it."""
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
        # Not json.dumps: numbers were read as decimals, so that they come out as they came in.
        try:
            _write_line(_encoder.encode(value))
        except OSError:
            self._give_up()
            return
        self._last, self._last_at = value, time.monotonic()
        self.emitted += 1


def _write_line(line: bytes) -> None:
    """Write to standard output as UTF-8, whatever the locale says: Singer knows nothing else."""
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        # Something else in its place, which takes text only.
        sys.stdout.write(line.decode() + "\n")
    else:
        binary.write(line + b"\n")
    sys.stdout.flush()
