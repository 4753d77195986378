"""How one list is read: page by page, from the place where the last run stopped."""

from __future__ import annotations

import functools
import typing as t
from dataclasses import replace

from ..encoded_rows import as_records, last_row
from ..fingerprints import fingerprint
from ..paging.page_walk import ListAccess, PageWalk
from ..state.page_keys import PageKeys, keys_before
from ..state.position import page_difference
from ..times import find_latest
from .encoded_pages import EncodedPages
from .moved_rows import MovedRows
from .order_check import UNORDERED, OrderCheck, leave_out_before
from .page_fetcher import PageFetcher
from .row_numbers import RowNumbers
from .spec import ListOutcome, OpenList, keeps_rows

if t.TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from datetime import datetime

    import requests

    from ..encoded_rows import Rows
    from ..paging.page_walk import Page
    from ..records import Context, Record
    from ..runtime.context import RunContext
    from ..state.position import Position, StreamPosition
    from .prefetch import Prefetcher
    from .rows import RowPipeline
    from .source import ListSource
    from .spec import ListSpec


class ListReading:
    """Reads the lists of one stream, one at a time.

    Args:
        spec: What the stream declares.
        source: The stream's hooks.
        run: What belongs to the run.
        position: Where the last run stopped.
        prefetcher: Runs ahead to the children.

    Attributes:
        read_at: When the page at hand was read, UTC.
        position: As given, and where this run is.
        total: Rows of the whole list, as that page tells; None if it does not.
        numbers: Numbers the rows of the reading at hand that are alike.
    """

    read_at: datetime
    total: int | None = None

    def __init__(
        self,
        spec: ListSpec,
        source: ListSource,
        run: RunContext,
        position: StreamPosition,
        prefetcher: Prefetcher,
    ) -> None:
        """Read nothing yet."""
        self._spec = spec
        self._source = source
        self._run = run
        self.position = position
        self._prefetcher = prefetcher
        self._fetcher = PageFetcher(spec.stream, source, run)
        self._told_order = False
        self.numbers = RowNumbers()

    @functools.cached_property
    def _encoded(self) -> EncodedPages | None:
        spec, source = self._spec, self._source
        if not keeps_rows(spec, source):
            return None
        return EncodedPages(
            spec.schema, spec.own_keys, source.envelopes, spec.context_fields, source.leaves_page
        )

    def start(
        self,
        context: Context,
        rows: RowPipeline,
        *,
        since: datetime | None,
        stop_at: datetime | None = None,
        resume: bool = False,
        expected: bool = False,
    ) -> OpenList:
        """Start the first request of a context's list.

        Args:
            context: Path parameters.
            rows: The pipeline of the pass.
            since: Changes since this instant are asked for; None for all.
            stop_at: Instant down to which a newest-first list is read; None for all of it.
            resume: Whether to begin where the last run stopped, for rows that go out.
            expected: Whether the parent says that there are rows.
        """
        first = self._source.list_request(context, since)
        # Another identity, or what goes in a header, is not in the URL.
        query = fingerprint(self._source.query_binding.mark, first.url or "", *self._spec.selection)
        position = self.position.in_list(query) if resume else None
        whole = self._spec.limit is None and stop_at is None
        start_at = position["page"] if position else None
        counted = expected and since is None
        encoded = self._encoded if resume else None
        walk = self._walk(first, rows, start_at, encoded, ahead=whole, expected=counted)
        state = self._source.state_manager.stream_state
        order = OrderCheck.of_list(self._spec.newest_first, stop_at, state)
        return OpenList(walk, query, first.url or "", position, since, stop_at, order)

    def start_query(self, context: Context, rows: RowPipeline, query: dict[str, t.Any]) -> OpenList:
        """Start a context's list with more parameters; maybe not all of it is read."""
        first = self._source.list_request(context, None, **query)
        walk = self._walk(first, rows, None, None, ahead=False, expected=False)
        return OpenList(walk, "", first.url or "", None, None, None, None)

    def _walk(
        self,
        first: requests.PreparedRequest,
        rows: RowPipeline,
        start_at: dict[str, str] | None,
        encoded: EncodedPages | None,
        *,
        ahead: bool,
        expected: bool,
    ) -> PageWalk:
        run = self._run
        start = functools.partial(self._fetcher.start, first, encoded)
        access = ListAccess(
            stream=self._spec.stream,
            first_url=first.url or "",
            start=start,
            start_later=functools.partial(start, ahead=False),
            extract=self._fetcher.extract,
            identify=rows.identify,
            pause=run.pause,
            depth=run.workers.concurrency if run.workers.run_ahead and ahead else 0,
            nearly_exhausted=lambda: run.nearly_exhausted,
            expected=expected,
        )
        return PageWalk(access, self._source.get_new_paginator(), start_at=start_at)

    def pages(self, opened: OpenList) -> Iterator[Page]:
        """Yield the pages of a list, down to where it was read before.

        Raises:
            Terminated: If a signal has arrived.
        """
        count, self.total, order = 0, None, opened.order
        self.numbers = RowNumbers()
        progress, child = self._run.progress, self._spec.parent is not None
        for page in opened.walk.pages(is_last=order.is_last if order else _never):
            self._run.termination.check()
            if order and order.broken and opened.stop_at and not self._told_order:
                self._told_order = True
                self._source.logger.info(
                    "'%s' does not come with the newest first: it is read whole.",
                    self._spec.stream,
                )
            self._run.reach.note_read()
            self.read_at, self.total = page.read_at, page.total
            self.numbers.note_page(page.total)
            count += len(page.rows)
            progress.page(self._spec.stream, count, page.total, child=child)
            yield page
            del page

    def records(
        self,
        opened: OpenList,
        rows: RowPipeline,
        context: Context,
        parent: Record,
        marker: str | None,
    ) -> Generator[Rows, None, ListOutcome | None]:
        """Yield the records of a list.

        Args:
            opened: The list.
            rows: The pipeline of the pass.
            context: Path parameters.
            parent: The parent's record.
            marker: What it says.

        Returns:
            What was found; None if rows have shifted since the last run stopped: nothing was read.
        """
        position = opened.position
        found = ListOutcome(complete=True, newest=None, marker=marker)
        keys = PageKeys(position) if rows.present is not None else None
        moved = MovedRows(self._spec.replication_key)
        for page in self.pages(opened):
            records = rows.shape(page.rows, context, parent)
            if keys is not None:
                keys.add(rows.keys(records))
            if position is not None:
                records = as_records(records)
                marks = [rows.mark([record]) for record in records]
                if position["last"] not in marks:
                    return None
                records = records[marks.index(position["last"]) + 1 :]
                # What moved the marker since lies above this place: the next run reads it.
                found = replace(found, newest=position.get("newest"), marker=position.get("signal"))
                self._go_on(position, rows)
                position = None
            found = self._with_page(found, page, records)
            records = self._since(records, opened.stop_at)
            known = keys.texts if keys else None
            note_in = functools.partial(self._note, opened.query, found, known)
            yield from self._emit_page(page, records, context, opened, rows, note_in)
            # The rows of another context's list are no earlier pages.
            repeated = [] if context else rows.repeated
            moved.add(repeated, page.total, self._source.state_manager.started_at)
            # The next page is decoded in the place of this one; see PageWalk.
            del page, records
        complete = found.complete and not moved.some_missed
        return self._settle_order(opened, replace(found, complete=complete))

    def _go_on(self, position: Position, rows: RowPipeline) -> None:
        """Take over what the run knew that stopped at a position."""
        latest = position.get("latest")
        self._source.state_manager.continue_from(latest, self.position.started_at)
        if rows.present is not None:
            rows.present |= keys_before(position)

    def _with_page(self, found: ListOutcome, page: Page, records: Rows) -> ListOutcome:
        newest = found.newest
        if self._spec.newest_first and not newest:
            newest = find_latest(records, self._spec.newest_first)
        return ListOutcome(found.complete and not page.shifted, newest, found.marker)

    def _emit_page(
        self,
        page: Page,
        records: Rows,
        context: Context,
        opened: OpenList,
        rows: RowPipeline,
        note_in: Callable[[dict[str, str], str], None],
    ) -> Iterator[Rows]:
        """Yield the new records of a page, and note how far the list was emitted."""
        last = rows.mark(last_row(records)) if records else ""
        note: Callable[[str], None] = _ignore
        # Whoever goes on behind a gap would never know whether it was one.
        if self._spec.resumable and not page.after_gap:
            where = page_difference(page.url, opened.first_url)
            note = functools.partial(note_in, where)
        for batch in self._prefetcher.batches(rows.new(records), context, self._source):
            # Noted once its children are out; before the SDK drops what is not selected.
            mark = last if batch is records else rows.mark(last_row(batch))
            yield batch
            note(mark)
        if last:
            note(last)

    def _note(
        self,
        query: str,
        found: ListOutcome,
        keys: list[str] | None,
        page: dict[str, str],
        mark: str,
    ) -> None:
        """Note that everything up to a record was emitted, its children included."""
        latest = self._source.state_manager.progress()
        self.position.note_row(
            query, page, mark, newest=found.newest, latest=latest, marker=found.marker, keys=keys
        )

    def _since(self, records: Rows, stop_at: datetime | None) -> Rows:
        """Leave out what an incremental newest-first list holds of the time before."""
        field = self._spec.newest_first
        if stop_at is None or field is None or self._spec.change_markers:
            return records
        return leave_out_before(stop_at, records, field)

    def _settle_order(self, opened: OpenList, found: ListOutcome) -> ListOutcome:
        """Leave it to the next run that a list is in no order: it must not stop in it either."""
        if opened.order is None or not opened.order.broken:
            return found
        if not self._spec.change_markers:
            self._source.state_manager.stream_state[UNORDERED] = 1
        return replace(found, newest="")


def _ignore(_: str) -> None:
    """Note nothing."""


def _never(_: Rows) -> bool:
    """Read to the end."""
    return False
