"""A shared request budget in PostgreSQL, for runs on several machines.

A process is alive as long as its session is, which holds an advisory lock that nobody else can get:
its requests end with it, however it ends. A lost session is replaced by another one.
"""

from __future__ import annotations

import logging
import time
import typing as t
import uuid
import weakref
from contextlib import contextmanager, nullcontext

from .. import redaction
from ..errors import ConfigError, KitError
from . import budget_statements as sql
from .budget_store import TICKET_SECONDS, StoreAwayError, Usage
from .headers import LONGEST_WAIT

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    import psycopg
    from typing_extensions import LiteralString

    from .budget import Window
    from .budget_url import BudgetAddress

# Seconds between two looks for what processes that are gone have left.
TIDY_SECONDS = 5.0
# What a URL may set otherwise. A server that does not answer must not hold up a run for long.
CONNECTION = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "application_name": "singer budget",
}
# What passes: the server is a standby for now, or has ended a session that stood still.
_PASSING = {"25006", "25P03"}


class BudgetTable:
    """The tables.

    Args:
        address: The server, and the name of the budget.
        windows: The limits of this process, which from now on hold for all.
        clock: Monotonic seconds of this machine, for the time since the server's was read.

    Raises:
        ConfigError: If it cannot be used.
        StoreAwayError: If the server cannot be reached.
        ImportError: If psycopg is not installed.
    """

    def __init__(
        self,
        address: BudgetAddress,
        windows: Iterable[Window],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connect, and make the tables if there are none."""
        # Most runs have no such budget, and it takes a third of a second.
        import psycopg  # noqa: PLC0415

        self._psycopg = psycopg
        # It warns of each connection that is lost while it is used, which is told once by us.
        logging.getLogger("psycopg").setLevel(logging.ERROR)
        if address.password:
            redaction.install([address.password])
        self.windows = list(windows)
        self._address = address
        self._local_clock = clock
        # The server's clock, and this machine's when it was read.
        self._read_at = (0.0, clock())
        self._tidied = -TIDY_SECONDS
        self._connection: psycopg.Connection | None = None
        self._session = ""
        self._backend = 0
        self._open_requests: set[int] = set()
        try:
            self._connect()
        except psycopg.Error as error:
            if self._is_away(error):
                raise StoreAwayError(_describe(error)) from None
            raise ConfigError(
                f"Setting 'budget_path' cannot be used: {_describe(error)}. Its user must be "
                "allowed to create the schema singer_budgets, or to read and write its tables."
            ) from None

    def clock(self) -> float:
        """Return the server's time: what it was when it was read, and the time since."""
        known, read_at = self._read_at
        return known + self._local_clock() - read_at

    def _connect(self) -> None:
        connection = self._psycopg.connect(
            **{**CONNECTION, **self._address.connection}, autocommit=True
        )
        try:
            connection.execute(sql.SESSION)
            _create_tables(connection)
            self._register(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        # Also where a process ends without a word: the server is told.
        weakref.finalize(self, connection.close)

    def _register(self, connection: psycopg.Connection) -> None:
        """Begin a session: its limits hold from now on, and what is under way still is."""
        former, self._session = self._session, uuid.uuid4().hex
        values = {**self._values, "former": former}
        (_, self._backend) = _row(connection.execute(sql.HOLD_SESSION, values))
        connection.execute(sql.REGISTER, values)
        with connection.transaction():
            connection.execute(sql.LOCK, values)
            for ident in self._open_requests:
                connection.execute(sql.KEEP_FLIGHT, {**values, "id": ident})
            connection.execute(sql.TAKE_OVER_LIMITS, values)
            for window in self.windows:
                limit = {"requests": window.requests, "seconds": window.seconds}
                connection.execute(sql.ADD_LIMIT, {**values, **limit})
            (now, *_) = _row(connection.execute(sql.READ, values))
        self._read_at = (now, self._local_clock())

    def _is_away(self, error: psycopg.Error) -> bool:
        passing = (self._psycopg.OperationalError, self._psycopg.InterfaceError)
        return isinstance(error, passing) or error.sqlstate in _PASSING

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Let nobody else read or write this budget inside the block.

        Raises:
            StoreAwayError: If the server cannot be reached now.
            KitError: If the tables cannot be used any more.
        """
        try:
            if self._connection is None:
                self._connect()
            connection = t.cast("psycopg.Connection", self._connection)
            # One round trip for all that needs no answer.
            supported = self._psycopg.Pipeline.is_supported()
            with connection.pipeline() if supported else nullcontext(), connection.transaction():
                self._run(sql.LOCK)
                yield
        except self._psycopg.Error as error:
            self._drop()
            if self._is_away(error):
                raise StoreAwayError(_describe(error)) from None
            raise KitError(
                f"The tables in 'budget_path' cannot be used any more: {_describe(error)}."
            ) from None

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _run(self, statement: LiteralString, **values: t.Any) -> psycopg.Cursor:  # noqa: ANN401
        given = {**self._values, **values}
        return t.cast("psycopg.Connection", self._connection).execute(statement, given)

    @property
    def _values(self) -> dict[str, t.Any]:
        return {
            "budget": self._address.budget,
            "session": self._session,
            "ticket_seconds": TICKET_SECONDS,
        }

    # Inside a transaction

    def read(self, after: int) -> Usage:
        """Return what all processes have done, and forget what no window needs.

        Args:
            after: Id of the last completion that is known already.
        """
        if self._local_clock() >= self._tidied + TIDY_SECONDS:
            for statement in sql.TIDY_UP:
                self._run(statement)
            self._tidied = self._local_clock()
        present = self._run(sql.READ)
        limits = self._run(sql.READ_LIMITS)
        done = self._run(sql.READ_DONE, after=after)
        now, backend, blocked_until, in_flight, waiting = _row(present)
        if backend != self._backend:
            raise KitError(
                "The server in 'budget_path' is reached through a pool that changes sessions "
                "between transactions; name the server itself, or a pool in session mode."
            )
        self._read_at = (now, self._local_clock())
        # Of a clock that was set back, or of somebody who writes tables of others.
        blocked_until = min(blocked_until, now + LONGEST_WAIT)
        return Usage(now, in_flight, done.fetchall(), limits.fetchall(), blocked_until, waiting)

    def enter_line(self) -> int:
        """Note that a thread waits for a slot, and return its ticket, the highest so far."""
        (ticket,) = _row(self._run(sql.ENTER_LINE))
        return int(ticket)

    def renew_tickets(self, tickets: Collection[int]) -> None:
        """Note that threads still wait, in the places of their tickets."""
        self._run(sql.RENEW_TICKETS, tickets=list(tickets))

    def leave_line(self, ticket: int) -> None:
        """Note that a thread does not wait any more."""
        self._run(sql.LEAVE_LINE, ticket=ticket)

    def begin_request(self) -> int:
        """Note a request that is sent now, and return its id."""
        (ident,) = _row(self._run(sql.BEGIN))
        self._open_requests.add(ident)
        return int(ident)

    def end_request(self, ident: int) -> None:
        """Note that a request is complete."""
        self._open_requests.discard(ident)
        self._run(sql.END, id=ident)

    def add_done(self, count: int, at: float) -> None:
        """Note requests that were complete at a time."""
        self._run(sql.ADD_DONE, count=count, at=at)

    def block(self, until: float) -> None:
        """Let nobody send before a time."""
        self._run(sql.BLOCK, until=until)


def _create_tables(connection: psycopg.Connection) -> None:
    """Make the tables, unless they are there: then nobody needs the right to make any."""
    if all(_row(connection.execute(sql.EXISTS))):
        return
    with connection.transaction():
        connection.execute(sql.CREATE_LOCK)
        has_schema, has_tables, has_waiting = _row(connection.execute(sql.EXISTS))
        if not has_schema:
            connection.execute(sql.CREATE_SCHEMA)
        if not has_tables:
            for statement in sql.CREATE:
                connection.execute(statement)
        if not has_waiting:
            connection.execute(sql.CREATE_WAITING)


def _row(cursor: psycopg.Cursor) -> t.Any:  # noqa: ANN401
    row = cursor.fetchone()
    if row is None:
        raise KitError("The budget in 'budget_path' was removed while it was in use.")
    return row


def _describe(error: psycopg.Error) -> str:
    """Return the first line of what the server or its client says."""
    text = error.diag.message_primary or str(error)
    return (text.strip().splitlines() or [type(error).__name__])[0].rstrip(".")
