"""When the next request may be sent: after a 429, while the API is unreachable, or never again."""

from __future__ import annotations

import random
import threading
import time

LONGEST_BACKOFF = 30.0
_FIRST_BACKOFF = 0.5


def compute_backoff(attempt: int) -> float:
    """Return the seconds to wait after so many failures: exponential, with jitter, bounded."""
    longest = min(LONGEST_BACKOFF, _FIRST_BACKOFF * 2.0 ** min(attempt, 16))
    return longest * random.uniform(0.5, 1.0)


class Pacing:
    """The waits of all sending threads: what makes one of them wait makes all wait. Thread-safe.

    Args:
        connection_retry_seconds: How long an outage may last before leads are given up.
        max_wait: How many seconds of waiting for the rate limit are allowed in all.

    Attributes:
        stopping: Set when nothing more is sent.
    """

    def __init__(self, connection_retry_seconds: float, max_wait: float) -> None:
        """Begin without a wait."""
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

    def extend_for_limit(self, retry_after: float | None) -> bool:
        """Wait after a 429; False if that would take longer than allowed.

        Args:
            retry_after: Seconds that the server asks for.
        """
        with self._lock:
            moment = time.monotonic()
            # Threads that were refused together wait together: it is one limit, and only the
            # longer wait counts.
            if moment >= self._resume_at:
                self._limits += 1
            # Never shorter than our own pause: "Retry-After: 0" again and again would be a flood.
            seconds = max(retry_after or 0.0, compute_backoff(max(0, self._limits - 1)))
            resume_at = moment + seconds
            added = max(0.0, resume_at - max(self._resume_at, moment))
            if self._waited + added > self._max_wait:
                return False
            self._waited += added
            self._resume_at = max(self._resume_at, resume_at)
            return True

    def extend_for_retry(self, attempt: int) -> None:
        """Wait before a lead is sent again that may have arrived."""
        with self._lock:
            self._resume_at = max(self._resume_at, time.monotonic() + compute_backoff(attempt))

    def extend_for_outage(self) -> bool:
        """Wait after a failed connection; False if the outage has lasted for too long."""
        with self._lock:
            moment = time.monotonic()
            if self._outage_since is None:
                self._outage_since = moment
            left = self._outage_since + self._retry_seconds - moment
            if left <= 0:
                return False
            if moment >= self._resume_at:
                self._resume_at = moment + min(left, compute_backoff(self._failures))
                self._failures += 1
            return True

    def end_outage(self) -> None:
        """Count the API as reachable: it has answered."""
        with self._lock:
            self._outage_since = None
            self._failures = 0

    def end_limit(self) -> None:
        """Count the rate limit as over: the API has taken or rejected a lead."""
        with self._lock:
            self._limits = 0
