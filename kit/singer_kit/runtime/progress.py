"""Tells a waiting user how far a long list is: in a line on a terminal, else in the log, seldom."""

from __future__ import annotations

import math
import time
import typing as t
from contextlib import contextmanager

from .progress_line import Reading, shown

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Iterator

    from ..http.budget import Budget
    from .summary import RunSummary

# Short lists are read before anybody asks; the log of a night is read by somebody.
PROGRESS_SECONDS = 60.0
_PERIODS = {"60s": "minute", "3600s": "hour", "86400s": "day"}


class _Page(t.NamedTuple):
    """The last page of a list that is no child's."""

    stream: str
    rows: int
    total: int | None
    emitted: int
    before: int


class Progress:
    """How far the list at hand is.

    Args:
        logger: Where it is logged.
        budget: For the requests that are left, and the time spent waiting.
        summary: Counts records and requests.
    """

    def __init__(self, logger: logging.Logger, budget: Budget, summary: RunSummary) -> None:
        """Start the clock."""
        self._logger = logger
        self._budget = budget
        self._summary = summary
        self._told_at = time.monotonic()
        self._is_shown = False
        self._page: _Page | None = None
        self._child: str | None = None
        self._began = self._page_at = self._told_at
        self._asked_before = 0

    def page(self, stream: str, rows: int, total: int | None, *, child: bool = False) -> None:
        """Note a page, and log how far its list is if the last time is a while ago.

        Args:
            stream: Name of the stream.
            rows: Rows of the list that were read so far.
            total: Rows that it has, where the API tells.
            child: Whether it is the list of one parent.
        """
        if self._is_shown:
            self._note(stream, rows, total, child=child)
            return
        now = time.monotonic()
        if now - self._told_at < PROGRESS_SECONDS:
            return
        self._told_at = now
        of = f" of {total}" if total is not None else ""
        left = ", ".join(f"{left} of {window}" for window, left in self._budget.left().items())
        self._logger.info(
            "%s: %d%s rows read; requests left: %s; %.0f s waited so far",
            stream,
            rows,
            of,
            left or "unlimited",
            self._budget.seconds_waited,
        )

    def _note(self, stream: str, rows: int, total: int | None, *, child: bool) -> None:
        if child:
            self._child = stream
            return
        last, emitted = self._page, self._summary.records[stream]
        self._child = None
        if last is None or last.stream != stream:
            self._began, self._asked_before = self._page_at, self._summary.requests - 1
            self._page = _Page(stream, rows, total, emitted, 0)
        elif last.total is None or rows <= last.rows:
            # One list after the other, and nobody knows how many rows there are in all.
            self._page = _Page(stream, rows, None, emitted, 0)
        else:
            self._page = _Page(stream, rows, total, emitted, last.rows)
        self._page_at = time.monotonic()

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show how far the run is in a line of the terminal, if there is one."""
        with shown(self.read, self._logger) as self._is_shown:
            yield
        self._is_shown = False

    def read(self) -> Reading | None:
        """Return how far the run is; None before the first page."""
        page, child = self._page, self._child
        if page is None:
            return None
        emitted = self._summary.records[page.stream]
        if page.total is None:
            done = emitted
        elif child is None:
            done = page.rows
        else:
            # Rows whose children were read already.
            done = min(page.rows, page.before + emitted - page.emitted)
        elapsed = time.monotonic() - self._began
        notes = [
            f"{done / elapsed:,.1f} rows/s",
            *self._time_left(done, page.total),
            *self._requests_left(),
        ]
        if child is not None:
            notes.append(f"{child} {self._summary.records[child]:,}")
        return Reading(page.stream, done, page.total, ", ".join(notes))

    def _time_left(self, done: int, total: int | None) -> Iterator[str]:
        """Yield how long the list will take, by what it took so far and by the limits."""
        wait = self._budget.seconds_to_wait()
        if wait >= 1:
            yield f"waits {_duration(wait)} for the rate limit"
        if not done or total is None:
            return
        seconds = (total - done) * (time.monotonic() - self._began) / done
        asked = self._summary.requests - self._asked_before
        limited = self._budget.seconds_for(math.ceil((total - done) * asked / done))
        yield f"{_duration(max(seconds, limited))} left"

    def _requests_left(self) -> Iterator[str]:
        """Yield what is left of the longest window."""
        *_, (window, left) = [("", 0), *self._budget.left().items()]
        if window:
            requests, _, seconds = window.partition("/")
            period = _PERIODS.get(seconds) or _duration(float(seconds.rstrip("s")))
            yield f"{left} of {requests} requests/{period} left"


def _duration(seconds: float) -> str:
    if seconds < 90:  # noqa: PLR2004
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"  # noqa: PLR2004
