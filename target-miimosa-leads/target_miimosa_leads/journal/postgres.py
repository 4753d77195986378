"""A journal in a PostgreSQL schema, for runners without a disk."""

from __future__ import annotations

import typing as t

from sqlalchemy import (
    Column,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.schema import CreateSchema

from target_miimosa_leads.errors import JournalError
from target_miimosa_leads.journal import tables
from target_miimosa_leads.journal.backend import get_first_line

if t.TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import URL, Connection
    from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor

marker = Table(
    "miimosa_journal_marker",
    MetaData(),
    Column("journal_id", String(64), primary_key=True),
)

DEFAULT_SCHEMA = "miimosa_journal"
# Where a journal is that was begun before there was a default.
_FORMER_SCHEMA = "public"
_HOLDERS = (
    "SELECT DISTINCT nspname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace"
    " ON pg_namespace.oid = relnamespace"
    " WHERE relkind IN ('r', 'p') AND relname = ANY(%s) ORDER BY nspname"
)
_SET_SCHEMA = "SELECT set_config('search_path', quote_ident(%s), false)"
# Everybody but the owner who was granted anything on a table, by default privileges for example.
_GRANTEES = text(
    "SELECT DISTINCT grantee::regrole::text FROM pg_catalog.pg_class, aclexplode(relacl)"
    " WHERE pg_class.oid = CAST(:name AS regclass) AND grantee NOT IN (0, relowner)"
)


class PostgresBackend:
    """Storage and lock of a journal in PostgreSQL.

    The lock is an advisory lock of the session that writes: if the session is lost, so is the
    lock, and the next commit fails instead of writing at the same time as another process.

    Args:
        url: ``postgresql+psycopg://…``.
        schema: Of the journal; None for the one that the search path of the URL or of the user
            names, or a default.
    """

    def __init__(self, url: URL, schema: str | None) -> None:
        """Create the engine, without a connection yet.

        Raises:
            JournalError: If the driver is not installed.
        """
        self._name = url.set(password=None, query={}).render_as_string()
        self._wanted = schema
        self._schema = ""
        self._elsewhere: list[str] = []
        try:
            self.engine = create_engine(
                url.set(drivername="postgresql+psycopg"), hide_parameters=True
            )
        except ModuleNotFoundError:
            raise JournalError(
                "A PostgreSQL journal needs psycopg: install target-miimosa-leads[postgres]."
            ) from None
        self._session: Connection | None = None

        # Before SQLAlchemy looks at the connection.
        @event.listens_for(self.engine, "connect", insert=True)
        def _use_schema(connection: DBAPIConnection, _record: object) -> None:
            cursor = connection.cursor()
            if not self._schema:
                self._choose_schema(cursor)
            cursor.execute(_SET_SCHEMA, [self._schema])
            cursor.close()
            connection.commit()

    def _choose_schema(self, cursor: DBAPICursor) -> None:
        cursor.execute(_HOLDERS, [[tables.leads.name, tables.meta.name, marker.name]])
        holders = [name for (name,) in cursor.fetchall()]
        cursor.execute("SELECT current_schema()")
        [path] = cursor.fetchone() or [None]
        if self._wanted is not None:
            schema = self._wanted
        elif path not in {None, _FORMER_SCHEMA}:
            schema = path
        else:
            is_former = _FORMER_SCHEMA in holders and DEFAULT_SCHEMA not in holders
            schema = _FORMER_SCHEMA if is_former else DEFAULT_SCHEMA
        self._elsewhere = [name for name in holders if name != schema]
        self._schema = schema

    def __str__(self) -> str:
        """Return the URL without password and query, and the schema once it is known."""
        return f"{self._name} (schema {self._schema})" if self._schema else self._name

    def lock(self) -> bool:
        """Take the lock; False if another process holds it. It ends with the session."""
        session = self.engine.connect()
        key = func.hashtextextended(f"target-miimosa-leads:{self._schema}", 0)
        taken = bool(session.scalar(select(func.pg_try_advisory_lock(key))))
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

    def find_elsewhere(self) -> str | None:
        """Return other schemas of the database that hold a journal, or did."""
        names = ", ".join(self._elsewhere)
        return f"this database has one in schema {names} (see journal_schema)" if names else None

    def prepare(self) -> None:
        """Create the schema, if it is not there.

        Raises:
            JournalError: If the user may not.
        """
        with self.engine.begin() as connection:
            if inspect(connection).has_schema(self._schema):
                return
            try:
                connection.execute(CreateSchema(self._schema))
            except ProgrammingError as error:
                raise JournalError(
                    f"The schema {self._schema} of the journal cannot be created: "
                    f"{get_first_line(error)}. Create it for this user, or set journal_schema to "
                    "one in which it may create tables."
                ) from None

    def creating(self) -> AbstractContextManager[Connection]:
        """Run what creates the tables, in one transaction."""
        return self.engine.begin()

    def protect(self, connection: Connection, table: Table) -> None:
        """Let nobody but its owner read a table.

        Not only by its grants: who may read all tables, today's or those to come, would find it. A
        table with row level security and without a policy has no rows for anybody but the owner.
        """
        connection.exec_driver_sql(f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY")
        for role in ("PUBLIC", *connection.scalars(_GRANTEES, {"name": table.name})):
            connection.exec_driver_sql(f"REVOKE ALL ON {table.name} FROM {role}")

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

    def close(self, *, changed: bool = False) -> None:  # noqa: ARG002 - its autovacuum cleans up
        """Release the lock with its session."""
        if self._session is not None:
            self._session.close()
            self._session = None
        # Closed, the session was only back in the pool.
        self.engine.dispose()
