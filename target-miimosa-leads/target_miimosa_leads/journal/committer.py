"""Group commit: one thread writes, and commits all waiting changes in one transaction.

A durable commit costs a disk flush; with several leads in flight their changes share it.
"""

from __future__ import annotations

import queue
import threading
import typing as t
from concurrent.futures import Future

from sqlalchemy.exc import SQLAlchemyError

from target_miimosa_leads.errors import JournalError, JournalNotWritableError

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

_MOST_IN_ONE = 200


class _Change(t.NamedTuple):
    statement: t.Any
    values: dict[str, t.Any]
    done: Future[None]


class Committer:
    """Writes changes in the order in which they were submitted.

    After a failure (disk full, session lost) nothing more is written: every later change fails too,
    so that nothing is sent of which the journal does not know.

    Args:
        connection: Used by the committer's thread alone from now on.
        build_failure: Returns what a failure to write means, and what is to be done.
    """

    def __init__(
        self, connection: Connection, build_failure: Callable[[Exception], JournalError]
    ) -> None:
        """Start the thread."""
        self._build_failure = build_failure
        self._connection = connection
        self._queue: queue.SimpleQueue[_Change | None] = queue.SimpleQueue()
        self._broken: JournalNotWritableError | None = None
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    def submit(self, statement: t.Any, values: dict[str, t.Any]) -> Future[None]:  # noqa: ANN401
        """Queue a change; its future is done when the change is on the disk.

        The future fails with a JournalNotWritableError. Callbacks run on the committer's thread.
        """
        change = _Change(statement, values, Future())
        self._queue.put(change)
        return change.done

    def close(self) -> None:
        """Write what is queued and end the thread."""
        self._queue.put(None)
        self._thread.join()
        self._connection.close()

    def _work(self) -> None:
        while True:
            changes, last = self._take()
            if changes:
                self._commit(changes)
            if last:
                return

    def _take(self) -> tuple[list[_Change], bool]:
        changes: list[_Change] = []
        item = self._queue.get()
        while item is not None:
            changes.append(item)
            if len(changes) == _MOST_IN_ONE:
                return changes, False
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return changes, False
        return changes, True

    def _commit(self, changes: list[_Change]) -> None:
        if self._broken is None:
            try:
                with self._connection.begin():
                    for change in changes:
                        self._connection.execute(change.statement, change.values)
            except (SQLAlchemyError, OSError) as error:
                self._broken = JournalNotWritableError(
                    f"{self._build_failure(error)} Nothing more is sent ({describe_kind(error)})."
                )
        for change in changes:
            if self._broken is None:
                change.done.set_result(None)
            else:
                change.done.set_exception(self._broken)


def describe_kind(error: Exception) -> str:
    """Return what kind of database error this is; its message may quote the row."""
    cause = getattr(error, "orig", None) or error
    code = getattr(cause, "sqlite_errorname", "") or getattr(cause, "sqlstate", "") or "failed"
    return f"{type(cause).__name__}: {code}"
