"""The base of all streams: what a stream declares, its hooks, and what the SDK asks for."""

from __future__ import annotations

import functools
import typing as t

from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from ..errors import Abandoned, DeniedError, KitError
from ..paging.paginators import UrlPaginator
from ..reading.reader import StreamReader
from ..reading.rows import find_records
from ..reading.spec import ListSpec, ReadOutcome, ReadWindow
from ..reading.unknown_fields import UnknownFields, adapt_entry, full_schema, restrict
from ..records import ChildContext, Context, Record, Transform, parent_of
from ..sdk_streams import StreamHooks
from ..state.bookmarks import BOOKMARK, BookmarkManager, since_bookmark
from ..state.query_binding import QueryBinding
from .deleted_rows import with_deleted_at, write_deleted
from .emission import ROW_HOOKS, emit, overridden
from .output import RecordWriter

if t.TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence
    from datetime import datetime

    from requests import PreparedRequest as Request
    from singer_sdk.helpers import types
    from singer_sdk.singerlib.catalog import Catalog

    from ..encoded_rows import EncodedRows, Rows
    from ..runtime.context import RunContext


class ApiStream(StreamHooks):
    """A stream of one endpoint: class attributes declare most, hooks are the methods below them.

    Attributes:
        path: With ``{placeholders}`` from the context.
        envelope: Key of the list in the answer; None for a bare array. Both are accepted.
        single: The answer is one record.
        configured_by: The setting that holds the ids of its contexts.
        context_fields: Keys of the context that are added to each record.
        child_parameters: What child streams get as context: name, and the record's field.
        change_markers: Fields of the parent's record that move when this list changes.
        former_markers: Those of older versions, where they were others: their states hold.
        count_field: Field of the parent's record that counts this list: 0 means no request.
        parent_field: Field of the parent's record that holds this list: no request at all.
        nested_only: It stands nowhere else.
        newest_first: Timestamp of a list sorted by it: it is read down to what was seen before.
        key_placeholders: What stands for null or an empty text in a part of the key.
        volatile_fields: Fields, nested ones too, that differ at every read and are not a change.
        none_is_404: 404 is how the API says that there is none.
        resumable: Whether a later run may go on in the middle of a list.
        shared: Other streams need the rows, too: the list is read once a run, not ahead.
        follows_missing: Rows that leave a list are looked for by ``queries_for_missing``.
        shaped_by_transform: Rows have the shape of the schema only after :meth:`transform`.
        rereads_for_children: A child that is selected later is caught up with by reading it anew.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    primary_keys: t.Sequence[str] = ()
    state_partitioning_keys: t.Sequence[str] | None = ()
    envelope: str | None = None
    single: bool = False
    configured_by: str | None = None
    context_fields: tuple[str, ...] = ()
    child_parameters: t.ClassVar[Mapping[str, str]] = {}
    change_markers: tuple[str, ...] = ()
    former_markers: tuple[str, ...] = ()
    count_field: str | None = None
    parent_field: str | None = None
    nested_only: bool = False
    newest_first: str | None = None
    key_placeholders: t.ClassVar[Mapping[str, t.Any]] = {}
    volatile_fields: frozenset[str] = frozenset()
    none_is_404: bool = False
    resumable: bool = True
    shared: bool = False
    follows_missing: bool = False
    shaped_by_transform: bool = False
    rereads_for_children: bool = True

    @property
    def envelopes(self) -> tuple[str, ...]:
        """Keys under which the list may stand."""
        return (self.envelope,) if self.envelope else ()

    @property
    def lookback_days(self) -> int | None:
        """Days before the newest row known that are read again; 0: all, None: rows come on top."""
        return None

    @property
    def tracks_deletions(self) -> bool:
        """Whether the target is told of rows that are gone: their keys are kept in the state."""
        return False

    def queries_for_missing(self, parent: Record) -> Iterable[dict[str, t.Any]]:  # noqa: ARG002
        """Return what to add to a list's query, in turn, for rows that may have left the list."""
        return ()

    def reads_to_end(self, context: Context, parent: Record) -> bool:  # noqa: ARG002
        """Tell whether a newest-first list is read to its end, whatever is known of it."""
        return False

    def query_identity(self) -> Sequence[object]:
        """Return what changes the list's rows; when it differs, the bookmark does not count."""
        return (*self.tap.query_identity(), self.path)

    def query_parameters(self, context: Context, since: datetime | None) -> dict[str, t.Any]:  # noqa: ARG002
        """Return the query of a list's first page, for what changed ``since``; None is left out."""
        return {}

    def get_new_paginator(self) -> UrlPaginator:
        """Return a fresh paginator; single page by default."""
        return UrlPaginator()

    def config_contexts(self) -> list[dict[str, t.Any]] | None:
        """Return one context per configured id, or None if there is one list."""
        return None

    def find_setting(self, context: Context) -> str | None:  # noqa: ARG002
        """Return the name of the setting that holds a context's id, or None."""
        return self.configured_by

    def listed_row(self, context: Context) -> Record:  # noqa: ARG002
        """Return what stands for the parent's record of a configured context; empty by default."""
        return {}

    def context_id(self, context: Context) -> str:
        """Return the text that names a context in state and logs."""
        return "/".join(str(value) for value in context.values())

    def wants(self, context: Context, parent: Record) -> bool:
        """Tell whether a list is worth a request; by default, whether it may hold news."""
        return self.reader.may_have_news(context, parent)

    def rows_at_hand(self, context: Context, parent: Record) -> Iterable[Record] | None:  # noqa: ARG002
        """Return the rows of a list that need no request, or None; those of ``parent_field``."""
        field = self.parent_field
        return self.extract_records(parent[field] or []) if field in parent else None

    def record_schema(self) -> dict[str, t.Any]:
        """Return the JSON schema of the records; that of the ``schemas`` folder by default."""
        return self.tap.schemas.get_schema(self.name)  # type: ignore[no-any-return]

    def extract_records(self, data: t.Any) -> list[Record]:  # noqa: ANN401
        """Return the records of an answer; ContentError if it is not what was promised."""
        return find_records(data, self.envelopes, single=self.single, stream=self.name)

    def transform(self, record: Record, context: Context, parent: Record) -> Record | None:  # noqa: ARG002
        """Change a record before it is emitted; None drops it."""
        return record

    def record_transform(self, context: Context, parent: Record) -> Transform | None:
        """Return what changes each record of one list: by default, :meth:`transform`."""
        own = type(self).transform is not ApiStream.transform
        return functools.partial(self.transform, context=context, parent=parent) if own else None

    def process_page(self, rows: list[Record], context: Context) -> list[Record]:  # noqa: ARG002
        """Change the records of a page together, after :meth:`transform`."""
        return rows

    def note_records(self, records: Rows, context: Context, parent: Record) -> None:
        """Look at the records of a page before they go out; nothing in them is changed."""

    def rows_for_denied(self, error: DeniedError, context: Context) -> list[Record] | None:  # noqa: ARG002
        """Return the rows that a denied list stands for, or None if it is simply denied."""
        return None

    def for_children(self, record: Record, parent: Record) -> Record:  # noqa: ARG002
        """Return what children see of a record; ``parent`` is what this stream sees of its own."""
        return record

    def read_window(self) -> ReadWindow:
        """Return which part of the list this run asks for: what changed since the bookmark."""
        if self.replication_method != REPLICATION_INCREMENTAL:
            return ReadWindow()
        state = self.stream_state if self.query_binding.matches else {}
        since = since_bookmark(state, BOOKMARK, self.run.start_date, self.run.overlap)
        return ReadWindow(since, anew=not self.query_binding.matches)

    def read(self) -> Generator[Rows, None, ReadOutcome]:
        """Yield the records of all lists, and return what was found."""
        return self.reader.read_all(self.read_window())

    def after_list(self, context: Context, parent: Record, *, resumed: bool) -> None:
        """Take note that all of a list was read; a part of it by an earlier run if `resumed`."""

    def after_reading(self, outcome: ReadOutcome) -> None:
        """Note in the state what was found: by default, to which query the bookmark belongs."""
        if outcome.complete and self.state_manager.progress() is not None:
            self.query_binding.commit()

    @property
    def leaves_rows(self) -> bool:
        """Whether rows may go out as they came, if :meth:`leaves_page` says so of a page."""
        return not overridden(type(self), ApiStream, ROW_HOOKS)

    def leaves_page(self, rows: EncodedRows) -> bool:  # noqa: ARG002
        """Tell whether the hooks above would leave the rows of a page, which fit, as they are."""
        return True

    # What readers ask for

    @property
    def run(self) -> RunContext:
        """What belongs to the run."""
        return t.cast("RunContext", self.tap.run_context)

    @functools.cached_property
    def reader(self) -> StreamReader:
        """Reads the stream's lists."""
        bookmarks = t.cast("dict[str, t.Any]", self.tap_state).setdefault("bookmarks", {})
        return StreamReader(ListSpec.from_stream(self), self, self.run, bookmarks)

    @functools.cached_property
    def query_binding(self) -> QueryBinding:
        """Tells whether the state belongs to the present query."""
        return QueryBinding.of_stream(self)

    @functools.cached_property
    def state_manager(self) -> BookmarkManager:
        """Moves bookmarks by instants."""
        return BookmarkManager.of_stream(self, self.run.clock)

    @functools.cached_property
    def unknown_fields(self) -> UnknownFields:
        """What becomes of fields that no schema declares."""
        return UnknownFields(self, self.run.summary)

    def is_emitted(self, record: Record) -> bool:
        """Tell whether a stream map lets the record through, as it would go out."""
        return super().is_emitted(self.unknown_fields.shape(record))

    def list_request(self, context: Context, since: datetime | None, **add: t.Any) -> Request:  # noqa: ANN401
        """Build the request of a context's first page, with parameters to add to its query."""
        return self.request_to(self.get_url(context), self.query_parameters(context, since) | add)

    # What the SDK asks for

    @functools.cached_property
    def schema(self) -> dict[str, t.Any]:
        """The JSON schema that catalogs have, made once."""
        found = restrict(full_schema(self), self)
        return with_deleted_at(found) if self.tracks_deletions else found

    def apply_catalog(self, catalog: Catalog) -> None:
        """Use a catalog; one that names no fields, or no key, leaves the stream its own."""
        adapt_entry(catalog.get_stream(self.name), self)
        super().apply_catalog(catalog)

    def get_child_context(self, record: Record, context: types.Context | None) -> ChildContext:
        """Return the path parameters of children, and the parent's record."""
        parameters = {name: record[field] for name, field in self.child_parameters.items()}
        seen = self.for_children(record, parent_of(context))
        return ChildContext({**(context or {}), **parameters}, seen)

    def generate_child_contexts(
        self, record: Record, context: types.Context | None
    ) -> Iterable[types.Context | None]:
        """Return one context for all children, and none where none are read."""
        wanted = self.child_streams and self.reader.window.with_children
        return (self.get_child_context(record, context),) if wanted else ()

    def get_records(self, context: types.Context | None) -> Iterable[Record]:
        """Yield the records of a context, or of all; Abandoned if the run cannot go on."""
        try:
            if context is not None:
                yield from emit(self.reader.read_context(context, parent_of(context)), self)
            elif self.run.rotation.is_done(self.name):
                self.run.leave_out(self.name, self.logger)
            else:
                self.after_reading((yield from emit(self.read(), self)))
                self.run.rotation.note_ended(self.name)
        except KitError as error:
            raise Abandoned(error) from error
        finally:
            if context is None:
                self.run.flush_output()  # the SDK's dry run syncs stream by stream

    @functools.cached_property
    def writer(self) -> RecordWriter:
        """Writes the stream's records."""
        return RecordWriter(self)

    def write_record(self, record: Record) -> None:
        """Write a record; a signal that has arrived ends the run here: a page may be long."""
        self.writer.write(record, self.stream_version, self.reader.lists.read_at)

    def write_deleted(self, record: Record) -> None:
        """Tell the target that the row with this key is gone."""
        write_deleted(self, record)

    def log_sync_costs(self) -> None:
        """Forget parents that are gone; the SDK calls this once per stream at the end of a run."""
        self.reader.prune_markers([parent.reader for parent in self.parent_streams])
