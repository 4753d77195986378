"""The request budget: several rate windows that hold at the same time, kept before sending.

A slot of a window is free again one window after its *response was complete*. Counting from the
sending, as most limiters do, lets a server that counts arrivals see too many requests in a window
whenever the network delays some of them; counting from completion never does, whatever the jitter.
"""

from __future__ import annotations

import bisect
import collections
import math
import threading
import time
import typing as t
from contextlib import contextmanager
from dataclasses import dataclass

from ..errors import BudgetError, ConfigError
from .headers import rate_limit

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

# After a refusal the limits are evidently tighter than we knew (somebody else shares them).
CAUTION = 0.9
# Seconds that are waited at most, beyond what the server asks for, after several refusals.
LONGEST_PAUSE = 60.0


@dataclass(frozen=True)
class Window:
    """At most ``requests`` requests in any ``seconds`` seconds."""

    requests: int
    seconds: float

    @classmethod
    def from_setting(cls, setting: Iterable[Mapping[str, t.Any]]) -> list[Window]:
        """Return the windows of the ``rate_limits`` setting.

        Raises:
            ConfigError: If a window is not positive.
        """
        windows = [cls(int(item["requests"]), float(item["seconds"])) for item in setting]
        if any(window.requests < 1 or window.seconds <= 0 for window in windows):
            raise ConfigError(
                "Setting 'rate_limits' needs at least 1 in 'requests' and more than 0 in 'seconds'."
            )
        return windows


class Slots:
    """The use of one window: when each of its finished requests was complete."""

    def __init__(self, window: Window) -> None:
        """Start with every slot free."""
        self.window = window
        self.capacity = window.requests
        self.done: collections.deque[float] = collections.deque()

    def forget(self, now: float) -> None:
        """Free the slots of requests that are a window old."""
        while self.done and self.done[0] <= now - self.window.seconds:
            self.done.popleft()

    def wait(self, in_flight: int, now: float, ahead: int = 0) -> float | None:
        """Seconds until a slot is free for who comes after others; 0 if one is.

        None if that hangs on a response. Behind so many that some of them have to finish first, it
        is the least that it can take.
        """
        self.forget(now)
        excess = in_flight + ahead + len(self.done) - self.capacity + 1
        if excess <= 0:
            return 0.0
        if excess <= len(self.done):
            return self.done[excess - 1] + self.window.seconds - now
        unfinished = excess - len(self.done) - 1
        if unfinished < in_flight or not ahead:
            return None
        return self.window.seconds * (1 + unfinished // self.capacity)

    def left(self, in_flight: int, now: float) -> int:
        """Slots that are free."""
        self.forget(now)
        return max(0, self.capacity - in_flight - len(self.done))

    def charge(self, count: int, done_at: float) -> None:
        """Count requests that somebody else made, as if complete at a given time."""
        position = bisect.bisect(self.done, done_at)
        for _ in range(count):
            self.done.insert(position, done_at)


class Budget:
    """Hands out request slots so that no window is ever exceeded. Thread-safe.

    Args:
        windows: The limits; none means unlimited.
        max_wait: Longest wait for one slot, in seconds.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        windows: Iterable[Window],
        *,
        max_wait: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start with every slot free."""
        self._slots = sorted((Slots(w) for w in windows), key=lambda slots: slots.window.seconds)
        self._max_wait = max_wait
        self._clock = clock
        self._changed = threading.Condition()
        self._in_flight = 0
        self._blocked_until = 0.0
        self._refusals_in_a_row = 0
        self._waiters = 0
        self._waiting_since = 0.0
        self.seconds_waited = 0.0

    @contextmanager
    def slot(self, is_stopping: Callable[[], bool]) -> Iterator[None]:
        """Hold one slot while a request is made; it is freed one window after leaving.

        Args:
            is_stopping: True ends the waiting (the caller then finds out why).

        Raises:
            BudgetError: If the wait would be longer than ``max_wait``.
        """
        with self._changed:
            self._acquire(is_stopping)
        try:
            yield
        finally:
            with self._changed:
                self._give_back(self._clock())
                self._changed.notify_all()

    def _acquire(self, is_stopping: Callable[[], bool]) -> None:
        waiting = False
        try:
            while not is_stopping():
                now = self._clock()
                wait = self._take(now)
                if wait == 0:
                    return
                if wait is not None and wait > self._max_wait:
                    raise BudgetError(
                        f"The request budget is used up: the next request would wait "
                        f"{wait:.0f} s, more than max_wait ({self._max_wait:.0f} s)."
                    )
                if not waiting:
                    waiting = True
                    self._count_waiters(1, now)
                # Short naps, so that a stop is seen by worker threads too.
                self._changed.wait(0.5 if wait is None else min(wait, 0.5))
        finally:
            if waiting:
                self._count_waiters(-1, self._clock())
            self._leave_line()
        # The run is ending: nothing is sent, but the slot will be given back.
        self._in_flight += 1

    def _take(self, now: float) -> float | None:
        """Take a slot if one is free (then 0); otherwise return how long it will take, if known."""
        wait = self._wait(now)
        if wait == 0:
            self._in_flight += 1
        return wait

    def _leave_line(self) -> None:
        """Wait no longer before those who came later; here, there is no order."""

    def _give_back(self, now: float) -> None:
        self._in_flight -= 1
        for slots in self._slots:
            slots.done.append(now)

    def _count_waiters(self, change: int, now: float) -> None:
        """Measure the time in which at least one thread waited, not the sum over threads."""
        if self._waiters == 0:
            self._waiting_since = now
        self._waiters += change
        if self._waiters == 0:
            self.seconds_waited += now - self._waiting_since

    def _wait(self, now: float, ahead: int = 0) -> float | None:
        waits = [slots.wait(self._in_flight, now, ahead) for slots in self._slots]
        known = [self._blocked_until - now, *(wait for wait in waits if wait is not None)]
        longest = max(0.0, *known)
        return None if None in waits and longest == 0 else longest

    def learn(self, headers: Mapping[str, str]) -> None:
        """Adjust to what the server says it has counted.

        Args:
            headers: Response headers, of which the ``X-RateLimit-*`` ones are used.
        """
        told = rate_limit(headers)
        if told is None or not self._slots:
            return
        with self._changed:
            slots = next(
                (s for s in self._slots if s.window.requests == told.limit),
                self._slots[-1],
            )
            seconds = slots.window.seconds
            # A clock or unit that we misread must neither block for ever nor free too early.
            reset_in = seconds if told.reset_in is None else min(max(told.reset_in, 0.0), seconds)
            now = self._clock()
            self._refresh(now)
            # Ours may be the smaller limit: what others used is no concern as long as it fits.
            surplus = slots.left(self._in_flight, now) - max(told.remaining, 0)
            if surplus > 0:
                self._charge(slots, int(surplus), now + reset_in - seconds)

    def _refresh(self, now: float) -> None:
        """Learn what others on the same budget have done; here, there are none."""

    def _charge(self, slots: Slots, count: int, done_at: float) -> None:
        slots.charge(count, done_at)

    def note_refusal(self, retry_after: float | None) -> None:
        """Take note of a refusal (429): nobody sends before the wait is over.

        Args:
            retry_after: Seconds that the server asked for; None if it did not say.
        """
        with self._changed:
            now = self._clock()
            self._refresh(now)
            # Requests that were in flight when the first was refused tell nothing new.
            if now >= self._blocked_until:
                self._refusals_in_a_row += 1
                for slots in self._slots:
                    slots.capacity = max(1, int(slots.capacity * CAUTION))
            if retry_after is None:
                # Which window was exceeded is unknown: the shortest first, then longer ones.
                rank = min(max(self._refusals_in_a_row, 1), len(self._slots)) - 1
                retry_after = self._slots[rank].window.seconds if self._slots else 1.0
            # "Retry-After: 0" again and again must not become a flood.
            again = self._refusals_in_a_row - 1
            retry_after = max(retry_after, min(2.0 ** (again - 1), LONGEST_PAUSE) if again else 0.0)
            self._block(max(self._blocked_until, now + retry_after))

    def _block(self, until: float) -> None:
        self._blocked_until = until

    def note_success(self) -> None:
        """Take note of an answer that was not a refusal."""
        with self._changed:
            self._refusals_in_a_row = 0

    def nearly_exhausted(self, needed: int) -> bool:
        """Tell whether fewer slots are left than needed in a window too long to wait for."""
        with self._changed:
            now = self._clock()
            return any(
                slots.window.seconds > self._max_wait and slots.left(self._in_flight, now) < needed
                for slots in self._slots
            )

    def seconds_to_wait(self) -> float:
        """Return how long those that wait for a slot still have to; 0 if nobody does."""
        with self._changed:
            return (self._wait(self._clock()) or 0.0) if self._waiters else 0.0

    def seconds_for(self, requests: int) -> float:
        """Return about how long the limits make that many further requests take."""
        with self._changed:
            now = self._clock()
            more = [(s.window, requests - s.left(self._in_flight, now)) for s in self._slots]
        waits = (math.ceil(n / window.requests) * window.seconds for window, n in more if n > 0)
        return max(waits, default=0.0)

    def left(self) -> dict[str, int]:
        """Return the free slots per window, keyed like ``500/3600s``."""
        with self._changed:
            now = self._clock()
            return {
                f"{slots.window.requests}/{slots.window.seconds:g}s": slots.left(
                    self._in_flight, now
                )
                for slots in self._slots
            }
