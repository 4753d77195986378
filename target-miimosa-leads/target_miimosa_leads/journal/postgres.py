"""A journal in a PostgreSQL schema, for runners without a disk."""

from __future__ import annotations

import typing as t

from sqlalchemy import Column, MetaData, String, Table, create_engine, func, inspect, select, text

from target_miimosa_leads.errors import JournalError
from target_miimosa_leads.journal import tables
from target_miimosa_leads.journal.backend import get_first_line

if t.TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import URL, Connection

marker = Table(
    "miimosa_journal_marker",
    MetaData(),
    Column("journal_id", String(64), primary_key=True),
)

_LOCK_KEY = func.hashtextextended(func.concat("target-miimosa-leads:", func.current_schema()), 0)


class PostgresBackend:
    """Storage and lock of a journal in PostgreSQL.

    The lock is an advisory lock of the session that writes: if the session is lost, so is the
    lock, and the next commit fails instead of writing at the same time as another process.

    Args:
        url: ``postgresql+psycopg://…``; the tables go to the first schema of the search path.
    """

    def __init__(self, url: URL) -> None:
        """Create the engine, without a connection yet.

        Raises:
            JournalError: If the driver is not installed.
        """
        self._name = url.set(password=None, query={}).render_as_string()
        try:
            self.engine = create_engine(
                url.set(drivername="postgresql+psycopg"), hide_parameters=True
            )
        except ModuleNotFoundError:
            raise JournalError(
                "A PostgreSQL journal needs psycopg: install target-miimosa-leads[postgres]."
            ) from None
        self._session: Connection | None = None

    def __str__(self) -> str:
        """Return the URL without password and query."""
        return self._name

    def lock(self) -> bool:
        """Take the lock; False if another process holds it. It ends with the session."""
        session = self.engine.connect()
        taken = bool(session.scalar(select(func.pg_try_advisory_lock(_LOCK_KEY))))
        session.execute(text("SET synchronous_commit TO on"))
        session.commit()
        if not taken:
            session.close()
            return False
        self._session = session
        return True

    def exists(self) -> bool:
        """Tell whether there is a journal."""
        present = set(inspect(self.engine).get_table_names())
        return bool({tables.leads.name, tables.meta.name} & present)

    def find_earlier_journal(self) -> str | None:
        """Return the id of the journal that this schema held before, if there is a marker."""
        if not inspect(self.engine).has_table(marker.name):
            return None
        with self.engine.connect() as connection:
            return connection.scalar(select(marker.c.journal_id))

    def prepare(self) -> None:
        """Nothing to do before the tables are created."""

    def creating(self) -> AbstractContextManager[Connection]:
        """Run what creates the tables, in one transaction."""
        return self.engine.begin()

    def mark(self, journal_id: str) -> None:
        """Write the marker table, which outlasts the journal's tables."""
        with self.engine.begin() as connection:
            marker.create(connection, checkfirst=True)
            connection.execute(marker.delete())
            connection.execute(marker.insert(), {"journal_id": journal_id})

    def open_writer(self) -> Connection:
        """Return the connection for writing: the one that holds the lock."""
        return self._session if self._session is not None else self.engine.connect()

    def build_failure(self, error: Exception) -> JournalError:
        """Return the error for a failure to open the journal: a person looks at the server."""
        return JournalError(
            f"The journal {self} cannot be used: {get_first_line(error)}. Check journal_url, "
            "whether the server runs, and whether its user may read and write there."
        )

    def close(self) -> None:
        """Release the lock with its session."""
        if self._session is not None:
            self._session.close()
            self._session = None
        # Closed, the session was only back in the pool.
        self.engine.dispose()
