"""How a list is read: pages, repeats, denials, children ahead, and where to go on.

The SDK's own thread emits; workers only fetch. Records, their order and the state are therefore the
same whatever the concurrency.
"""

from __future__ import annotations

import functools
import typing as t

import msgspec
from singer_sdk.helpers._util import utc_now
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from .errors import ContentError, DeniedError, IncompleteError
from .listing import Listing
from .look_ahead import LookingAhead, context_key
from .overlap import Overlap
from .paginators import NoLoops, UrlPaginator
from .records import RecentKeys, empty_to_null
from .resume import Resume, fingerprint, page_of
from .signals import Signals, newest_of, signal_of
from .state import InstantStateManager, instant

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from singer_sdk.helpers import types

    from .records import Record
    from .session import Answer


class ListReading(LookingAhead):
    """The reading half of :class:`~.stream.ApiStream`, which documents the class attributes."""

    primary_keys: t.Sequence[str] = ()
    state_partitioning_keys: t.Sequence[str] | None = ()
    envelope: str | None = None
    single: bool = False
    inject: tuple[str, ...] = ()
    configured_by: str | None = None
    signal: tuple[str, ...] = ()
    counter: str | None = None
    newest_first: str | None = None
    # Below a list at hand something is to be read again.
    _unsettled = False

    # What a stream may say of itself

    def config_contexts(self) -> list[dict[str, t.Any]] | None:
        """Return one context per configured id, or None if the stream needs none."""
        return None

    def setting_of(self, context: types.Context) -> str | None:  # noqa: ARG002
        """Return the name of the setting that holds the id of a context, if one does."""
        return self.configured_by

    def parent_key(self, context: types.Context) -> str:
        """Return the text that names a context in the state."""
        return "/".join(str(value) for value in context.values())

    def transform(self, record: Record, context: types.Context) -> Record | None:  # noqa: ARG002
        """Change a record before it is emitted; None drops it."""
        return record

    def select(self, data: t.Any) -> list[Record]:  # noqa: ANN401
        """Return the records of an answer.

        Raises:
            ContentError: If the answer is not what this endpoint promises.
        """
        if self.single:
            data = [data]
        elif isinstance(data, dict):
            data = next((data[key] for key in self.envelopes if key in data), None)
        if not isinstance(data, list) or not set(map(type, data)) <= {dict}:
            raise ContentError(f"The answer for '{self.name}' is not a list of records.")
        return data

    @property
    def envelopes(self) -> tuple[str, ...]:
        """Keys under which the list may stand."""
        return (self.envelope,) if self.envelope else ()

    def get_new_paginator(self) -> UrlPaginator:
        """Return a fresh paginator; single page by default."""
        return UrlPaginator()

    @functools.cached_property
    def state_manager(self) -> InstantStateManager:
        """Moves bookmarks by instants."""
        manager = InstantStateManager(
            tap_name=self.tap_name,
            stream_name=self.name,
            tap_state=self.tap_state,
            state_partitioning_keys=self.state_partitioning_keys,
            is_sorted=self.is_sorted,
            check_sorted=self.check_sorted,
        )
        manager.started_at = self._tap.started_at
        manager.replication_key = self.replication_key
        return manager

    # What belongs to one run

    @functools.cached_property
    def _clean(self) -> t.Callable[[list[Record]], None]:
        return empty_to_null(self.schema)

    @functools.cached_property
    def _recent(self) -> RecentKeys:
        return RecentKeys(self.primary_keys)

    @functools.cached_property
    def _parent(self) -> Record:
        return {}

    @functools.cached_property
    def _extracted_at(self) -> datetime:
        """When the page at hand was read."""
        return utc_now()

    @functools.cached_property
    def _signals(self) -> Signals:
        return Signals(self.stream_state, refresh_days=self._tap.refresh_days)

    @functools.cached_property
    def _resume(self) -> Resume:
        state = t.cast("dict[str, t.Any]", self.tap_state)
        return Resume(state.setdefault("bookmarks", {}), self.name)

    @functools.cached_property
    def _overlap(self) -> Overlap | None:
        incremental = self.replication_method == REPLICATION_INCREMENTAL
        if not incremental or not self.replication_key or self.parent_stream_type:
            return None
        return Overlap(self.stream_state, self.replication_key, self._recent.key)

    @functools.cached_property
    def _selection(self) -> list[str]:
        """Names of what is read here: what is selected later must not go on in the middle."""
        streams = [self, *self.descendent_streams]
        return sorted(stream.name for stream in streams if stream.selected)

    # All contexts of a stream, one after the other

    def read_all(self) -> Iterator[Record]:
        """Yield the records of all contexts that the configuration gives, or of the one list."""
        self._recent = RecentKeys(self.primary_keys)
        contexts = self.config_contexts()
        if contexts is None:
            yield from self.read_context({}, {})
        else:
            yield from self._read_contexts(contexts)
        if self._overlap is not None:
            self._overlap.commit()
        self._resume.done()
        self._tap.round.done(self.name)

    def _read_contexts(self, contexts: list[dict[str, t.Any]]) -> Iterator[Record]:
        marks = [fingerprint(self.parent_key(context)) for context in contexts]
        query = fingerprint(self.url_base, self.path, *self._selection, *marks)
        done = self._resume.contexts_done(query, marks)
        for each in contexts[:done]:
            self._tap.reach.reached(self.setting_of(each))
        following = iter(marks[done:])
        for each in self._ahead_of(contexts[done:], lambda each: self._open_ahead(each, {})):
            yield from self.read_context(each, {})
            self._resume.context_done(query, next(following))

    # One context

    def read_context(self, context: types.Context, parent: Record) -> Iterator[Record]:
        """Yield the records of one context."""
        if self.embedded:
            rows = parent.get(self.embedded) or []
            yield from self.emit(self.prepare(self.select(rows), context), context)
            return
        listing = self._opened.pop(context_key(context), None) or self.open_listing(context, parent)
        if listing is None:
            self._tap.summary.skipped[self.name] += 1
            # Nothing new is not nothing there.
            self._tap.reach.present(self.setting_of(context))
            return
        key = self.parent_key(context)
        listing.signal = signal_of(parent, self.signal)
        try:
            yield from self._read_listing(listing, context)
        except DeniedError as error:
            if not listing.rows:
                self._tap.reach.denied(error, self.setting_of(context))
            self._tap.denied(self.name, key, error)
            # What was read of this list stays out of the bookmark: the rest was not read.
            self.state_manager.drop_progress()
            self._resume.list_done()
            return
        except IncompleteError:
            # Only whoever reads it from its beginning can tell whether rows are missing.
            self._resume.list_done()
            raise
        self._tap.reach.present(self.setting_of(context))
        self._resume.list_done()
        if listing.incomplete:
            self.logger.warning(
                "Rows of '%s' were removed while it was read: the next run reads it again.",
                self.name,
            )
        if listing.incomplete or self._unsettled:
            self._hold_back()
        elif self.signal:
            self._signals.commit(key, listing.signal, listing.newest)

    def _hold_back(self) -> None:
        """Let the next run read this list again, and all that leads to it."""
        self._unsettled = False
        self.state_manager.drop_progress()
        if self.parent_stream is not None:
            self.parent_stream._unsettled = True  # noqa: SLF001 - our own

    def _read_listing(self, listing: Listing, context: types.Context) -> Iterator[Record]:
        key = self.parent_key(context)
        bookmark = self._signals.bookmark(key) if self.signal and self.newest_first else None
        children = self.children
        for rows in self.read_pages(listing, bookmark):
            records = self.shape(rows, context)
            if listing.position is not None:
                records, found = self._after(listing, records)
                if not found:
                    self.logger.info("The rows of '%s' have shifted: reading it anew.", self.name)
                    anew = self._start(context)
                    anew.signal = listing.signal
                    yield from self._read_listing(anew, context)
                    listing.newest, listing.incomplete = anew.newest, anew.incomplete
                    return
            if self.newest_first:
                listing.newest = listing.newest or newest_of(records, self.newest_first)
            last = [self._mark(record) for record in records[-1:]]
            if children:
                for record in self.emit(self.fresh(records), context):
                    # Noted once its children are out; before the SDK drops what is not selected.
                    mark = self._mark(record)
                    yield record
                    self._note(listing, mark)
            else:
                yield from self.fresh(records)
            if last:
                self._note(listing, last[0])
            # See Listing.pages.
            del rows, records

    def read_pages(self, listing: Listing, bookmark: str | None) -> Iterator[list[Record]]:
        """Yield the rows of each page, down to the bookmark if there is one."""
        loops = NoLoops(self.name)
        stop_at = instant(bookmark) if bookmark else None

        def reaches_bookmark(rows: list[Record]) -> bool:
            field = self.newest_first or ""
            dates = [row[field] for row in rows if row.get(field)]
            return stop_at is not None and bool(dates) and instant(dates[-1]) < stop_at

        selected: list[Record] = []

        def count(answer: Answer) -> int:
            selected[:] = self.select(answer.data)
            return len(selected)

        def go_on(answer: Answer) -> bool:
            return listing.goes_on(answer, len(selected)) and not reaches_bookmark(selected)

        for url, answer in listing.pages(count=count, go_on=go_on):
            self._tap.termination.check()
            self._tap.reach.reached()
            self._extracted_at = utc_now()
            rows = list(selected)
            listing.rows += len(rows)
            total = listing.total(answer)
            self._tap.progress.page(self.name, listing.rows, total)
            loops.check(url, self._identities(rows), total)
            for before in listing.pages_before(answer, len(rows)):
                rows = [*self.select(before.data), *rows]
            selected.clear()
            del answer
            yield rows
            del rows

    # Records

    def prepare(self, rows: list[Record], context: types.Context) -> list[Record]:
        """Shape rows, and leave out what came already."""
        return self.fresh(self.shape(rows, context))

    def shape(self, rows: list[Record], context: types.Context) -> list[Record]:
        """Clean rows and add the context's keys.

        Raises:
            ContentError: If a row has no key: nobody could tell it from others.
        """
        for name in self.inject:
            for row in rows:
                if row.get(name) is None:
                    row[name] = context[name]
        self._clean(rows)
        if type(self).transform is not ListReading.transform:
            shaped = [self.transform(row, context) for row in rows]
            rows = [record for record in shaped if record is not None]
        if self.primary_keys and self._recent.nothing in self._recent.keys(rows):
            names = "' or '".join(self.primary_keys)
            raise ContentError(f"A record of '{self.name}' has no '{names}'.")
        return rows

    def fresh(self, records: list[Record]) -> list[Record]:
        """Leave out what came already: in this run, or unchanged in the one before."""
        new = self._recent.new(records)
        if self._overlap is not None:
            new = self._overlap.news(new)
        incremental = self.replication_method == REPLICATION_INCREMENTAL
        if self.selected and self.replication_key and incremental:
            # Once a page, not once a record: the markers only count when the list is complete.
            self.state_manager.advance(new, self.replication_key)
        return new

    def _identities(self, rows: list[Record]) -> tuple[t.Any, ...]:
        """Return the rows' keys, or their contents where they get their keys only later."""
        keys = self._recent.keys(rows)
        if self.primary_keys and self._recent.nothing not in keys:
            return tuple(keys)
        return tuple(msgspec.json.encode(row) for row in rows)

    def _mark(self, record: Record) -> str:
        return fingerprint(*self._identities([record]))

    # Going on where the last run stopped

    def _after(self, listing: Listing, records: list[Record]) -> tuple[list[Record], bool]:
        """Return the records behind the one that was out last, and whether that one was found."""
        position, listing.position = listing.position or {}, None
        marks = [self._mark(record) for record in records]
        if position["last"] not in marks:
            return records, False
        listing.newest = position.get("newest")
        # What moved the signal since lies above the place where we go on: the next run reads it.
        listing.signal = position.get("signal")
        self.state_manager.take_up(position.get("latest"), self._resume.started_at)
        return records[marks.index(position["last"]) + 1 :], True

    def _note(self, listing: Listing, mark: str) -> None:
        """Note that everything up to a record is out, its children included."""
        if listing.gap:
            # Whoever goes on behind a gap would never know whether it was one.
            return
        self._resume.list_reached(
            listing.query,
            page_of(listing.url, listing.first_url),
            mark,
            newest=listing.newest,
            latest=self.state_manager.progress(),
            signal=listing.signal,
        )

    # Which lists are read, and from where

    def open_listing(self, context: types.Context, parent: Record) -> Listing | None:
        """Start reading a context's list; None if the parent says that there is nothing new."""
        return self._start(context) if self.wanted(context, parent) else None

    def wanted(self, context: types.Context, parent: Record) -> bool:
        """Tell whether a parent's list may hold news."""
        if self.counter and parent.get(self.counter) == 0:
            return False
        signal = signal_of(parent, self.signal)
        return signal is None or not self._signals.unchanged(self.parent_key(context), signal)

    def _start(self, context: types.Context) -> Listing:
        whole = self.ABORT_AT_RECORD_COUNT is None and not (
            self.newest_first and self._signals.bookmark(self.parent_key(context))
        )
        workers = self._tap.workers
        ahead = workers.run_ahead and whole
        first = self.request_for(context)
        first_url = first.url or ""
        query = fingerprint(first_url, *self._selection)
        return Listing(
            self.get_new_paginator(),
            functools.partial(self.ask, first),
            depth=workers.concurrency if ahead else 0,
            scarce=lambda: self._tap.scarce,
            pause=self._tap.pause,
            name=self.name,
            first_url=first_url,
            query=query,
            position=self._resume.position(query),
        )
