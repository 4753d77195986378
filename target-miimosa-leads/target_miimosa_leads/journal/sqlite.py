"""A journal in an SQLite file: durable commits, private files, one process at a time."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import sqlite3
import typing as t
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import create_engine, event, inspect

from target_miimosa_leads._kit.private_files import (
    ForeignPathError,
    check_ours,
    open_private,
    real_path,
    write_private,
)
from target_miimosa_leads.errors import JournalError, JournalNotWritableError
from target_miimosa_leads.journal import tables
from target_miimosa_leads.journal.backend import get_first_line

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine, Table
    from sqlalchemy.engine.interfaces import DBAPIConnection


_MARKER_BEGIN = b'{"journal_id"'
_NOT_PERMITTED = (errno.EACCES, errno.EPERM, errno.EROFS)
# What SQLite says; Python 3.10 does not tell its codes.
_DENIED = ("attempt to write a readonly", "unable to open", "access permission denied")
_NO_ROOM = ("database or disk is full", "disk I/O error", "database is locked")
_BESIDE = ("-wal", "-shm", "-journal")


class SqliteBackend:
    """Storage and lock of a journal in an SQLite file.

    Beside the file ``X`` are ``X.lock``, held while a process writes the journal, and ``X.marker``,
    which says that there was a journal, should ``X`` go missing.

    Args:
        url: ``sqlite:///path``.
    """

    def __init__(self, url: URL) -> None:
        """Check what is at the paths of the files, without changing it.

        Raises:
            JournalError: If something else is there.
        """
        if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
            raise JournalError("journal_url must name a file: sqlite:///path/to/journal.db")
        # One journal has one name, and so one lock, however many links lead to it.
        self.path = real_path(Path(url.database))
        self._url = url.set(database=str(self.path))
        self._marker = self.path.with_name(self.path.name + ".marker")
        self._lock: int | None = None
        self._check()
        self.engine = self._make_engine()

    def _check(self) -> None:
        try:
            check_ours(self.path, _may_be_journal)
            check_ours(self._marker, _any)
            for suffix in _BESIDE:
                check_ours(self.path.with_name(self.path.name + suffix), _any)
        except ForeignPathError as error:
            raise describe_unusable(error) from None
        except OSError as error:
            raise self.build_failure(error) from None

    def _make_engine(self) -> Engine:
        engine = create_engine(self._url, hide_parameters=True)

        @event.listens_for(engine, "connect")
        def _pragmas(connection: DBAPIConnection, _record: object) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            # Deleted personal data is overwritten with zeros, not only forgotten.
            cursor.execute("PRAGMA secure_delete=ON")
            cursor.execute("PRAGMA busy_timeout=5000")
            cursor.close()

        return engine

    def __str__(self) -> str:
        """Return the path of the file."""
        return str(self.path)

    def lock(self) -> bool:
        """Take the lock; False if another process holds it. It ends with the process."""
        if not self.path.parent.is_dir():
            raise JournalError(
                f"The folder of journal_url does not exist: {self.path.parent}; create it."
            )
        descriptor = open_private(
            self.path.with_name(self.path.name + ".lock"), os.O_RDWR | os.O_CREAT, _never
        )
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        return True

    def exists(self) -> bool:
        """Tell whether there is a journal.

        A file without any table is what a first run left that was killed while it began: nothing
        was ever sent. Unless the marker says otherwise.
        """
        if not self._has_content():
            return False
        return self._marker.exists() or bool(inspect(self.engine).get_table_names())

    def _has_content(self) -> bool:
        return self.path.is_file() and self.path.stat().st_size > 0

    def find_earlier_journal(self) -> str | None:
        """Return the id of the journal that this place held before, if there is a marker."""
        try:
            marker = json.loads(self._marker.read_text(encoding="utf-8"))
            return str(marker["journal_id"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            return "unreadable"

    def find_elsewhere(self) -> str | None:
        """Return nothing: a file holds one journal."""

    def prepare(self) -> None:
        """Create the file, private from its first byte; SQLite gives its WAL the same mode."""
        os.close(open_private(self.path, os.O_RDWR | os.O_CREAT, _may_be_journal))

    @contextmanager
    def creating(self) -> Iterator[Connection]:
        """Run what creates the tables, in one transaction.

        Python's sqlite3 begins none before a CREATE TABLE, so that each would be kept at once.
        """
        with self.engine.begin() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection

    def protect(self, connection: Connection, table: Table) -> None:
        """Do nothing: only its owner can read the file."""

    def mark(self, journal_id: str) -> None:
        """Write the marker file, which outlasts the journal."""
        write_private(self._marker, json.dumps({"journal_id": journal_id}) + "\n", _is_marker)

    def open_writer(self) -> Connection:
        """Return the connection for writing."""
        return self.engine.connect()

    def build_failure(self, error: Exception) -> JournalError:
        """Return the error for a failure to open the journal.

        A journal that is whole must not be given up because its place is of no use now.
        """
        first = get_first_line(error)
        if isinstance(error, OSError) and error.errno in _NOT_PERMITTED:
            return self._build_denied(f"{error.filename or self.path}: {error.strerror}")
        if first.startswith(_DENIED):
            return self._build_denied(first)
        if isinstance(error, OSError) or first.startswith(_NO_ROOM):
            return JournalNotWritableError(
                f"The journal {self} cannot be used: {first}. It may be whole: see to the disk of "
                f"{self.path.parent}, then run again."
            )
        return JournalError(
            f"The journal {self} cannot be read: {first}. "
            "Restore it from a backup; or move it away and set allow_new_journal to true."
        )

    def _build_denied(self, what: str) -> JournalError:
        return JournalNotWritableError(
            f"The journal {self} cannot be written ({what}). Let this user write in the folder "
            f"{self.path.parent}, and the journal and the files beside it. Nothing is lost."
        )

    def close(self, *, changed: bool = False) -> None:
        """Write everything into the file proper, empty the WAL, release the lock."""
        if self._lock is not None and self._has_content():
            with suppress(Exception), self.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                if changed:
                    # What is deleted is overwritten, but not the copies that stay behind where
                    # SQLite has moved rows from one page to another. (2 s for a million leads.)
                    connection.exec_driver_sql("VACUUM")
                # The WAL still holds what was deleted.
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self.engine.dispose()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def describe_unusable(error: ForeignPathError) -> JournalError:
    """Return the error that says what else is in the place of one of the journal's files."""
    what = f"{error.filename} {error.strerror}"
    return JournalError(
        f"Setting 'journal_url' cannot be used: {what}. "
        "The journal and the files beside it must be files that only this target writes."
    )


def _may_be_journal(path: Path) -> bool:
    """Tell whether a file may be a journal: anything but another program's database.

    A file that is not a database is refused by SQLite itself, unchanged. Nothing is locked here and
    nothing written, not even beside the file; so a write-ahead log, which may hold all the tables,
    is not read.
    """
    ours = {tables.leads.name, tables.meta.name, tables.secret.name}
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            present = {name for (name,) in rows}
    except sqlite3.Error:
        return True
    return not present or bool(present & ours)


def _is_marker(path: Path) -> bool:
    with path.open("rb") as file:
        begin = file.read(len(_MARKER_BEGIN))
    # A crash may have cut it.
    return _MARKER_BEGIN.startswith(begin)


def _any(_: Path) -> bool:
    return True


def _never(_: Path) -> bool:
    return False
