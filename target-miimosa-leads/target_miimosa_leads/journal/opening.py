"""Opening a journal, and refusing to when that could send leads twice."""

from __future__ import annotations

import time
import typing as t
from contextlib import contextmanager

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from target_miimosa_leads._kit.private_files import ForeignPathError
from target_miimosa_leads.errors import JournalError, JournalInUseError, JournalNotWritableError
from target_miimosa_leads.journal.postgres import PostgresBackend
from target_miimosa_leads.journal.sqlite import SqliteBackend, describe_unusable
from target_miimosa_leads.journal.store import Journal

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from target_miimosa_leads.journal.backend import Backend

LOCK_SECONDS = 2.0
_LOCK_POLL_SECONDS = 0.1


def _build_backend(journal_url: str, schema: str | None) -> Backend:
    url = make_url(journal_url)
    if url.get_backend_name() == "sqlite":
        return SqliteBackend(url)
    return PostgresBackend(url, schema)


def open_for_run(
    journal_url: str,
    *,
    schema: str | None,
    allow_new: bool,
    begins_with_state: bool = False,
    create: bool = True,
    patience: float = LOCK_SECONDS,
) -> Journal:
    """Open the journal for sending; begin a new one if there never was any.

    Args:
        journal_url: Where it is.
        schema: That of PostgreSQL; None for the default.
        allow_new: Begin a new one even if an old one has gone missing.
        begins_with_state: The input begins with STATE, so leads have been sent before.
        create: Begin a new one at all.
        patience: Seconds to wait for the lock: enough for the session of a killed process to end.

    Returns:
        The journal, locked; what was in flight when a process died is ``unknown`` now.

    Raises:
        JournalError: If it is in use, broken, newer than this program, or has gone missing.
    """
    backend = _build_backend(journal_url, schema)
    with _one_line_errors(backend):
        _lock(backend, patience)
        earlier = backend.find_earlier_journal()
        if backend.exists():
            journal = Journal(backend)
            journal.check(None if allow_new else earlier)
        elif create:
            if not allow_new:
                _refuse_if_missing(backend, earlier, begins_with_state=begins_with_state)
            journal = _create(backend)
        else:
            raise JournalError(f"There is no journal at {backend}; check journal_url.")
        _begin(backend, journal, earlier)
        return journal


def _begin(backend: Backend, journal: Journal, earlier: str | None) -> None:
    if earlier != journal.id:
        backend.mark(journal.id)
    journal.recover()


def _create(backend: Backend) -> Journal:
    backend.prepare()
    journal = Journal(backend)
    journal.create()
    return journal


def _lock(backend: Backend, patience: float) -> None:
    end = time.monotonic() + patience
    while not backend.lock():
        if time.monotonic() >= end:
            raise JournalInUseError(
                f"The journal {backend} is in use by another process; let it finish first."
            )
        time.sleep(_LOCK_POLL_SECONDS)


def open_existing(journal_url: str, schema: str | None) -> Journal | None:
    """Open the journal for reading only, even while another process writes it.

    Args:
        journal_url: Where it is.
        schema: In which schema of PostgreSQL; None for the default.

    Returns:
        The journal, or None if there is none.

    Raises:
        JournalError: If it is broken or of a newer version.
    """
    backend = _build_backend(journal_url, schema)
    with _one_line_errors(backend):
        if not backend.exists():
            backend.close()
            return None
        journal = Journal(backend)
        journal.check(None)
        return journal


def open_to_read(journal_url: str, schema: str | None, *, allow_new: bool) -> Journal:
    """Open an existing journal for reading only, its interrupted leads known to be unknown.

    They are counted so with the lock, which is then released: reading may take long, and the next
    run must not wait for it. While another process holds the lock, or on a full disk, the journal
    is read as it is.

    Args:
        journal_url: Where it is.
        schema: In which schema of PostgreSQL; None for the default.
        allow_new: Read it even if it is not the one of the earlier runs.

    Raises:
        JournalError: If it is missing, broken, or of a newer version.
    """
    refusal: JournalError | None = None
    try:
        open_for_run(
            journal_url, schema=schema, allow_new=allow_new, create=False, patience=0
        ).close()
    except (JournalInUseError, JournalNotWritableError) as error:
        refusal = error
    journal = open_existing(journal_url, schema)
    if journal is None:
        raise refusal or JournalError("There is no journal any more; check journal_url.")
    return journal


def _refuse_if_missing(backend: Backend, earlier: str | None, *, begins_with_state: bool) -> None:
    if earlier is not None:
        evidence = "a marker of an earlier run is still there"
    elif (elsewhere := backend.find_elsewhere()) is not None:
        evidence = elsewhere
    elif begins_with_state:
        evidence = "the input begins with STATE, so there was an earlier run"
    else:
        return
    raise JournalError(
        f"The journal {backend} is missing, but {evidence}: without it leads could be sent twice. "
        "Restore the journal, or set allow_new_journal to true to begin a new one."
    )


@contextmanager
def _one_line_errors(backend: Backend) -> Iterator[None]:
    try:
        yield
    except JournalError:
        backend.close()
        raise
    except ForeignPathError as error:
        backend.close()
        raise describe_unusable(error) from None
    except (SQLAlchemyError, OSError) as error:
        backend.close()
        raise backend.build_failure(error) from None
