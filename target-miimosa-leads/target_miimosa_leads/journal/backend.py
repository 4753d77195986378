"""What a database must do to hold a journal."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection, Engine, Table

    from target_miimosa_leads.errors import JournalError


class Backend(t.Protocol):
    """Where a journal is stored, and the lock on it; ``str()`` names it in messages.

    Attributes:
        engine: Connections for reading.
    """

    engine: Engine

    def lock(self) -> bool:
        """Take the lock; False if another process holds it."""

    def exists(self) -> bool:
        """Tell whether there is a journal."""

    def find_earlier_journal(self) -> str | None:
        """Return the id of the journal that was here before, if its marker is there."""

    def find_elsewhere(self) -> str | None:
        """Return where else in the same database journals are, as words; None if nowhere."""

    def prepare(self) -> None:
        """Make what the tables are created in."""

    def creating(self) -> AbstractContextManager[Connection]:
        """Return a transaction for creating the tables."""

    def protect(self, connection: Connection, table: Table) -> None:
        """Let nobody but its owner read a table that was just created."""

    def mark(self, journal_id: str) -> None:
        """Leave a marker that outlasts the journal, should it go missing."""

    def open_writer(self) -> Connection:
        """Return the one connection that changes are written through."""

    def build_failure(self, error: Exception) -> JournalError:
        """Return the error for a failure to open the journal, with what is to be done about it."""

    def close(self, *, changed: bool = False) -> None:
        """Release the lock and close all connections.

        Args:
            changed: Whether rows were changed, so that traces of erased data may be left.
        """


def get_first_line(error: Exception) -> str:
    """Return the first line of what a database says; the others may quote a row."""
    cause = getattr(error, "orig", None) or error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0]
