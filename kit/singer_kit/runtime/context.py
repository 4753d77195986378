"""What belongs to one run, and is handed to whatever reads in it."""

from __future__ import annotations

import contextlib
import time
import typing as t
from dataclasses import dataclass, field

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Generator, Iterator
    from datetime import datetime, timedelta

    import requests

    from ..errors import DeniedError
    from ..http.answer import Answer
    from ..http.budget import Budget
    from ..http.clock import RunClock
    from ..http.session import ApiSession
    from ..state.rotation import StreamRotation
    from .incomplete_lists import IncompleteLists
    from .progress import Progress
    from .reach import Reach
    from .summary import RunSummary
    from .termination import Termination
    from .workers import Workers

# A look-ahead opens the lists of several children, and each may have been for nothing.
NEARLY_EXHAUSTED = 10


@dataclass(frozen=True)
class RunContext:
    """What belongs to one run.

    Attributes:
        session: The only way to the API.
        budget: The request budget.
        workers: The threads that fetch.
        summary: What the run did so far.
        termination: Whether the run should end.
        progress: Tells how far a long list is.
        reach: What answered and what was denied.
        rotation: What a run that was stopped by its budget has done already.
        incomplete_lists: Lists that the next run must read again.
        clock: When the run started, which no bookmark passes; by the server's clock once the first
            answer is there.
        overlap: So much before a bookmark is read again: rows may become visible later than they
            are dated.
        start_date: Earliest data that is asked for; None for all.
        refresh_days: Children are read again after so many days although nothing says that they
            changed; 0 for never.
        stops_on_budget: Whether the run ends, rather than waits, when its budget is used up.
        fetch: Sends a request for a stream; called by workers, or in the main thread.
        handle_denied: Goes on without a denied list (stream, context, error), or raises.
        flush_output: Hands everything written so far to the target.
        readings: What is being read of the streams, each within the one before.
    """

    session: ApiSession
    budget: Budget
    workers: Workers
    summary: RunSummary
    termination: Termination
    progress: Progress
    reach: Reach
    rotation: StreamRotation
    incomplete_lists: IncompleteLists
    clock: RunClock
    overlap: timedelta
    start_date: datetime | None
    refresh_days: int
    stops_on_budget: bool
    fetch: Callable[[requests.PreparedRequest, str], Answer]
    handle_denied: Callable[[str, str, DeniedError], None]
    flush_output: Callable[[], None]
    readings: list[Generator[t.Any, None, t.Any]] = field(default_factory=list)

    @property
    def nearly_exhausted(self) -> bool:
        """Whether the run will soon be stopped by its budget."""
        needed = NEARLY_EXHAUSTED * self.workers.concurrency
        return self.stops_on_budget and self.budget.nearly_exhausted(needed)

    def leave_out(self, stream: str, logger: logging.Logger) -> None:
        """Leave out a stream that the run has read which this one continues, and say so."""
        self.reach.note_read()  # nothing can be said to be missing
        more = ""
        if self.rotation.is_open(stream):
            self.summary.incomplete.add(stream)
            more = (
                " It was stopped before it knew which rows are gone: the next run looks for them."
            )
        logger.info("'%s' was read by the run that this one continues.%s", stream, more)

    @contextlib.contextmanager
    def ending(self, reading: Generator[t.Any, None, t.Any]) -> Iterator[None]:
        """See to it that a reading is ended, by :meth:`end_readings` at the latest."""
        self.readings.append(reading)
        try:
            yield
        finally:
            reading.close()
            self.readings.remove(reading)

    def end_readings(self) -> None:
        """End what is still being read, so that it leaves to the state what it knows.

        An exception keeps the generators that it has passed by from ending by themselves.
        """
        for reading in reversed(self.readings):
            reading.close()

    def wait_for(self, pending: Callable[[], Answer]) -> Answer:
        """Return a pending answer; a signal interrupts the waiting, the target need not wait."""
        self.flush_output()
        with self.termination.waiting():
            answer = pending()
        # Here and not in a worker: what was read ahead must not decide what a denial means.
        self.summary.succeeded = True
        return answer

    def pause(self, seconds: float) -> None:
        """Wait before something is asked again; a signal interrupts the waiting."""
        self.flush_output()
        with self.termination.waiting():
            time.sleep(seconds)

    def fetch_now(self, request: requests.PreparedRequest, stream: str) -> Answer:
        """Send a request outside of any list, and wait for its answer."""
        return self.wait_for(self.workers.submit(lambda: self.fetch(request, stream)))
