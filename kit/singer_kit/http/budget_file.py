"""The file of a shared request budget: a small SQLite database, which brings the locking.

Times are those of the machine's monotonic clock, which all processes share and nobody can set; what
an earlier start of the machine left is moved to it.
"""

from __future__ import annotations

import os
import sqlite3
import time
import typing as t
from contextlib import contextmanager
from pathlib import Path

from ..errors import ConfigError, KitError
from ..private_files import ForeignPathError, open_private, real_path
from .budget_store import TICKET_SECONDS, Usage

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from .budget import Window

# A request of a process that cannot be looked for, in another container, is over by then.
STALE_SECONDS = 300.0
LOCK_SECONDS = 30.0
_APPLICATION_ID = 0x53B06E75
_BEGINS = b"SQLite format 3\x00"

_TABLES = f"""
create table if not exists machine (boot text not null, wall_minus_monotonic real not null);
create table if not exists windows (
    requests integer not null, seconds real not null, pid integer not null,
    namespace text not null, used real not null,
    primary key (requests, seconds, pid, namespace)
);
create table if not exists flights (
    id integer primary key, started real not null, pid integer not null, namespace text not null
);
create table if not exists done (id integer primary key autoincrement, at real not null);
create index if not exists done_at on done (at);
create table if not exists blocked (until real not null);
create table if not exists waiting (
    id integer primary key autoincrement, renewed real not null, pid integer not null,
    namespace text not null
);
pragma application_id = {_APPLICATION_ID};
"""


class BudgetFile:
    """The file.

    Args:
        path: Where it is; made if it is missing, readable by its owner only.
        windows: The limits of this process, which from now on hold for all.
        clock: Monotonic seconds that all processes share.

    Raises:
        ConfigError: If it cannot be used.
    """

    def __init__(
        self,
        path: str,
        windows: Iterable[Window],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the file."""
        self._path = real_path(Path(path).expanduser())
        self.windows = list(windows)
        self.clock = clock
        self._namespace = _namespace()
        try:
            os.close(open_private(self._path, os.O_CREAT | os.O_RDWR, _is_database))
            self._inode = self._path.stat().st_ino
            # Threads take turns under the budget's own lock.
            self._database = sqlite3.connect(
                self._path, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._prepare()
        except ForeignPathError as error:
            raise _unusable(f"it {error.strerror}") from None
        except (OSError, sqlite3.Error) as error:
            raise _unusable(_describe(error)) from None

    def _prepare(self) -> None:
        """Make the tables, unless the file is somebody else's."""
        run = self._database.execute
        # What an operating system crash could lose is an hour of counting.
        run("pragma synchronous = off")
        run("begin immediate")
        # Which commits, or rolls back.
        with self._database:
            tables = {
                name for (name,) in run("select name from sqlite_master where type = 'table'")
            }
            (owner,) = run("pragma application_id").fetchone()
            if tables and owner != _APPLICATION_ID and not tables <= {"slots", "blocked"}:
                raise sqlite3.DatabaseError
            offset = time.time() - time.monotonic()
            for statement in _TABLES.strip().split(";\n"):
                run(statement)
            if "slots" in tables:
                self._take_over(offset)
            self._move_to_this_start(offset)

    def _take_over(self, offset: float) -> None:
        """Take over what version 0.1 has left, which counted by the wall clock."""
        run = self._database.execute
        run("insert into done (at) select coalesce(done, started) - ? from slots", [offset])
        run("update blocked set until = until - ?", [offset])
        run("drop table slots")

    def _move_to_this_start(self, offset: float) -> None:
        """Move the times of an earlier start of the machine to its present clock."""
        run = self._database.execute
        boot = _boot_id()
        known = run("select boot, wall_minus_monotonic from machine").fetchone()
        if known and boot and known[0] != boot:
            moved = known[1] - offset
            run("delete from flights")
            run("delete from waiting")
            run("update done set at = min(at + ?, ?)", [moved, time.monotonic()])
            run("update blocked set until = until + ?", [moved])
            run("update windows set used = ?", [time.monotonic()])
        run("delete from machine")
        run("insert into machine values (?, ?)", [boot, offset])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Let nobody else read or write inside the block.

        Raises:
            KitError: If the file cannot be used any more.
        """
        try:
            if self._path.stat().st_ino != self._inode:
                raise _removed()
            self._database.execute("begin immediate")
            with self._database:
                yield
        except FileNotFoundError:
            raise _removed() from None
        except (OSError, sqlite3.Error) as error:
            raise KitError(
                f"The file in 'budget_path' cannot be used any more: {_describe(error)}."
            ) from None

    # Inside a transaction

    def read(self, after: int) -> Usage:
        """Return what all processes have done, and forget what no window needs.

        Args:
            after: Id of the last completion that is known already.
        """
        run, now = self._database.execute, self.clock()
        for window in self.windows:
            run("insert or replace into windows values (?, ?, ?, ?, ?)",
                [window.requests, window.seconds, os.getpid(), self._namespace, now])  # fmt: skip
        windows = self._find_limits(now)
        self._end_lost_flights(now)
        longest = max((seconds for _, seconds in windows), default=0.0)
        run("delete from done where at <= ?", [now - longest])
        (in_flight,) = run("select count(*) from flights").fetchone()
        done = run("select id, at from done where id > ? order by id", [after]).fetchall()
        (until,) = run("select max(until) from blocked").fetchone()
        return Usage(now, in_flight, done, windows, until or 0.0, self._find_waiting(now))

    def _find_limits(self, now: float) -> list[tuple[int, float]]:
        """Return the limits of all who use the file, and forget those of whom nobody is left."""
        run = self._database.execute
        rows = run("select requests, seconds, pid, namespace, used from windows").fetchall()
        found = set()
        for requests, seconds, pid, namespace, used in rows:
            # Until then, what such a process sent still counts.
            if used <= now - seconds and self._is_lost(pid, namespace, used, now):
                run("delete from windows where pid = ? and namespace = ?", [pid, namespace])
            else:
                found.add((requests, seconds))
        return sorted(found)

    def _is_lost(self, pid: int, namespace: str, seen: float, now: float) -> bool:
        if namespace == self._namespace:
            return not _is_alive(pid)
        return seen <= now - STALE_SECONDS

    def _end_lost_flights(self, now: float) -> None:
        """Count the requests of processes that are gone as complete now: they may have arrived."""
        run = self._database.execute
        for ident, started, pid, namespace in run("select * from flights").fetchall():
            if self._is_lost(pid, namespace, started, now):
                self.end_request(ident)

    def _find_waiting(self, now: float) -> list[int]:
        """Return the tickets that count, and forget the others."""
        found = []
        rows = self._database.execute("select * from waiting order by id").fetchall()
        for ticket, renewed, pid, namespace in rows:
            is_renewed = 0 <= now - renewed < TICKET_SECONDS
            if is_renewed and not self._is_lost(pid, namespace, renewed, now):
                found.append(ticket)
            else:
                self.leave_line(ticket)
        return found

    def enter_line(self) -> int:
        """Note that a thread waits for a slot, and return its ticket, the highest so far."""
        statement = "insert into waiting (renewed, pid, namespace) values (?, ?, ?)"
        mine = [self.clock(), os.getpid(), self._namespace]
        return self._database.execute(statement, mine).lastrowid or 0

    def renew_tickets(self, tickets: Collection[int]) -> None:
        """Note that threads still wait, in the places of their tickets."""
        mine = (self.clock(), os.getpid(), self._namespace)
        rows = [(ticket, *mine) for ticket in tickets]
        self._database.executemany("insert or replace into waiting values (?, ?, ?, ?)", rows)

    def leave_line(self, ticket: int) -> None:
        """Note that a thread does not wait any more."""
        self._database.execute("delete from waiting where id = ?", [ticket])

    def begin_request(self) -> int:
        """Note a request that is sent now, and return its id."""
        cursor = self._database.execute(
            "insert into flights (started, pid, namespace) values (?, ?, ?)",
            [self.clock(), os.getpid(), self._namespace],
        )
        return cursor.lastrowid or 0

    def end_request(self, ident: int) -> None:
        """Note that a request is complete."""
        self._database.execute("delete from flights where id = ?", [ident])
        self.add_done(1, self.clock())

    def add_done(self, count: int, at: float) -> None:
        """Note requests that were complete at a time."""
        self._database.executemany("insert into done (at) values (?)", [(at,)] * count)

    def block(self, until: float) -> None:
        """Let nobody send before a time."""
        (known,) = self._database.execute("select max(until) from blocked").fetchone()
        self._database.execute("delete from blocked")
        self._database.execute("insert into blocked values (?)", [max(until, known or 0.0)])


def _unusable(what: str) -> ConfigError:
    return ConfigError(
        f"Setting 'budget_path' cannot be used: {what}. It must name a file, in a folder that "
        f"exists, that only these taps write."
    )


def _removed() -> KitError:
    return KitError("The file in 'budget_path' was removed or replaced while it was in use.")


def _describe(error: Exception) -> str:
    if isinstance(error, sqlite3.OperationalError):
        # Of SQLite: "database is locked", "database or disk is full", "disk I/O error".
        return str(error)
    if isinstance(error, OSError):
        return error.strerror or "it is no path"
    return "it holds something else, or is damaged"


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_BEGINS)) == _BEGINS


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        # Somebody else's.
        return True
    return True


def _namespace() -> str:
    """Return in what the numbers of processes count; containers have one each."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _boot_id() -> str:
    """Return what tells this start of the machine from others; empty where it does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
