"""Tells a waiting user how far a long list is, now and then."""

from __future__ import annotations

import time
import typing as t

if t.TYPE_CHECKING:
    import logging

    from ..http.budget import Budget

# Short lists are read before anybody asks.
PROGRESS_SECONDS = 10.0


class Progress:
    """Logs the progress of the list at hand.

    Args:
        logger: Where to.
        budget: For the requests that are left, and the time spent waiting.
    """

    def __init__(self, logger: logging.Logger, budget: Budget) -> None:
        """Start the clock."""
        self._logger = logger
        self._budget = budget
        self._told_at = time.monotonic()

    def page(self, stream: str, rows: int, total: int | None) -> None:
        """Note a page, and tell how far its list is if the last time is a while ago.

        Args:
            stream: Name of the stream.
            rows: Rows of the list that were read so far.
            total: Rows that it has, where the API tells.
        """
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
