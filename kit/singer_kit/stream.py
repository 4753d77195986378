"""The base of all streams: fetching, economy and denial in one place, so that a stream is data.

The SDK's own thread emits; workers only fetch. Records, their order and the state are therefore the
same whatever the concurrency.
"""

from __future__ import annotations

import collections
import functools
import itertools
import typing as t

import msgspec
from singer_sdk import RESTStream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL
from singer_sdk.streams.rest import PageContext

from .errors import Abandoned, ContentError, DeniedError, KitError, PaginationError
from .listing import Listing
from .overlap import Overlap
from .paginators import NoLoops, UrlPaginator
from .records import RecentKeys, empty_to_null
from .signals import Signals, newest_of, signal_of
from .state import InstantStateManager, instant

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    import requests
    from singer_sdk.helpers import types

    from .records import Record
    from .session import Answer
    from .tap import ApiTap

# Where a parent hands its record to its children: inside the context, until the sync begins.
PARENT = "_parent"
# Children opened ahead, in multiples of the concurrency: enough to keep the workers busy.
AHEAD = 2


class ApiStream(RESTStream["str | None"]):
    """A stream of one endpoint.

    Class attributes say all that most streams need:

    - ``path``: with ``{placeholders}`` from the context;
    - ``envelope``: key of the list in the answer, None for a bare array (both are accepted);
    - ``single``: the answer is one record;
    - ``inject``: keys of the context that are added to each record;
    - ``signal``: fields of the parent record that move when this list changes;
    - ``counter``: field of the parent record that counts this list: 0 means no request;
    - ``embedded``: field of the parent record that holds this list: no request at all;
    - ``newest_first``: timestamp by which the list is sorted, newest first: a list whose signal
      moved is read down to what was seen before.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    primary_keys: t.Sequence[str] = ()
    state_partitioning_keys: t.Sequence[str] | None = ()
    envelope: str | None = None
    single: bool = False
    inject: tuple[str, ...] = ()
    signal: tuple[str, ...] = ()
    counter: str | None = None
    embedded: str | None = None
    newest_first: str | None = None

    _tap: ApiTap

    # What the SDK asks for

    @property
    def url_base(self) -> str:
        """Base URL from the configuration."""
        return self._tap.api_url

    @property
    def requests_session(self) -> requests.Session:
        """The session shared by all streams of the run."""
        return self._tap.session.http

    @property
    def authenticator(self) -> t.Any:  # noqa: ANN401
        """The tap's authenticator."""
        return self._tap.authenticator

    @functools.cached_property
    def schema(self) -> dict[str, t.Any]:
        """The stream's JSON schema, read once from the package's ``schemas`` folder."""
        return self._tap.schemas.get_schema(self.name)

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
        return manager

    def get_replication_key_signpost(self, context: types.Context | None = None) -> None:
        """Return nothing: the state manager holds the bookmark at the start of the run."""

    def get_new_paginator(self) -> UrlPaginator:
        """Return a fresh paginator; single page by default."""
        return UrlPaginator()

    def log_sync_costs(self) -> None:
        """Write the last STATE; the SDK calls this once per stream when the run is complete."""
        if self.signal and self.selected and self._all_parents_read():
            self._signals.prune()
        if self is list(self._tap.streams.values())[-1]:
            self._tap.state_writer.flush()

    def _all_parents_read(self) -> bool:
        """Tell whether every parent that there is came by: nothing was skipped above."""
        by_type = {type(stream): stream for stream in self._tap.streams.values()}
        above = by_type.get(self.parent_stream_type) if self.parent_stream_type else None
        while above is not None:
            incremental = above.replication_method == REPLICATION_INCREMENTAL
            if incremental or self._tap.summary.skipped[above.name]:
                return False
            above = by_type.get(above.parent_stream_type) if above.parent_stream_type else None
        return True

    def get_child_context(self, record: Record, context: types.Context | None) -> types.Context:
        """Return what children need: their path parameters and the parent's record."""
        return {**(context or {}), **self.child_parameters(record), PARENT: record}

    def preprocess_context(self, context: types.Context) -> types.Context:
        """Keep the parent's record out of what the SDK logs and stores."""
        public, self._parent = _split(context)
        return public

    def get_records(self, context: types.Context | None) -> Iterable[Record]:
        """Yield the records of a context, or of all contexts that the configuration gives.

        Raises:
            Abandoned: If the run cannot go on.
        """
        try:
            if context is not None:
                yield from self.read_context(context, self._parent)
            else:
                yield from self._read_all()
        except KitError as error:
            raise Abandoned(error) from error

    def _read_all(self) -> Iterator[Record]:
        self._recent = RecentKeys(self.primary_keys)
        contexts = self.config_contexts()
        if contexts is None:
            yield from self.read_context({}, {})
        else:
            for each in self._ahead_of(contexts, lambda each: self._open_ahead(each, {})):
                yield from self.read_context(each, {})
        if self._overlap is not None:
            self._overlap.commit()

    # What a stream may say of itself

    def config_contexts(self) -> list[dict[str, t.Any]] | None:
        """Return one context per configured id, or None if the stream needs none."""
        return None

    def child_parameters(self, record: Record) -> dict[str, t.Any]:  # noqa: ARG002
        """Return the path parameters of child streams."""
        return {}

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
        if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
            raise ContentError(f"The answer for '{self.name}' is not a list of records.")
        return data

    @property
    def envelopes(self) -> tuple[str, ...]:
        """Keys under which the list may stand."""
        return (self.envelope,) if self.envelope else ()

    def updated_since(self) -> datetime | None:
        """Return the instant from which changes are asked for, or None for all.

        That is the bookmark less the overlap, or ``start_date`` where it is later.
        """
        if self.replication_method != REPLICATION_INCREMENTAL:
            return None
        return self._overlap.since(self._tap.start_date) if self._overlap else self._tap.start_date

    # How a list is read

    @functools.cached_property
    def _clean(self) -> t.Callable[[Record], None]:
        return empty_to_null(self.schema)

    @functools.cached_property
    def _recent(self) -> RecentKeys:
        return RecentKeys(self.primary_keys)

    @functools.cached_property
    def _parent(self) -> Record:
        return {}

    @functools.cached_property
    def _opened(self) -> dict[tuple[t.Any, ...], Listing | None]:
        return {}

    @functools.cached_property
    def _signals(self) -> Signals:
        return Signals(self.stream_state, refresh_days=self._tap.refresh_days)

    @functools.cached_property
    def _overlap(self) -> Overlap | None:
        incremental = self.replication_method == REPLICATION_INCREMENTAL
        if not incremental or not self.replication_key or self.parent_stream_type:
            return None
        return Overlap(self.stream_state, self.replication_key, self._recent.key)

    def read_context(self, context: types.Context, parent: Record) -> Iterator[Record]:
        """Yield the records of one context."""
        if self.embedded:
            rows = parent.get(self.embedded) or []
            yield from self.emit(self.prepare(self.select(rows), context), context)
            return
        listing = self._opened.pop(_key(context), None) or self.open_listing(context, parent)
        if listing is None:
            self._tap.summary.skipped[self.name] += 1
            return
        key, signal = self.parent_key(context), signal_of(parent, self.signal)
        bookmark = self._signals.bookmark(key) if self.signal and self.newest_first else None
        newest: str | None = None
        try:
            for rows in self.read_pages(listing, bookmark):
                if self.newest_first:
                    newest = newest or newest_of(rows, self.newest_first)
                yield from self.emit(self.prepare(rows, context), context)
        except DeniedError as error:
            self._tap.denied(self.name, key, error)
            # What was read of this list stays out of the bookmark: the rest was not read.
            self.state_manager.drop_progress()
            return
        if self.signal:
            self._signals.commit(key, signal, newest)

    def read_pages(self, listing: Listing, bookmark: str | None) -> Iterator[list[Record]]:
        """Yield the rows of each page, down to the bookmark if there is one."""
        loops = NoLoops(self.name)
        stop_at = instant(bookmark) if bookmark else None

        def reaches_bookmark(rows: list[Record]) -> bool:
            field = self.newest_first or ""
            dates = [row[field] for row in rows if row.get(field)]
            return stop_at is not None and bool(dates) and instant(dates[-1]) < stop_at

        def go_on(answer: Answer) -> bool:
            rows = self.select(answer.data)
            return bool(rows) and not reaches_bookmark(rows)

        for url, answer in listing.pages(go_on=go_on):
            self._tap.termination.check()
            rows = self.select(answer.data)
            loops.check(url, tuple(self._identity(row) for row in rows))
            yield rows

    def _identity(self, row: Record) -> t.Any:  # noqa: ANN401
        """Return a row's key, or its content where it gets its key only later."""
        key = self._recent.key(row)
        return key if any(part is not None for part in key) else msgspec.json.encode(row)

    def prepare(self, rows: list[Record], context: types.Context) -> list[Record]:
        """Clean rows, add the context's keys, and leave out what came already.

        Raises:
            ContentError: If a row has no key: nobody could tell it from others.
        """
        added = {name: context[name] for name in self.inject}
        result = []
        for row in rows:
            row.update((name, value) for name, value in added.items() if row.get(name) is None)
            self._clean(row)
            record = self.transform(row, context)
            if record is None:
                continue
            if self.primary_keys and all(record.get(name) is None for name in self.primary_keys):
                names = "' or '".join(self.primary_keys)
                raise ContentError(f"A record of '{self.name}' has no '{names}'.")
            if not self._recent.is_new(record):
                continue
            if self._overlap is None or self._overlap.is_news(record):
                result.append(record)
        return result

    def emit(self, records: list[Record], context: types.Context) -> Iterator[Record]:
        """Yield records, the first pages of their children being fetched meanwhile."""
        children = [c for c in self.child_streams if c.selected or c.has_selected_descendents]
        if not children:
            yield from records
            return

        # What the SDK will hand to the children: nothing of a context that we made ourselves.
        given = (context or None) if self.parent_stream_type else None

        def open_children(record: Record) -> None:
            if not self.stream_maps[0].get_filter_result(record):
                return
            for child_context in self.generate_child_contexts(record, given):
                for child in t.cast("list[ApiStream]", children):
                    child._open_ahead(*_split(child_context or {}))  # noqa: SLF001 - our own

        yield from self._ahead_of(records, open_children)

    def _ahead_of(
        self, items: list[dict[str, t.Any]], prepare: t.Callable[[dict[str, t.Any]], None]
    ) -> Iterator[dict[str, t.Any]]:
        """Yield items, having prepared a number of the following ones."""
        if not self._tap.workers.run_ahead or self.ABORT_AT_RECORD_COUNT is not None:
            yield from items
            return
        upcoming = iter(items)
        waiting: collections.deque[dict[str, t.Any]] = collections.deque()
        depth = AHEAD * self._tap.workers.concurrency
        while True:
            for item in itertools.islice(upcoming, depth - len(waiting)):
                prepare(item)
                waiting.append(item)
            if not waiting:
                return
            yield waiting.popleft()

    def _open_ahead(self, context: types.Context, parent: Record) -> None:
        key = _key(context)
        if not self.embedded and key not in self._opened:
            listing = self.open_listing(context, parent)
            if listing is not None:
                self._opened[key] = listing

    def open_listing(self, context: types.Context, parent: Record) -> Listing | None:
        """Start reading a context's list; None if the parent says that there is nothing new."""
        if self.counter and parent.get(self.counter) == 0:
            return None
        signal = signal_of(parent, self.signal)
        if signal is not None and self._signals.unchanged(self.parent_key(context), signal):
            return None
        whole = self.ABORT_AT_RECORD_COUNT is None and not (
            self.newest_first and self._signals.bookmark(self.parent_key(context))
        )
        workers = self._tap.workers
        depth = workers.concurrency if workers.run_ahead and whole else 0

        def start(url: str | None) -> t.Callable[[], Answer]:
            request = self._request_for(context, url)
            pending = workers.submit(lambda: self._tap.fetch(request, self.name))
            return lambda: self._tap.wait_for(pending)

        return Listing(self.get_new_paginator(), start, depth=depth)

    def _request_for(self, context: types.Context, url: str | None) -> requests.PreparedRequest:
        """Build the request of a page: the first by its parameters, the others by their link."""
        page = PageContext(stream_context=context, next_page_token=url)
        request = self.get_http_request(page=page)
        if url is not None:
            request.url, request.params = url, {}
        try:
            return self.build_prepared_request(
                method=request.method,
                url=request.url,
                params=request.encode_params(),
                headers=request.headers,
            )
        except ValueError:
            raise PaginationError(f"A link to the next page of '{self.name}' is no URL.") from None


def _split(context: types.Context) -> tuple[dict[str, t.Any], Record]:
    public = {name: value for name, value in context.items() if name != PARENT}
    return public, context.get(PARENT, {})


def _key(context: types.Context) -> tuple[t.Any, ...]:
    return tuple(sorted(context.items()))
