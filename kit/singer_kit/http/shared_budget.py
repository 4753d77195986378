"""A request budget in a file: runs within the hour share it, and so do two taps on one key.

The slots are rows of a small SQLite database, which brings the locking between processes; times are
those of the machine's clock. Slots of a process that was killed come free by themselves.
"""

from __future__ import annotations

import collections
import os
import sqlite3
import time
import typing as t
from contextlib import contextmanager
from pathlib import Path

from ..errors import ConfigError
from .budget import Budget, Window

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .budget import Slots

# A request whose process has gone is over by then, whatever its timeout was.
STALE_SECONDS = 300.0
LOCK_SECONDS = 30.0

_TABLES = """
create table if not exists slots (id integer primary key, started real not null, done real);
create index if not exists slots_done on slots (done);
create table if not exists blocked (until real not null);
"""


def make_budget(windows: Iterable[Window], *, max_wait: float, path: str | None) -> Budget:
    """Return a budget of this run's own, or the one that the file ``path`` holds."""
    if path:
        return SharedBudget(path, windows, max_wait=max_wait)
    return Budget(windows, max_wait=max_wait)


class SharedBudget(Budget):
    """A budget that processes on one machine share.

    Args:
        path: The file; made if it is missing, readable by its owner only.
        windows: The limits.
        max_wait: Longest wait for one slot, in seconds.
    """

    def __init__(self, path: str, windows: Iterable[Window], *, max_wait: float) -> None:
        """Open the file.

        Raises:
            ConfigError: If it cannot be used.
        """
        super().__init__(windows, max_wait=max_wait, clock=time.time)
        self._longest = max((slots.window.seconds for slots in self._slots), default=0.0)
        self._taken: collections.deque[int] = collections.deque()
        try:
            os.close(os.open(Path(path).expanduser(), os.O_CREAT | os.O_RDWR, 0o600))
            # Threads take turns under the budget's own lock.
            self._file = sqlite3.connect(
                Path(path).expanduser(),
                timeout=LOCK_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            # What an operating system crash could lose is an hour of counting.
            self._file.execute("pragma synchronous = off")
            self._file.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(
                f"Setting 'budget_path': the file cannot be used ({type(error).__name__})."
            ) from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._file.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._file.execute("rollback")
            raise
        self._file.execute("commit")

    def _take(self, now: float) -> float | None:
        with self._transaction():
            self._load(now)
            wait = super()._take(now)
            if wait == 0:
                row = self._file.execute("insert into slots (started) values (?)", [now])
                self._taken.append(row.lastrowid or 0)
        return wait

    def _give_back(self, now: float) -> None:
        super()._give_back(now)
        # Which of our rows is which request makes no difference: all are in flight.
        if self._taken:
            self._file.execute(
                "update slots set done = ? where id = ?", [now, self._taken.popleft()]
            )

    def _load(self, now: float) -> None:
        """Take over what all processes have done."""
        run = self._file.execute
        run("update slots set done = started + ? where done is null and started <= ?",
            [STALE_SECONDS, now - STALE_SECONDS])  # fmt: skip
        # A clock that was set back must not keep slots for longer than a window.
        run("update slots set done = ? where done > ?", [now, now + 1])
        run("delete from slots where done <= ?", [now - self._longest])
        (self._in_flight,) = run("select count(*) from slots where done is null").fetchone()
        done = [
            row for (row,) in run("select done from slots where done is not null order by done")
        ]
        for slots in self._slots:
            slots.done = collections.deque(done)
        (until,) = run("select max(until) from blocked").fetchone()
        self._blocked_until = max(self._blocked_until, until or 0.0)

    def _refresh(self, now: float) -> None:
        with self._transaction():
            self._load(now)

    def _charge(self, slots: Slots, count: int, done_at: float) -> None:
        super()._charge(slots, count, done_at)
        rows = [(done_at, done_at)] * count
        self._file.executemany("insert into slots (started, done) values (?, ?)", rows)

    def _block(self, until: float) -> None:
        with self._transaction():
            # Another process may have been told to wait for longer.
            (known,) = self._file.execute("select max(until) from blocked").fetchone()
            until = max(until, known or 0.0)
            super()._block(until)
            self._file.execute("delete from blocked")
            self._file.execute("insert into blocked values (?)", [until])
