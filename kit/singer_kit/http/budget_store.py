"""Where several processes keep the use of one request budget, and what they read there."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from collections.abc import Collection
    from contextlib import AbstractContextManager

    from .budget import Window

# Seconds after which a ticket that was not renewed does not count: its process stands still.
TICKET_SECONDS = 10.0


@dataclass(frozen=True)
class Usage:
    """What all processes have done.

    Attributes:
        now: The present, on the clock of the store, as are all times here.
        in_flight: Requests under way.
        done: When each request was complete that was not reported before, as (id, time).
        windows: The limits of all who use the store, as (requests, seconds).
        blocked_until: Nobody sends before; 0 if nobody is told to wait.
        waiting: The tickets of the living who wait for a slot, first come first.
    """

    now: float
    in_flight: int
    done: list[tuple[int, float]]
    windows: list[tuple[int, float]]
    blocked_until: float
    waiting: list[int]


class StoreAwayError(Exception):
    """The store cannot be reached now; nothing was changed. The message says why."""


class BudgetStore(t.Protocol):
    """A store; every method but ``clock`` and ``transaction`` is called inside a transaction.

    Attributes:
        windows: The limits of this process, which hold for all who use the store.
    """

    windows: list[Window]

    def clock(self) -> float:
        """Return the present in seconds; between transactions it may be an estimate."""

    def transaction(self) -> AbstractContextManager[None]:
        """Let nobody else read or write inside the block; what it raises undoes the block.

        Raises:
            StoreAwayError: If the store cannot be reached now.
            KitError: If it cannot be used any more.
        """

    def read(self, after: int) -> Usage:
        """Return what all processes have done, and forget what no window needs.

        Args:
            after: Id of the last completion that is known already.
        """

    def enter_line(self) -> int:
        """Note that a thread waits for a slot, and return its ticket, the highest so far."""

    def renew_tickets(self, tickets: Collection[int]) -> None:
        """Note that threads still wait, in the places of their tickets."""

    def leave_line(self, ticket: int) -> None:
        """Note that a thread does not wait any more."""

    def begin_request(self) -> int:
        """Note a request that is sent now, and return its id."""

    def end_request(self, ident: int) -> None:
        """Note that a request is complete now."""

    def add_done(self, count: int, at: float) -> None:
        """Note requests that were complete at a time."""

    def block(self, until: float) -> None:
        """Let nobody send before a time."""
