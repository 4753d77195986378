"""What a database must do to hold a journal."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection, Engine


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

    def prepare(self) -> None:
        """Make what the tables are created in."""

    def creating(self) -> AbstractContextManager[Connection]:
        """Return a transaction for creating the tables."""

    def mark(self, journal_id: str) -> None:
        """Leave a marker that outlasts the journal, should it go missing."""

    def open_writer(self) -> Connection:
        """Return the one connection that changes are written through."""

    def close(self) -> None:
        """Release the lock and close all connections."""
