"""A request budget that several runs share: runs within the hour, or two taps on one key."""

from __future__ import annotations

import bisect
import collections
import logging
import threading
import time
import typing as t
from contextlib import contextmanager
from functools import partial

from ..errors import KitError
from .budget import Budget, Slots, Window
from .budget_store import StoreAwayError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .budget_store import BudgetStore

T = t.TypeVar("T")

logger = logging.getLogger(__name__)

# Seconds. What a process knows can only become more use, but for limits that are forgotten: so a
# thread that waits for a known time asks no more often than that, but before it gives up.
ASK_AGAIN = 5.0
# Seconds between attempts to reach a store that is away, at most.
LONGEST_PAUSE = 5.0


class SharedBudget(Budget):
    """A budget that processes share; the limits of each hold for all.

    Slots are for who came first: a thread that has to wait takes a ticket, and does not take a slot
    as long as those with lower tickets need all that are free.

    Args:
        store: Where they keep its use.
        max_wait: Longest wait for one slot, in seconds.
        patience: Seconds for which a store that is away is waited for; nothing is sent meanwhile.
    """

    def __init__(self, store: BudgetStore, *, max_wait: float, patience: float = 0.0) -> None:
        """Take over what others have done."""
        super().__init__(store.windows, max_wait=max_wait, clock=store.clock)
        self._store = store
        self._flights: collections.deque[int] = collections.deque()
        # Of the threads of this process that wait, and of those of all processes.
        self._tickets: dict[int, int] = {}
        self._waiting: list[int] = []
        # Id of the last completion that the slots have counted.
        self._counted = 0
        self._read_at = store.clock()
        # What the store has to learn with the next transaction.
        self._untold: list[Callable[[], None]] = []
        self._outage = Outage(patience)
        # From now on the limits hold for all.
        self._exchange_if_there()

    def _take(self, now: float) -> float | None:
        ticket = self._tickets.get(threading.get_ident())
        if ticket is not None:
            # As it was then: the least that those ahead can take began at that time.
            known, since = self._wait(self._read_at, self._ahead(ticket)), now - self._read_at
            # Before it gives up, it asks: those ahead may have left.
            if known and 0 <= since < min(known, ASK_AGAIN) and known - since <= self._max_wait:
                return known - since
        wait = self._try(self._take_if_free)
        # Nothing may be sent as long as nobody knows what the others send.
        self._outage.check()
        return wait

    def _take_if_free(self) -> float | None:
        thread = threading.get_ident()
        ticket = self._tickets.get(thread)
        taken: list[int] = []
        entered: list[int] = []
        with self._exchange():
            wait = self._wait(self._load(), self._ahead(ticket))
            if wait == 0:
                if ticket is not None:
                    self._store.leave_line(ticket)
                taken.append(self._store.begin_request())
            elif ticket is None and (wait is None or wait <= self._max_wait):
                entered.append(self._store.enter_line())
        # Only now is it certain that the store has it.
        self._flights += taken
        self._in_flight += len(taken)
        if taken:
            self._forget_ticket()
        for each in entered:
            self._tickets[thread] = each
            self._waiting.append(each)
        return wait

    def _ahead(self, ticket: int | None) -> int:
        """Return how many wait that came before; without a ticket, all that wait."""
        if ticket is None:
            return len(self._waiting)
        return bisect.bisect_left(self._waiting, ticket)

    def _forget_ticket(self) -> int | None:
        ticket = self._tickets.pop(threading.get_ident(), None)
        if ticket in self._waiting:
            self._waiting.remove(ticket)
        return ticket

    def _leave_line(self) -> None:
        ticket = self._forget_ticket()
        if ticket is not None:
            self._untold.append(partial(self._store.leave_line, ticket))
            self._exchange_if_there()

    def seconds_to_wait(self) -> float:
        """Return how long the first of this process to get a slot still has to wait."""
        with self._changed:
            first = min(self._tickets.values(), default=0)
            return (self._wait(self._clock(), self._ahead(first)) or 0.0) if self._waiters else 0.0

    def _give_back(self, now: float) -> None:  # noqa: ARG002 - the store has a clock of its own
        # Which of ours is which request makes no difference: all are in flight. None is, where
        # the run was ending.
        if self._flights:
            self._untold.append(partial(self._store.end_request, self._flights.popleft()))
        self._exchange_if_there()

    def _charge(self, slots: Slots, count: int, done_at: float) -> None:  # noqa: ARG002
        self._untold.append(partial(self._store.add_done, count, done_at))
        self._exchange_if_there()

    def _block(self, until: float) -> None:
        super()._block(until)
        self._untold.append(partial(self._store.block, until))
        self._exchange_if_there()

    def _refresh(self, now: float) -> None:  # noqa: ARG002
        self._exchange_if_there()

    def _exchange_if_there(self) -> None:
        """Tell what others have to know, and learn from them; later, if the store is away."""
        self._try(self._exchange_all)

    def _exchange_all(self) -> None:
        with self._exchange():
            self._load()

    def _try(self, action: Callable[[], T]) -> T | None:
        """Return what an action on the store returns; None while the store is away."""
        # A session that was lost, after hours without a request, is replaced at once.
        for _ in range(2):
            if self._outage.pauses():
                break
            try:
                return action()
            except StoreAwayError as error:
                self._outage.note(error)
        return None

    @contextmanager
    def _exchange(self) -> Iterator[None]:
        """Begin a transaction with what was not told yet."""
        with self._store.transaction():
            for tell in self._untold:
                tell()
            yield
        self._untold.clear()
        self._outage.end()

    def _load(self) -> float:
        """Take over what all processes have done since; return the present."""
        if self._tickets:
            self._store.renew_tickets(self._tickets.values())
        usage = self._store.read(self._counted)
        known = {(slots.window.requests, slots.window.seconds) for slots in self._slots}
        others = [Window(*limit) for limit in usage.windows if limit not in known]
        # Set back, the clock of the store would count for too long what lies ahead of it now.
        if others or usage.now < self._read_at:
            self._slots += map(Slots, others)
            self._slots.sort(key=lambda slots: slots.window.seconds)
            for slots in self._slots:
                slots.done.clear()
            usage = self._store.read(0)
        self._read_at = usage.now
        self._in_flight = usage.in_flight
        self._waiting = usage.waiting
        self._blocked_until = max(self._blocked_until, usage.blocked_until)
        for ident, at in usage.done:
            self._counted = ident
            for slots in self._slots:
                slots.charge(1, min(at, usage.now))
        return usage.now


class Outage:
    """The time in which a store is away.

    Args:
        patience: Seconds that it may take.
    """

    def __init__(self, patience: float) -> None:
        """Begin with a store that is there."""
        self._patience = patience
        self._since = 0.0
        self._attempts = 0
        self._next = 0.0
        self._reason = ""

    def pauses(self) -> bool:
        """Tell whether it is too early for another attempt."""
        return self._attempts > 1 and time.monotonic() < self._next

    def note(self, error: StoreAwayError) -> None:
        """Take note of an attempt that failed; after the second one in a row, tell it."""
        self._attempts += 1
        self._reason = str(error)
        if self._attempts == 1:
            self._since = time.monotonic()
            return
        if self._attempts == 2:  # noqa: PLR2004
            logger.warning(
                "The server in 'budget_path' cannot be used now: %s. Nothing is sent before it is "
                "back; it is waited for up to retry_seconds (%g s).",
                self._reason,
                self._patience,
            )
        pause = min(0.25 * 2 ** min(self._attempts, 10), LONGEST_PAUSE)
        self._next = time.monotonic() + pause

    def check(self) -> None:
        """Check that the patience is not over.

        Raises:
            KitError: If it is.
        """
        if self._attempts > 1 and time.monotonic() - self._since >= self._patience:
            raise KitError(
                f"The server in 'budget_path' was away for longer than retry_seconds "
                f"({self._patience:g} s): {self._reason}."
            )

    def end(self) -> None:
        """Take note that the store is there."""
        self._attempts = 0
