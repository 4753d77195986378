"""A request budget in a file: runs within the hour share it, and so do two taps on one key."""

from __future__ import annotations

import collections
import time
import typing as t

from .budget import Budget, Slots, Window
from .budget_file import BudgetFile

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class SharedBudget(Budget):
    """A budget that processes on one machine share; the limits of each hold for all.

    Args:
        path: The file; made if it is missing, readable by its owner only.
        windows: The limits.
        max_wait: Longest wait for one slot, in seconds.
        clock: Monotonic seconds that all processes share.
    """

    def __init__(
        self,
        path: str,
        windows: Iterable[Window],
        *,
        max_wait: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the file.

        Raises:
            ConfigError: If it cannot be used.
        """
        windows = list(windows)
        super().__init__(windows, max_wait=max_wait, clock=clock)
        self._file = BudgetFile(path, windows)
        self._flights: collections.deque[int] = collections.deque()
        # Id of the last completion that the slots have counted.
        self._counted = 0
        # From now on they hold for all.
        self._refresh(clock())

    def _take(self, now: float) -> float | None:
        with self._file.transaction():
            self._load(now)
            wait = super()._take(now)
            if wait == 0:
                self._flights.append(self._file.begin_request(now))
        return wait

    def _give_back(self, now: float) -> None:
        with self._file.transaction():
            # Which of ours is which request makes no difference: all are in flight. None is, where
            # the run was ending.
            if self._flights:
                self._file.end_request(self._flights.popleft(), now)
            self._load(now)

    def _load(self, now: float) -> None:
        """Take over what all processes have done since."""
        usage = self._file.read(now, self._counted)
        self._in_flight = usage.in_flight
        self._blocked_until = max(self._blocked_until, usage.blocked_until)
        known = {(slots.window.requests, slots.window.seconds) for slots in self._slots}
        others = [Window(*limit) for limit in usage.windows if limit not in known]
        if others:
            self._add_limits(others, now)
            return
        for ident, at in usage.done:
            self._counted = ident
            for slots in self._slots:
                slots.charge(1, at)

    def _add_limits(self, windows: list[Window], now: float) -> None:
        """Keep the limits of another process, too."""
        added = [*(slots.window for slots in self._slots), *windows]
        self._slots = sorted((Slots(w) for w in added), key=lambda slots: slots.window.seconds)
        self._counted = 0
        self._load(now)

    def _refresh(self, now: float) -> None:
        with self._file.transaction():
            self._load(now)

    def _charge(self, slots: Slots, count: int, done_at: float) -> None:  # noqa: ARG002
        with self._file.transaction():
            self._file.add_done(count, done_at)
            self._load(self._clock())

    def _block(self, until: float) -> None:
        with self._file.transaction():
            super()._block(self._file.block(until))
