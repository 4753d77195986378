"""Reads all lists of a stream: of each configured context, or of each parent.

The SDK's own thread emits, workers only fetch: the output is the same whatever the concurrency.
"""

from __future__ import annotations

import functools
import typing as t
from http import HTTPStatus

from ..errors import DeniedError, IncompleteError
from ..fingerprints import fingerprint
from ..sdk import utc_now
from ..state.change_markers import ChangeMarkers
from ..state.position import StreamPosition
from ..times import instant
from .fitting import Fitter
from .list_reading import ListReading
from .prefetch import OpenedLists, Prefetcher
from .rows import RowPipeline, in_pages
from .spec import NO_REQUEST, ListOutcome, ListSpec, OpenList, ReadOutcome, ReadWindow
from .unreadable_values import UnreadableValues
from .vanished import VanishedRows

if t.TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from datetime import datetime

    from ..encoded_rows import Rows
    from ..paging.page_walk import Page
    from ..records import Context, Record
    from ..runtime.context import RunContext
    from .source import ListSource


class StreamReader:
    """Reads the lists of one stream in one run.

    Args:
        spec: What the stream declares.
        source: The stream's hooks.
        run: What belongs to the run.
        bookmarks: The states of all streams, by name.

    Attributes:
        lists: Reads one list after the other.
        vanished: Finds the rows that they have lost.
        window: Which part of the lists is asked for.
    """

    def __init__(
        self,
        spec: ListSpec,
        source: ListSource,
        run: RunContext,
        bookmarks: dict[str, dict[str, t.Any]],
    ) -> None:
        """Read nothing yet."""
        self.spec = spec
        self._source = source
        self._run = run
        self._position = StreamPosition(bookmarks, spec.stream)
        self._prefetcher = Prefetcher(run, enabled=spec.limit is None)
        self._opened = OpenedLists()
        self.lists = ListReading(spec, source, run, self._position, self._prefetcher)
        self.lists.read_at = utc_now()
        unreadable = UnreadableValues(spec, run.summary, source.logger)
        self._fitter = Fitter(spec.schema, spec.primary_keys, unreadable.note)
        self.vanished = VanishedRows(
            spec, source, run, self.lists, self._prefetcher, self._pipeline,
            lambda parent: self.markers.forget(parent),  # noqa: PLW0108 - read when needed
        )  # fmt: skip
        self._begin(ReadWindow())

    def _begin(self, window: ReadWindow) -> None:
        self.window = window
        self._rows = self._pipeline(window)
        self._denied = 0
        self._complete = True

    def _pipeline(self, window: ReadWindow) -> RowPipeline:
        return RowPipeline(self.spec, self._source, window, self._fitter, self._run.overlap)

    @functools.cached_property
    def markers(self) -> ChangeMarkers:
        """The change markers of the parents."""
        return ChangeMarkers.of_stream(self._source, self._run.clock, self._run.refresh_days)

    @property
    def met_all_rows(self) -> bool:
        """Whether every row that there is came by in this run: none was skipped or read before."""
        skipped = self._run.summary.skipped[self.spec.stream]
        return not (self.continues or skipped or self.spec.replication_key)

    def prune_markers(self, above: list[StreamReader]) -> None:
        """Forget the parents that are gone, if this run met all that there are.

        Args:
            above: The readers of the parents, and of theirs.
        """
        read = self.spec.change_markers and self.spec.selected and not self.continues
        if read and all(reader.met_all_rows for reader in above):
            self.markers.prune()

    @property
    def continues(self) -> bool:
        """Whether this run goes on where another one stopped in this stream."""
        return self._position.resumed or self._run.rotation.is_done(self.spec.stream)

    def read_all(self, window: ReadWindow) -> Generator[Rows, None, ReadOutcome]:
        """Yield the records of all configured contexts, or of the one list."""
        self._begin(window)
        contexts = self._source.config_contexts()
        if contexts is None:
            yield from self.read_context({}, {})
        else:
            yield from self._read_contexts(contexts)
        complete = self._complete and not self._denied
        # A row whose children were not read must not be held back as known in the next run.
        all_below = not self._source.child_readers or (complete and window.with_children)
        if not self._denied and all_below:
            self._rows.commit()
        self._position.end()
        self._run.rotation.note_done(self.spec.stream)
        resumed = window.resumes and self._position.resumed
        return ReadOutcome(self._rows.emitted, self._denied, complete, resumed)

    def _read_contexts(self, contexts: list[dict[str, t.Any]]) -> Iterator[Rows]:
        marks = [fingerprint(self._source.context_id(context)) for context in contexts]
        identity = self._source.query_binding.mark
        query = fingerprint(identity, self.spec.url, *self.spec.selection, *marks)
        done = self._position.contexts_done(query, marks)
        for each in contexts[:done]:
            self._run.reach.note_read(self._source.find_setting(each))
        following = iter(marks[done:])

        def prepare(context: dict[str, t.Any]) -> None:
            self.open_ahead(context, self._source.listed_row(context))

        for each in self._prefetcher.prepare_ahead(contexts[done:], prepare):
            yield from self.read_context(each, self._source.listed_row(each))
            self._position.note_context(query, next(following))

    def read_context(self, context: Context, parent: Record) -> Generator[Rows, None, None]:
        """Yield the records of one context.

        Args:
            context: Its path parameters.
            parent: What the parent's record says; empty where there is none.
        """
        at_hand, rows = self._source.rows_at_hand(context, parent), self._rows
        if at_hand is not None:
            with self.vanished.reading(None, rows, context):
                yield from self._emit(at_hand, context, parent)
                settling = self.vanished.settle(None, NO_REQUEST, rows, context, parent)
                self._note_unless_complete((yield from settling))
            return
        opened = self._opened.take(context) or self._open(context, parent)
        if opened is None:
            self._run.summary.skipped[self.spec.stream] += 1
            # Nothing new is not nothing there.
            self._run.reach.note_present(self._source.find_setting(context))
            return
        marker = self.spec.marker(parent)
        try:
            with self.vanished.reading(opened, rows, context):
                outcome = yield from self.lists.records(opened, rows, context, parent, marker)
                if outcome is None:
                    message = "The rows of '%s' have shifted: reading it anew."
                    self._source.logger.info(message, self.spec.stream)
                    opened = self._start(context, parent)
                    outcome = yield from self.lists.records(opened, rows, context, parent, marker)
                outcome = yield from self.vanished.settle(opened, outcome, rows, context, parent)
        except DeniedError as error:
            yield from self._read_denied(error, opened, context, parent)
        except IncompleteError:
            # Only whoever reads it from its beginning can tell whether rows are missing.
            self._position.end_list()
            raise
        else:
            self._run.reach.note_present(self._source.find_setting(context))
            if self._settle(context, outcome):
                resumed = opened.position is not None
                if resumed and outcome and outcome.marker != marker:
                    # What came meanwhile lies above the place where this run went on.
                    self._leave_parent_open()
                self._source.after_list(context, parent, resumed=resumed)

    def _emit(self, rows: Iterable[Record], context: Context, parent: Record) -> Iterator[Rows]:
        """Yield the records of rows that needed no request of their own."""
        self.lists.read_at = utc_now()
        for page in in_pages(rows):
            records = self._rows.new(self._rows.shape(page, context, parent))
            yield from self._prefetcher.batches(records, context, self._source)

    def _read_denied(
        self, error: DeniedError, opened: OpenList, context: Context, parent: Record
    ) -> Iterator[Rows]:
        """Yield what a denied list stands for, or go on without it."""
        if opened.walk.url is None:
            if error.status == HTTPStatus.NOT_FOUND and self.spec.none_is_404:
                none = ListOutcome(complete=True, newest=None, marker=self.spec.marker(parent))
                outcome = yield from self.vanished.settle(opened, none, self._rows, context, parent)
                self._settle(context, outcome)
                return
            rows = self._source.rows_for_denied(error, context)
            if rows is not None:
                self._run.reach.note_present(self._source.find_setting(context))
                yield from self._emit(rows, context, parent)
                self._position.end_list()
                return
            self._run.reach.note_denied(error, self._source.find_setting(context))
        try:
            self._run.handle_denied(self.spec.stream, self._source.context_id(context), error)
        except IncompleteError:
            self._position.end_list()
            raise
        # What was read of this list stays out of the bookmark: the rest was not read.
        self._denied += 1
        self._source.state_manager.drop_progress()
        self._position.end_list()

    def _settle(self, context: Context, outcome: ListOutcome | None) -> bool:
        """Keep for the next run what was found, and return whether that was all."""
        self._position.end_list()
        if not self._note_unless_complete(outcome) or outcome is None:
            return False
        if self.spec.change_markers:
            self.markers.commit(self._source.context_id(context), outcome.marker, outcome.newest)
        return True

    def _note_unless_complete(self, outcome: ListOutcome | None) -> bool:
        """Return whether a list and those below it are complete; if not, the next run reads it."""
        below = self._run.incomplete_lists.take(self.spec.stream)
        complete = outcome is not None and outcome.complete
        if not complete:
            self._source.logger.warning(
                "Rows of '%s' were removed or moved while it was read: the next run reads it "
                "again.",
                self.spec.stream,
            )
            self._run.summary.incomplete.add(self.spec.stream)
        if below or not complete:
            self._complete = False
            self._source.state_manager.drop_progress()
            self._leave_parent_open()
        return complete and not below

    def _leave_parent_open(self) -> None:
        if self.spec.parent is not None:
            self._run.incomplete_lists.note(self.spec.parent)

    def open_ahead(self, context: Context, parent: Record) -> None:
        """Start reading a context's list before its turn."""
        if not self.spec.shared and self._source.rows_at_hand(context, parent) is None:
            self._opened.add(context, lambda: self._open(context, parent))

    def read_pages(self, context: Context, window: ReadWindow) -> Iterator[Page]:
        """Yield the pages of a list, whose rows are as they came and go nowhere.

        Raises:
            DeniedError: If the list may not be read.
        """
        opened = self.lists.start(context, self._pipeline(window), since=window.since)
        yield from self.lists.pages(opened)

    def may_have_news(self, context: Context, parent: Record) -> bool:
        """Tell whether a parent's list may hold something new."""
        name = self._source.context_id(context)
        if self.spec.count_field and parent.get(self.spec.count_field) == 0:
            known = self.vanished.has_known(context)
            if not known:
                # What the parent said when there were some says nothing of those to come.
                self.markers.forget(name)
            return known
        marker = self.spec.marker(parent)
        former = self.spec.former_marker(parent)
        return marker is None or not self.markers.unchanged(name, marker, former)

    def _open(self, context: Context, parent: Record) -> OpenList | None:
        return self._start(context, parent) if self._source.wants(context, parent) else None

    def _start(self, context: Context, parent: Record) -> OpenList:
        since, stop_at = self.window.since, self._stop_at(context, parent)
        if self.vanished.must_read_whole(context):
            since = stop_at = None
        return self.lists.start(
            context, self._rows, since=since, stop_at=stop_at, resume=self.window.resumes,
            expected=bool(self.spec.count_field and parent.get(self.spec.count_field)),
        )  # fmt: skip

    def _stop_at(self, context: Context, parent: Record) -> datetime | None:
        """Return the instant down to which a newest-first list is read; None for all of it."""
        if not self.spec.newest_first or self._source.reads_to_end(context, parent):
            return None
        if not self.spec.change_markers:
            return self.window.since
        bookmark = self.markers.bookmark(self._source.context_id(context))
        return instant(bookmark) if bookmark else None
