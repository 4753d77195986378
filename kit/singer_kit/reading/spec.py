"""What a stream declares of its list, and what a reader asks of a stream.

A :class:`ListSpec` is data. A :class:`ListSource` is what cannot be data: the hooks of
:class:`~..singer.stream.ApiStream`, documented there.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from .unknown_fields import EXTRA, properties_of

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    import requests

    from ..errors import DeniedError
    from ..paging.page_walk import PageWalk
    from ..paging.paginators import UrlPaginator
    from ..records import Context, Record
    from ..state.bookmarks import BookmarkManager
    from ..state.position import Position
    from ..state.query_binding import QueryBinding
    from .order_check import OrderCheck
    from .unknown_fields import UnknownFields


# What a specification takes from a stream as it is.
_DECLARED = (
    "key_placeholders", "context_fields", "change_markers", "count_field", "newest_first",
    "volatile_fields", "none_is_404", "resumable", "shared", "shaped_by_transform", "selected",
)  # fmt: skip


@dataclass(frozen=True)
class ListSpec:
    """The list of one stream in one run.

    Attributes:
        stream: Name of the stream.
        url: Base URL and path, with placeholders.
        parent: Name of the parent stream; None at the top.
        schema: JSON schema of its records, as the SCHEMA message has it.
        primary_keys: Fields that tell a record from others.
        key_placeholders: What stands for null or an empty text in one of them.
        replication_key: Timestamp that drives an incremental stream; None for a full table.
        context_fields: Keys of the context that are added to each record.
        change_markers: Fields of the parent's record that move when this list changes.
        count_field: Field of the parent's record that counts this list: 0 means no request.
        newest_first: Timestamp by which the list is sorted, newest first; None if it is not.
        volatile_fields: Fields that differ at every read and are not a change.
        none_is_404: 404 is how the API says that there is none.
        resumable: Whether a later run may go on in the middle of this list.
        shared: Whether other streams need the rows too, so that they are kept for a run.
        shaped_by_transform: Whether rows have the shape of the schema only after ``transform``.
        selected: Whether its records are emitted.
        selection: Names of the selected streams among this one and those below it, sorted: a run
            with another selection must not go on in the middle of a list.
        limit: Records after which the SDK aborts, in a connection test; None for no limit.
    """

    stream: str
    url: str
    parent: str | None
    schema: dict[str, t.Any]
    primary_keys: tuple[str, ...]
    key_placeholders: Mapping[str, t.Any]
    replication_key: str | None
    context_fields: tuple[str, ...]
    change_markers: tuple[str, ...]
    count_field: str | None
    newest_first: str | None
    volatile_fields: frozenset[str]
    none_is_404: bool
    resumable: bool
    shared: bool
    shaped_by_transform: bool
    selected: bool
    selection: tuple[str, ...]
    limit: int | None

    @classmethod
    def from_stream(cls, stream: t.Any) -> ListSpec:  # noqa: ANN401 - an ApiStream, built on this
        """Return what a stream declares, as the catalog has it."""
        incremental = stream.replication_method == REPLICATION_INCREMENTAL
        read_here = [stream, *stream.descendent_streams]
        return cls(
            stream=stream.name,
            schema=_schema_in_force(stream.record_schema(), stream.effective_schema),
            url=f"{stream.url_base}{stream.path}",
            parent=stream.parent_stream.name if stream.parent_stream else None,
            primary_keys=tuple(stream.primary_keys),
            replication_key=stream.replication_key if incremental else None,
            selection=tuple(sorted(each.name for each in read_here if each.selected)),
            limit=stream.ABORT_AT_RECORD_COUNT,
            **{name: getattr(stream, name) for name in _DECLARED},
        )


def _schema_in_force(own: dict[str, t.Any], catalog: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return a stream's schema with the types that the catalog gives its fields.

    The catalog's form of a schema knows fewer words than JSON schema has: where it says the same,
    the stream's own one counts.
    """
    known, properties = own.get("properties", {}), {}
    for name, definition in properties_of(catalog, without=EXTRA).items():
        mine = known.get(name, {})
        same = all(mine.get(word) == definition.get(word) for word in ("type", "format"))
        properties[name] = mine if same else definition
    return {**own, "properties": properties}


@dataclass(frozen=True)
class ReadWindow:
    """Which part of a list a run asks for.

    Attributes:
        since: Changes since this instant; None for the whole list.
        anew: Everything is emitted, whatever the last run emitted.
        with_children: Whether child streams are read, too.
    """

    since: datetime | None = None
    anew: bool = False
    with_children: bool = True


@dataclass(frozen=True)
class OpenList:
    """A list whose first request is under way.

    Attributes:
        walk: Its pages.
        query: Fingerprint of its query.
        first_url: URL of its first page.
        position: Where an earlier run stopped in it.
        stop_at: Instant down to which a newest-first list is read; None for all of it.
        order: Whether it comes newest first; None for a list that need not.
    """

    walk: PageWalk
    query: str
    first_url: str
    position: Position | None
    stop_at: datetime | None
    order: OrderCheck | None


@dataclass(frozen=True)
class ListOutcome:
    """What one reading of one list found.

    Attributes:
        complete: Whether all of it was read.
        newest: Latest timestamp of a newest-first list; an empty text for one in no order.
        marker: What the parent said when the reading began.
    """

    complete: bool
    newest: str | None
    marker: str | None


@dataclass(frozen=True)
class ReadOutcome:
    """What one reading of all of a stream's lists found.

    Attributes:
        emitted: Records that were emitted.
        denied: Lists that may not be read.
        complete: Whether none was denied, and none incomplete.
        resumed: Whether it began where another run stopped.
    """

    emitted: int
    denied: int
    complete: bool
    resumed: bool


class AheadReader(t.Protocol):
    """Opens lists before their turn."""

    def open_ahead(self, context: Context, parent: Record) -> None:
        """Start reading a context's list."""


class ListSource(t.Protocol):
    """What a reader asks of a stream; see :class:`~..singer.stream.ApiStream`."""

    @property
    def logger(self) -> logging.Logger:
        """Where the stream logs."""

    @property
    def state_manager(self) -> BookmarkManager:
        """Moves the bookmark."""

    @property
    def unknown_fields(self) -> UnknownFields:
        """What becomes of fields that no schema declares."""

    @property
    def child_readers(self) -> Sequence[AheadReader]:
        """Readers of the child streams that are read in this run."""

    @property
    def lookback_days(self) -> int | None:
        """See :class:`~..state.change_markers.ChangeMarkers`."""

    @property
    def query_binding(self) -> QueryBinding:
        """Tells whether the state belongs to the present query."""

    def find_setting(self, context: Context) -> str | None:
        """Return the name of the setting that holds a context's id, or None."""

    def listed_row(self, context: Context) -> Record:
        """Return what stands for the parent's record of a configured context."""

    def config_contexts(self) -> list[dict[str, t.Any]] | None:
        """Return one context per configured id, or None if there is one list."""

    def context_id(self, context: Context) -> str:
        """Return the text that names a context in state and logs."""

    def list_request(self, context: Context, since: datetime | None) -> requests.PreparedRequest:
        """Build the request of a context's first page."""

    def get_new_paginator(self) -> UrlPaginator:
        """Return a fresh paginator."""

    def extract_records(self, data: t.Any) -> list[Record]:  # noqa: ANN401
        """Return the records of an answer."""

    def wants(self, context: Context, parent: Record) -> bool:
        """Tell whether a parent's list is worth a request."""

    def rows_at_hand(self, context: Context, parent: Record) -> list[Record] | None:
        """Return the rows of a list that need no request, or None."""

    def record_transform(
        self, context: Context, parent: Record
    ) -> Callable[[Record], Record | None] | None:
        """Return what changes each record of one list, or None."""

    def process_page(self, rows: list[Record], context: Context) -> list[Record]:
        """Change the records of a page."""

    def rows_for_denied(self, error: DeniedError, context: Context) -> list[Record] | None:
        """Return the rows that a denied list stands for, or None if it is simply denied."""

    def is_emitted(self, record: Record) -> bool:
        """Tell whether a stream map lets the record through."""

    def generate_child_contexts(
        self,
        record: Record,
        context: t.Any,  # noqa: ANN401 - an alias of the SDK
    ) -> Iterable[t.Any]:
        """Yield the contexts of a record's children."""
