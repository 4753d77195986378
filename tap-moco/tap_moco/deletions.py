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
So a list that has lost more than half of its records is read a second time, and only what both
readings say is told.
"""

from __future__ import annotations

import abc
import sys
import typing as t

from tap_moco._kit.errors import IncompleteError
from tap_moco._kit.stream import ApiStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from singer_sdk.helpers import types

    from tap_moco._kit.listing import Listing
    from tap_moco._kit.records import Record

STATE_KEY = "census"


class Census:
    """How many records of one list are known.

    Args:
        state: The stream's writable state.
    """

    def __init__(self, state: dict[str, t.Any]) -> None:
        """Read what the last run left."""
        self._state = state
        entry = state.get(STATE_KEY, {})
        self.known: int | None = entry.get("known")
        self._newest: int = entry.get("newest", 0)
        self._was_behind: bool = entry.get("behind", False)
        self._created: set[int] = set()
        self._highest = self._newest

    def see(self, rows: list[Record]) -> None:
        """Take note of rows as they came, repeated ones too."""
        ids = [row["id"] for row in rows]
        self._created.update(ident for ident in ids if ident > self._newest)
        self._highest = max([self._highest, *ids])

    @property
    def expected(self) -> int:
        """How many records there are if none was deleted."""
        return (self.known or 0) + len(self._created)

    def fits(self, total: int) -> bool:
        """Tell whether a total can be explained without deletions."""
        return total == self.expected or (total > self.expected and not self._was_behind)

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


class DetectingStream(ApiStream):
    """A list that can be counted."""

    denials = 0
    _anew = False
    _census: Census | None = None
    _emitted = 0

    @abc.abstractmethod
    def starts_over(self) -> bool:
        """Tell whether this run reads the list from its beginning."""

    @abc.abstractmethod
    def total(self) -> int | None:
        """Ask how many records the list has; None if it does not tell."""

    def read_detecting(self, read: Callable[[], Iterator[Record]]) -> Iterator[Record]:
        """Yield records; afterwards tell the target about deleted ones.

        Args:
            read: Yields what the stream reads anyway.
        """
        census = self._census = Census(self.stream_state)
        if self.starts_over():
            yield from self._versioned(read())
            return
        yield from read()
        if self.denials:
            return
        total = self.total()
        if total is None:
            self.logger.warning("'%s' tells no total: deletions cannot be detected.", self.name)
            return
        if census.known is not None and census.fits(total):
            census.settle(census.expected, total)
            return
        self.logger.info(
            "'%s': %s; reading the list whole, in about %d requests.",
            self.name,
            "records were not counted before"
            if census.known is None
            else f"{census.expected} records are known, but there are {total}",
            -(-total // 100),
        )
        yield from self._versioned(self._read_anew())

    def _versioned(self, records: Iterator[Record]) -> Iterator[Record]:
        """Yield records under a new version, and make that the valid one at the end."""
        self._stream_version = version = self._tap.initialized_at
        self._emitted = 0
        try:
            yield from records
        finally:
            self._stream_version = None
        partial = self.denials or self._resume.resumed or self.state_manager.incomplete
        if partial or self._census is None:
            # Not all of it came under this version. The next run finds no count, or the old one.
            return
        self._check_vanished(self._census.known)
        self._write_activate_version_message(version)
        # With a start_date only part of the list is held: then the API's total is what counts.
        known = self.total() if self._tap.start_date and self.replication_key else self._emitted
        self._census.settle(self._emitted if known is None else known)

    def _check_vanished(self, known: int | None) -> None:
        """Read the list again if most of it has vanished; what the first reading said must hold.

        Args:
            known: Records that the warehouse holds, as far as we know.

        Raises:
            IncompleteError: If the second reading, or its total, says otherwise.
        """
        found = self._emitted
        if not (found == 0 if known is None else 2 * found < known):
            return
        self._anew = True
        try:
            listing = t.cast("Listing", self.open_listing({}, {}))
            pages = self.read_pages(listing, None)
            again = len({row["id"] for rows in pages for row in rows})
        finally:
            self._anew = False
        limit = 0 if known is None else max(known - 1, 0) // 2
        if again > limit or listing.told not in {again, None}:
            raise IncompleteError(
                f"The list '{self.name}' had {found} records, and {again} when it was read again "
                f"(total: {listing.told}): nothing of it is taken for deleted."
            )
        if known:
            self.logger.warning(
                "'%s': of %d known records %d are left, a second reading agrees; the target is "
                "told that the others are deleted.",
                self.name, known, found,
            )  # fmt: skip

    def _read_anew(self) -> Iterator[Record]:
        """Yield all records once more, whatever was known of them; children are left alone."""
        self._anew, self._overlap = True, None
        vars(self).pop("_recent", None)
        try:
            yield from self.read_context({}, {})
        finally:
            self._anew = False

    @override
    def shape(self, rows: list[Record], context: types.Context) -> list[Record]:
        if self._census is not None:
            self._census.see(rows)
        return super().shape(rows, context)

    @override
    def fresh(self, records: list[Record]) -> list[Record]:
        news = super().fresh(records)
        self._emitted += len(news)
        return news

    @override
    def generate_child_contexts(
        self, record: Record, context: types.Context | None
    ) -> Iterable[types.Context | None]:
        return () if self._anew else super().generate_child_contexts(record, context)
