"""When the next request may leave: after a 429, while the API cannot be reached, or never again."""

from __future__ import annotations

import random
import threading
import time

LONGEST_BACKOFF = 30.0
_FIRST_BACKOFF = 0.5


def backoff(attempt: int) -> float:
    """Return seconds to wait after this many failures: exponential, with jitter, bounded."""
    longest = min(LONGEST_BACKOFF, _FIRST_BACKOFF * 2.0 ** min(attempt, 16))
    return longest * random.uniform(0.5, 1.0)


class Pacing:
    """Shared by all threads that send: one that is told to wait makes all wait.

    Args:
        connection_retry_seconds: How long an outage may last before leads are given up.
        max_wait: How many seconds of waiting for the rate limit are allowed in all.
    """

    def __init__(self, connection_retry_seconds: float, max_wait: float) -> None:
        """Start with nothing to wait for."""
        self._lock = threading.Lock()
        self._retry_seconds = connection_retry_seconds
        self._max_wait = max_wait
        self._resume_at = 0.0
        self._outage_since: float | None = None
        self._failures = 0
        self._limits = 0
        self._waited = 0.0
        self.stopping = threading.Event()

    def wait(self) -> bool:
        """Wait until sending is allowed; False if the run is stopping."""
        while not self.stopping.is_set():
            left = self._resume_at - time.monotonic()
            if left <= 0:
                return True
            self.stopping.wait(left)
        return False

    def limited(self, retry_after: float | None) -> bool:
        """The API answered 429. False if waiting would take longer than allowed."""
        with self._lock:
            moment = time.monotonic()
            # Threads that were refused together wait together: it is one limit, and only the
            # longer wait counts.
            if moment >= self._resume_at:
                self._limits += 1
            # Never shorter than our own pause: "Retry-After: 0" again and again would be a flood.
            seconds = max(retry_after or 0.0, backoff(max(0, self._limits - 1)))
            resume_at = moment + seconds
            added = max(0.0, resume_at - max(self._resume_at, moment))
            if self._waited + added > self._max_wait:
                return False
            self._waited += added
            self._resume_at = max(self._resume_at, resume_at)
            return True

    def hold(self, attempt: int) -> None:
        """Wait a little before sending something again that may have arrived."""
        with self._lock:
            self._resume_at = max(self._resume_at, time.monotonic() + backoff(attempt))

    def unreachable(self) -> bool:
        """No connection could be made. False if the outage has lasted for too long."""
        with self._lock:
            moment = time.monotonic()
            if self._outage_since is None:
                self._outage_since = moment
            left = self._outage_since + self._retry_seconds - moment
            if left <= 0:
                return False
            if moment >= self._resume_at:
                self._resume_at = moment + min(left, backoff(self._failures))
                self._failures += 1
            return True

    def answered(self) -> None:
        """The API answered, whatever it said."""
        with self._lock:
            self._outage_since = None
            self._failures = 0

    def served(self) -> None:
        """The API took or refused a lead: it is no longer limiting us."""
        with self._lock:
            self._limits = 0
