"""What a stream declares of its lists, which part of them is read, and what was found."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from ..state.change_markers import former_marker, read_marker
from .unknown_fields import EXTRA, properties_of

if t.TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ..paging.page_walk import PageWalk
    from ..records import Record
    from ..state.position import Position
    from .order_check import OrderCheck


# What a specification takes from a stream as it is.
_DECLARED = (
    "key_placeholders", "context_fields", "change_markers", "former_markers", "count_field",
    "newest_first", "volatile_fields", "none_is_404", "resumable", "shared",
    "shaped_by_transform", "nested_only", "selected",
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
        former_markers: Those of older versions, where they were others.
        count_field: Field of the parent's record that counts this list: 0 means no request.
        newest_first: Timestamp by which the list is sorted, newest first; None if it is not.
        volatile_fields: Fields that differ at every read and are not a change.
        none_is_404: 404 is how the API says that there is none.
        resumable: Whether a later run may go on in the middle of this list.
        shared: Whether other streams need the rows too, so that they are kept for a run.
        shaped_by_transform: Whether rows have the shape of the schema only after ``transform``.
        nested_only: Whether its rows stand in the parent's record only: there is no list to ask.
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
    former_markers: tuple[str, ...]
    count_field: str | None
    newest_first: str | None
    volatile_fields: frozenset[str]
    none_is_404: bool
    resumable: bool
    shared: bool
    shaped_by_transform: bool
    nested_only: bool
    selected: bool
    selection: tuple[str, ...]
    limit: int | None

    @property
    def own_keys(self) -> tuple[str, ...]:
        """The parts of the key that rows have of themselves."""
        return tuple(name for name in self.primary_keys if name not in self.context_fields)

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

    def marker(self, parent: Record) -> str | None:
        """Return what a parent's record says now of this list; None if it says nothing."""
        return read_marker(parent, self.change_markers)

    def former_marker(self, parent: Record) -> str | None:
        """Return the same as older versions wrote it."""
        return former_marker(parent, self.former_markers or self.change_markers)


def keeps_rows(spec: ListSpec, stream: t.Any) -> bool:  # noqa: ANN401 - an ApiStream, built on this
    """Tell whether rows go out as they came, and nobody looks at more than their keys."""
    read_otherwise = stream.single or spec.shared or spec.limit is not None or stream.children
    if not spec.selected or read_otherwise:
        return False
    return stream.leaves_rows and stream.writer.takes_pages and not stream.unknown_fields.acts


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
        resumes: Whether it may go on where another run stopped.
    """

    since: datetime | None = None
    anew: bool = False
    with_children: bool = True
    resumes: bool = True


@dataclass(frozen=True)
class OpenList:
    """A list whose first request is under way.

    Attributes:
        walk: Its pages.
        query: Fingerprint of its query.
        first_url: URL of its first page.
        position: Where an earlier run stopped in it.
        since: Changes since this instant are asked for; None for all.
        stop_at: Instant down to which a newest-first list is read; None for all of it.
        order: Whether it comes newest first; None for a list that need not.
    """

    walk: PageWalk
    query: str
    first_url: str
    position: Position | None
    since: datetime | None
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


# What there is to say of rows that needed no request of their own.
NO_REQUEST = ListOutcome(complete=True, newest=None, marker=None)


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
