"""Finding deleted records: ``updated_after`` never reports them, but lists tell their total.

Per stream the state keeps how many records the warehouse holds and the highest id among them::

    "census": {"known": 796, "newest": 102400896}

Ids grow, so a changed record with a higher id is a new one and raises the count. One request with
``per_page=1`` tells the list's total. Fewer than known: something was deleted, and only then the
list is read whole, each record with a new version, and ACTIVATE_VERSION lets the target drop, or
mark, what did not come. Archived and disregarded records are in the total: they are not deleted.

More than known is normal, as records are created while we count; they come with the next run. If
they do not, records became visible without having changed (rights, for example): then too the list
is read whole.

A loader may delete for good what we say is gone, and an empty answer may be a failure of the API.
So a list that has lost some is only believed if its total agrees; one that tells none, or has lost
more than half of its records, is read a second time. Then none of the records that did not come may
be there, and as many must come as the total of that reading says. A new record, created meanwhile,
contradicts nothing: the next run brings it.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from tap_moco._kit.errors import IncompleteError
from tap_moco._kit.reading.spec import ReadWindow
from tap_moco.id_log import IdLog

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Generator

    from tap_moco._kit.encoded_rows import Rows
    from tap_moco._kit.reading.reader import StreamReader
    from tap_moco._kit.reading.spec import ReadOutcome
    from tap_moco._kit.records import Record
    from tap_moco._kit.runtime.context import RunContext
    from tap_moco._kit.state.query_binding import QueryBinding

    Emitting = Generator[Rows, None, ReadOutcome]

STATE_KEY = "census"


class Census:
    """How many records of one list are known.

    Args:
        state: The stream's writable state.
        bound: Whether the state belongs to the present query.

    Attributes:
        known: Records that are known; None if they were not counted.
        present: The ids of the records that came.
    """

    def __init__(self, state: dict[str, t.Any], *, bound: bool) -> None:
        """Read what the last run left."""
        self._state = state
        entry = state.get(STATE_KEY, {}) if bound else {}
        self.known: int | None = entry.get("known")
        self._newest: int = entry.get("newest", 0)
        self._was_behind: bool = entry.get("behind", False)
        self._created: set[int] = set()
        self._highest = self._newest
        self.present = IdLog()

    def see(self, rows: list[Record]) -> None:
        """Take note of rows as they came, repeated ones too."""
        ids = [row["id"] for row in rows]
        if self.known is not None:
            self._created.update(ident for ident in ids if ident > self._newest)
        self.present.add(ids)
        self._highest = max([self._highest, *ids])

    @property
    def expected(self) -> int:
        """How many records there are if none was deleted."""
        return (self.known or 0) + len(self._created)

    def returned(self, ids: set[int]) -> set[int]:
        """Return the ids of known records that did not come, and are there all the same.

        Args:
            ids: The ids of a second reading; those higher than any that was seen are new.
        """
        # Where none was seen, nothing tells new from old.
        return {ident for ident in self.present.missing(ids) if not ident > self._highest > 0}

    def fits(self, total: int) -> bool:
        """Tell whether a total can be explained without deletions."""
        return total == self.expected or (total > self.expected and not self._was_behind)

    def forget(self) -> None:
        """Leave no count to the next run."""
        self._state.pop(STATE_KEY, None)

    def settle(self, known: int, total: int | None = None) -> None:
        """Leave the count to the next run.

        Args:
            known: Records that the warehouse holds now.
            total: What the API said, if it was asked.
        """
        entry: dict[str, t.Any] = {"known": known, "newest": self._highest}
        if total is not None and total > known:
            entry["behind"] = True
        self._state[STATE_KEY] = entry


class CountedList(t.Protocol):
    """What a detector needs of a stream."""

    name: str
    stream_version: int | None
    asks_changes: bool

    @property
    def logger(self) -> logging.Logger:
        """Where the stream logs."""

    @property
    def reader(self) -> StreamReader:
        """Reads the list."""

    @property
    def run(self) -> RunContext:
        """What belongs to the run."""

    @property
    def stream_state(self) -> dict[str, t.Any]:
        """The stream's writable state."""

    @property
    def query_binding(self) -> QueryBinding:
        """Tells whether the state belongs to the present query."""

    def starts_over(self) -> bool:
        """Tell whether this run reads the list from its beginning."""

    def total(self) -> int | None:
        """Ask how many records the list has."""

    def new_version(self) -> int:
        """Return a version that is later than that of any run before."""

    def write_activate_version(self, version: int) -> None:
        """Write an ACTIVATE_VERSION message."""

    def forget_below(self, present: IdLog, *, whole: bool) -> None:
        """Tell the target that what belongs to deleted records is gone, too."""


class DeletionDetector:
    """Finds the deleted records of one list in one run.

    Args:
        stream: The list.

    Attributes:
        census: How many of its records are known.
    """

    def __init__(self, stream: CountedList) -> None:
        """Count what the last run left."""
        self._stream = stream
        self.census = Census(stream.stream_state, bound=stream.query_binding.matches)

    def read(self, window: ReadWindow) -> Emitting:
        """Yield the records of a window; afterwards tell the target about deleted ones.

        Args:
            window: What the stream reads anyway.

        Returns:
            What was found in it.
        """
        stream, census = self._stream, self.census
        if stream.starts_over():
            return (yield from self._read_version(window))
        outcome = yield from stream.reader.read_all(window)
        if outcome.denied:
            return outcome
        total = stream.total()
        if total is None:
            stream.logger.warning("'%s' tells no total: deletions cannot be detected.", stream.name)
            return outcome
        # What an earlier run has read of this window, nobody has counted.
        counted = census.known is not None and not outcome.resumed
        if counted and census.fits(total):
            census.settle(census.expected, total)
            return outcome
        stream.logger.info(
            "'%s': %s; reading the list whole, in about %d requests.",
            stream.name,
            f"{census.expected} records are known, but there are {total}"
            if counted
            else "records were not counted before",
            -(-total // 100),
        )
        # Everything once more, whatever was emitted of it; children are left alone. All of it must
        # come under one version: where another run broke off, this one begins at the beginning.
        again = ReadWindow(stream.query_binding.start_date, with_children=False, resumes=False)
        yield from self._read_version(again)
        return outcome

    def _read_version(self, window: ReadWindow) -> Emitting:
        """Yield records under a new version, and make that the valid one at the end.

        Nothing is held back as unchanged: what does not come is taken for deleted.
        """
        stream = self._stream
        stream.stream_version = version = stream.new_version()
        self.census.present.clear()
        try:
            outcome = yield from stream.reader.read_all(replace(window, anew=True))
        finally:
            stream.stream_version = None
        if not outcome.complete or outcome.resumed:
            # Not all of it came under this version. The bookmark moves on, the count does not: what
            # the next run held against it could hide a deletion. It reads the list whole.
            self.census.forget()
            return outcome
        self._check_vanished(outcome.emitted)
        stream.write_activate_version(version)
        stream.forget_below(self.census.present, whole=not self._holds_part)
        # With a start_date only part of the list is held: then the API's total is what counts.
        known = stream.total() if self._holds_part else outcome.emitted
        self.census.settle(outcome.emitted if known is None else known)
        return outcome

    @property
    def _holds_part(self) -> bool:
        """Whether the warehouse holds a part of the list only."""
        return bool(self._stream.query_binding.start_date and self._stream.asks_changes)

    def _check_vanished(self, found: int) -> None:
        """Read the list again if records have vanished without its total saying so, or most of it.

        What the first reading said must hold.

        Args:
            found: Records that the first reading found.

        Raises:
            IncompleteError: If the second reading, or its total, says otherwise.
        """
        known, name = self.census.known, self._stream.name
        # Of a part, nobody has counted how many records it had.
        most = found == 0 if known is None or self._holds_part else 2 * found < known
        if not most:
            if known is None or found >= known or self._holds_part:
                return
            if found == self._stream.reader.lists.total:
                return
        ids: set[int] = set()
        told: int | None = None
        window = ReadWindow(self._stream.query_binding.start_date, anew=True)
        for page in self._stream.reader.read_pages({}, window):
            ids.update(row["id"] for row in page.rows)
            told = page.total
        if self.census.returned(ids) or told not in {len(ids), None}:
            raise IncompleteError(
                f"The list '{name}' had {found} records, and {len(ids)} when it was read again "
                f"(total: {told}): nothing of it is taken for deleted."
            )
        if known and most:
            self._stream.logger.warning(
                "'%s': of %d known records %d are left, a second reading agrees; the target is "
                "told that the others are deleted.",
                name, known, found,
            )  # fmt: skip
