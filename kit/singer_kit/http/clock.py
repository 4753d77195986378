"""When a run started, by the clock of the server.

Bookmarks are compared with the server's timestamps, so what a bookmark may not pass is the server's
time. A machine whose clock is ahead would otherwise skip what changes while it runs.
"""

from __future__ import annotations

import threading
import time
import typing as t
from datetime import datetime, timedelta, timezone

from .headers import epoch, number

if t.TYPE_CHECKING:
    from collections.abc import Mapping

# A server whose clock differs by more than that is not believed.
MOST_SKEW = timedelta(days=1)


class RunClock:
    """The start of a run, by the server's clock once an answer has told it. Thread-safe.

    Args:
        started_at: When the run started by the machine's clock; now by default.
    """

    def __init__(self, started_at: datetime | None = None) -> None:
        """Start with the machine's clock."""
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._local = whole_seconds(started_at or datetime.now(tz=timezone.utc))
        self._skew: timedelta | None = None

    @property
    def started_at(self) -> datetime:
        """When the run started: by the server's clock once it is known. Whole seconds, UTC."""
        return self.server_time(self._local)

    def server_time(self, moment: datetime) -> datetime:
        """Return what the server's clock shows, or showed, at a moment of the machine's clock."""
        return moment + (self._skew or timedelta())

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take the time from the headers of an answer that just came; the first one counts.

        Answers come later than they are dated, so the start is rather too early than too late.
        """
        if self._skew is not None:
            return
        date = epoch(headers.get("Date"))
        if date is None:
            return
        # What a cache has kept for a while is dated as of then.
        date += max(number(headers.get("Age")) or 0.0, 0.0)
        try:
            present = datetime.fromtimestamp(date, tz=timezone.utc)
        except (ValueError, OverflowError, OSError):
            return
        started_at = whole_seconds(present - timedelta(seconds=time.monotonic() - self._began))
        skew = started_at - self._local
        with self._lock:
            if self._skew is None and abs(skew) <= MOST_SKEW:
                self._skew = skew


def whole_seconds(moment: datetime) -> datetime:
    """Return a moment without its fraction of a second."""
    return moment.replace(microsecond=0)
