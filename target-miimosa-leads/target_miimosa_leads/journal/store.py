"""The journal's rows: looking up, changing, counting."""

from __future__ import annotations

import secrets
import typing as t
from contextlib import contextmanager

from sqlalchemy import bindparam, delete, func, insert, inspect, null, select, update
from sqlalchemy.exc import SQLAlchemyError

from target_miimosa_leads.errors import JournalError
from target_miimosa_leads.journal.committer import Committer, describe_kind
from target_miimosa_leads.journal.migration import (
    FIRST_VERSION,
    FORMER_FINGERPRINTS,
    KNOWN_VERSIONS,
    SECRET,
    SECRET_APART_IN_VERSION,
    migrate,
)
from target_miimosa_leads.journal.tables import (
    ADDED_IN_VERSION,
    SCHEMA_VERSION,
    leads,
    meta,
    metadata,
    secret,
)
from target_miimosa_leads.leads.fingerprint import Fingerprints
from target_miimosa_leads.leads.journaled import JournaledLead
from target_miimosa_leads.timestamps import format_now

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from sqlalchemy import Select

    from target_miimosa_leads.journal.backend import Backend

_SECRET_BYTES = 32
# Built once: building a statement costs more than running it.
_INSERT = insert(leads)
_CHANGE = update(leads).where(leads.c.id == bindparam("row_id"))
_DELETE = delete(leads).where(leads.c.id == bindparam("row_id"))
_FORGET = _DELETE.where(leads.c.status == "rejected", leads.c.delivered_digest.is_(None))
_HAS_IDENTITY = leads.c.identity == bindparam("value")
_HAS_ID = leads.c.id == bindparam("value")
# Rows that are held in memory at a time while all are read.
_ROWS_AT_A_TIME = 1000
_INTERRUPTED = "the process ended before the answer came"


def _select_all(version: int) -> Select[t.Any]:
    """Return the query for the rows of a journal of a version; what it lacks is null."""
    return select(*(c if ADDED_IN_VERSION.get(c.name, 1) <= version else null() for c in leads.c))


# Of a row, in both databases.
LARGEST_ID = 2**63 - 1


class Journal:
    """All leads that were ever offered, and the status of each.

    Reading is immediate. Every change is part of a group commit, and durable when its future is
    done.

    Args:
        backend: Where it is stored.

    Attributes:
        id: Identifies the journal, also against another one in the same place.
        fingerprints: Hashes with the journal's own key.
        former_fingerprints: Those of the first version; None if the journal has none.
        run_id: Identifies the run that writes; empty if none does.
    """

    def __init__(self, backend: Backend) -> None:
        """Connect for reading; id and fingerprints are known after create() or check()."""
        self._backend = backend
        self._engine = backend.engine
        self._committer: Committer | None = None
        self._reader = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._unreadable: JournalError | None = None
        self._changed = False
        self._last_id = 0
        self._version = SCHEMA_VERSION
        self.id = ""
        self.run_id = ""
        self.fingerprints = Fingerprints(b"")
        self.former_fingerprints: Fingerprints | None = None
        self._set_version(SCHEMA_VERSION)

    def _set_version(self, version: int) -> None:
        """Read rows as they are in a version: an earlier one may be in another process's hands."""
        self._version = version
        self._every = every = _select_all(version)
        self._by_identity = every.where(_HAS_IDENTITY)
        self._by_id = every.where(_HAS_ID)

    def __str__(self) -> str:
        """Return the name of the journal in messages."""
        return str(self._backend)

    def create(self) -> None:
        """Create the tables, in one transaction."""
        values = {
            "schema_version": str(SCHEMA_VERSION),
            "journal_id": secrets.token_hex(16),
        }
        key = secrets.token_hex(_SECRET_BYTES)
        with self._backend.creating() as connection:
            metadata.create_all(connection)
            connection.execute(insert(meta), [{"name": k, "value": v} for k, v in values.items()])
            connection.execute(insert(secret), {"value": key})
            self._backend.protect(connection, secret)
        self._learn(values, key)

    def check(self, expected_id: str | None) -> None:
        """Read the journal's metadata, and refuse a journal that is not usable.

        Args:
            expected_id: The journal that the marker speaks of.

        Raises:
            JournalError: If it is broken, newer than this program, or another one.
        """
        try:
            self._check(expected_id)
        except BaseException:
            self._reader.close()
            raise

    def _check(self, expected_id: str | None) -> None:
        present = set(inspect(self._engine).get_table_names())
        if missing := {leads.name, meta.name} - present:
            raise JournalError(
                f"{self._backend} is not a complete journal "
                f"(no table {', '.join(sorted(missing))}). "
                "Restore it from a backup; or move it away and set allow_new_journal to true."
            )
        rows = self._reader.execute(select(meta.c.name, meta.c.value))
        values: dict[str, str] = {row.name: row.value for row in rows}
        version = values.get("schema_version", "")
        if version.isdigit() and int(version) not in KNOWN_VERSIONS:
            raise JournalError(
                f"The journal {self._backend} has version {version}, this program knows version "
                f"{SCHEMA_VERSION}; install the target-miimosa-leads that wrote it, or a later one."
            )
        key = self._read_key(values, present) if version.isdigit() else None
        if key is None or "journal_id" not in values:
            raise JournalError(
                f"{self._backend} is a journal without its own facts. Restore it from a backup; "
                "or move it away and set allow_new_journal to true."
            )
        if expected_id not in (None, values["journal_id"]):
            raise JournalError(
                f"The journal {self._backend} is not the one of the earlier runs, as its marker "
                "says: leads could be sent twice. Restore the right one, or set allow_new_journal "
                "to true to go on with this one."
            )
        self._learn(values, key)

    def _read_key(self, values: dict[str, str], present: set[str]) -> str | None:
        """Return the key of the hashes, as hexadecimal digits."""
        if int(values["schema_version"]) < SECRET_APART_IN_VERSION:
            return values.get(SECRET)
        if secret.name not in present:
            return None
        return self._reader.scalar(select(secret.c.value))

    def _learn(self, values: dict[str, str], key: str) -> None:
        self.id = values["journal_id"]
        self.fingerprints = Fingerprints(bytes.fromhex(key))
        self._set_version(int(values["schema_version"]))
        if self._version == FIRST_VERSION or FORMER_FINGERPRINTS in values:
            self.former_fingerprints = Fingerprints(bytes.fromhex(key), version=FIRST_VERSION)
        self._last_id = self._reader.scalar(select(func.max(leads.c.id))) or 0

    def recover(self) -> None:
        """Begin writing: migrate, and count what was in flight when the last process ended."""
        self._migrate()
        self.run_id = f"{format_now()}-{secrets.token_hex(4)}"
        self._committer = Committer(self._backend.open_writer(), self._backend.build_failure)
        statement = update(leads).where(leads.c.status == "sent")
        values = {"status": "unknown", "reason": _INTERRUPTED, "updated_at": format_now()}
        try:
            self._committer.submit(statement, values).result()
        except JournalError:
            self.close()
            raise

    def _migrate(self) -> None:
        if self._version < SCHEMA_VERSION:
            with self._backend.creating() as connection:
                migrate(connection, self._version)
                self._backend.protect(connection, secret)
            self._set_version(SCHEMA_VERSION)

    def find(self, identity: str) -> JournaledLead | None:
        """Return the row of a lead."""
        return self._select_one(self._by_identity, identity)

    def get(self, row_id: int) -> JournaledLead | None:
        """Return the row with this id; None if there is none."""
        return self._select_one(self._by_id, row_id) if row_id <= LARGEST_ID else None

    def _select_one(self, query: Select[t.Any], value: str | int) -> JournaledLead | None:
        with self._reading():
            found = self._reader.execute(query, {"value": value}).first()
        return JournaledLead(*found) if found else None

    def read_rows(self, *statuses: str) -> Iterator[JournaledLead]:
        """Yield rows in the order in which the leads came; of these statuses, or all.

        They are those of one moment, read bit by bit on a connection of their own.
        """
        query = self._every.order_by(leads.c.id)
        if statuses:
            query = query.where(leads.c.status.in_(statuses))
        with self._reading(), self._engine.connect() as connection:
            connection.execution_options(yield_per=_ROWS_AT_A_TIME)
            for row in connection.execute(query):
                yield JournaledLead(*row)

    def count_by_status(self) -> dict[str, int]:
        """Return how many leads are in which status."""
        query = select(leads.c.status, func.count()).group_by(leads.c.status)
        with self._reading():
            return {row[0]: row[1] for row in self._reader.execute(query)}

    def list_streams(self) -> list[str]:
        """Return the streams whose leads are here."""
        with self._reading():
            return list(self._reader.scalars(select(leads.c.stream).distinct()))

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            if self._unreadable is None:
                self._unreadable = JournalError(
                    f"The journal {self._backend} cannot be read any more "
                    f"({describe_kind(error)}). Restore the database, then run again."
                )
            # What went wrong first: on a lost session every later error is another one.
            raise self._unreadable from None

    def add(self, **values: t.Any) -> tuple[int, Future[None]]:  # noqa: ANN401
        """Write a new row and return its id."""
        # The lock makes this process the only one that counts.
        self._last_id += 1
        stamp = format_now()
        row = {"id": self._last_id, "attempts": 0, "created_at": stamp, "updated_at": stamp}
        return self._last_id, self._submit(_INSERT, row | values)

    def change(self, row_id: int, **values: t.Any) -> Future[None]:  # noqa: ANN401
        """Change columns of a row."""
        return self._submit(_CHANGE, {**values, "row_id": row_id, "updated_at": format_now()})

    def keep(self, row_id: int, **values: t.Any) -> Future[None]:  # noqa: ANN401
        """Change what a row keeps beside the lead, which is no change of the lead."""
        return self._submit(_CHANGE, {**values, "row_id": row_id})

    def delete(self, row_id: int) -> Future[None]:
        """Erase a row."""
        return self._submit(_DELETE, {"row_id": row_id})

    def forget_rejected(self, row_id: int) -> Future[None]:
        """Erase a row that has never been more than rejected: mended, it is another lead."""
        return self._submit(_FORGET, {"row_id": row_id})

    def _submit(self, statement: t.Any, values: dict[str, t.Any]) -> Future[None]:  # noqa: ANN401
        if self._committer is None:
            raise JournalError(f"The journal {self._backend} is open for reading only.")
        self._changed = True
        return self._committer.submit(statement, values)

    def close(self) -> None:
        """Commit what is left, leave no trace of deleted data, release the lock."""
        if self._committer is not None:
            self._committer.close()
        self._reader.close()
        self._backend.close(changed=self._changed)
