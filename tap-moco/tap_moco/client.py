"""What MOCO streams have in common: paging, changes since, and children of changed records."""

from __future__ import annotations

import functools
import typing as t

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from tap_moco._kit.compat import override
from tap_moco._kit.paging.paginators import LinkPaginator
from tap_moco._kit.reading.spec import ReadWindow
from tap_moco._kit.reading.unknown_fields import restrict
from tap_moco._kit.singer.emission import ROW_HOOKS, overridden
from tap_moco._kit.singer.stream import ApiStream
from tap_moco._kit.state.bookmarks import BOOKMARK, since_bookmark
from tap_moco._kit.times import as_text, instant
from tap_moco.deletions import DeletionDetector

if t.TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from datetime import datetime

    from requests import PreparedRequest
    from singer_sdk.schema.source import SchemaDirectory
    from singer_sdk.singerlib.catalog import Catalog

    from tap_moco._kit.encoded_rows import Rows
    from tap_moco._kit.reading.spec import ReadOutcome
    from tap_moco._kit.records import Context, Record
    from tap_moco.custom_fields import Columns
    from tap_moco.id_log import IdLog

# The most that the API grants (OpenAPI document; the default is the same).
PAGE_SIZE = 100
# Links to files are signed anew at every read: they tell nothing about changes.
SIGNED_LINKS = frozenset({"file_url", "attachment_url", "avatar_url", "signature_url", "file"})
# Where it keeps which column belongs to which custom field: {"custom_pruefer": "8861"}.
COLUMNS = "custom_columns"


class DependentStream(t.Protocol):
    """What a stream needs to know of a child."""

    forbidden: bool

    @property
    def known_parents(self) -> list[int]:
        """The ids of the parents of which rows are known."""

    def parents_since(self) -> datetime | None:
        """Return from when on changed parents are needed; None for all."""

    def note_parents(self, newest: datetime | None, started_at: datetime) -> None:
        """Take note that the children of all parents changed until then were read."""

    def forget_parent(self, ident: int) -> None:
        """Tell the target that what belonged to a deleted parent is gone."""


class CopyingStream(t.Protocol):
    """What a stream needs to know of one that has its records, or what they carry."""

    def forget_copies(self, stream: str, present: IdLog) -> None:
        """Tell the target that what was copied of deleted records is gone.

        Args:
            stream: Where it was copied from.
            present: The ids of the records that there are.
        """


class MocoSettings(t.Protocol):
    """What streams need to know of their tap's settings."""

    initialized_at: int
    schemas: SchemaDirectory
    report_years: list[int]
    detects_deletions: bool
    streams: Mapping[str, t.Any]

    def copies_of(self, stream: str) -> list[CopyingStream]:
        """Return the selected streams that have the records of another one."""

    def custom_columns(self, stream: MocoStream) -> Columns | None:
        """Return the custom fields of a stream's records as columns."""


class MocoStream(ApiStream):
    """A list of MOCO, incremental by ``updated_after``.

    Attributes:
        area: The permission area that a user's role needs for it.
        flags: Always true: without them incremental results lack archived and disregarded rows.
        beta: Documented as beta only; 404 means that the account does not have it.
        entity: Names under which the definitions of custom fields mean these records.
        schema_name: Name of the schema file, where it is not the stream's own.
        description: What the records are, where another stream's schema file says it.
        asks_changes: It is asked for what changed since the bookmark, or ``start_date``.
        counted: Deleted records can be found by counting.
        remembered: Deleted records are found by the keys of each list: not every run reads all.
        copied_from: Streams that have these records, too, or the ones that carry them.
        one_permission: Who may not read one of its lists may not read the others.
        forbidden: Whether this run was denied the stream as a whole.
    """

    primary_keys: t.Sequence[str] = ("id",)
    replication_key: str | None = "updated_at"
    volatile_fields = SIGNED_LINKS
    rereads_for_children = False  # Each child remembers how far it was read for it.
    area: str = "settings"
    flags: tuple[str, ...] = ()
    beta: bool = False
    entity: tuple[str, ...] = ()
    schema_name: str | None = None
    description: str = ""
    asks_changes: bool = True
    counted: bool = True
    remembered: bool = False
    copied_from: tuple[str, ...] = ()
    one_permission: bool = True
    forbidden = False

    tap: MocoSettings

    @override
    def record_schema(self) -> dict[str, t.Any]:
        """Return the schema file, and custom fields where they are asked for as columns."""
        schema = self.tap.schemas.get_schema(self.schema_name or self.name)
        if self.description:
            schema = {**schema, "description": self.description}
        return self.columns.extend(schema) if self.columns else schema

    @functools.cached_property
    def columns(self) -> Columns | None:
        """The custom fields as columns, or None for one free object."""
        return self.tap.custom_columns(self)

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Use a catalog; custom fields that are newer than it become columns all the same."""
        super().apply_catalog(catalog)
        entry = catalog.get_stream(self.name)
        if entry is not None and self.columns:
            self.columns.add_to(entry)
            self.use_catalog_schema(restrict(entry.schema.to_dict(), self))

    # Requests

    @override
    def get_new_paginator(self) -> LinkPaginator:
        return LinkPaginator()

    @override
    def query_parameters(self, context: Context, since: datetime | None) -> dict[str, t.Any]:
        return {
            "per_page": None if self.single else PAGE_SIZE,
            **dict.fromkeys(self.flags, "true"),
            "updated_after": as_text(since) if since else None,
        }

    @override
    def query_identity(self) -> tuple[object, ...]:
        return (*super().query_identity(), *self.flags)

    def first_row_request(self, context: Context | None = None) -> PreparedRequest:
        """Build the cheapest request that this stream can make: one row, if it can."""
        context = context or {}
        parameters = {**self.query_parameters(context, None), "per_page": 1}
        return self.request_to(self.get_url(context), parameters)

    # Changes since

    @property
    def dependents(self) -> list[DependentStream]:
        """The selected children: they need the records that changed since *they* were read."""
        return t.cast("list[DependentStream]", [c for c in self.child_streams if c.selected])

    @override
    def read_window(self) -> ReadWindow:
        """Return the window from the earliest change that this stream or a child needs.

        A child that was selected only now, or not in the last runs, needs older parents. What this
        stream emitted in the last run is news to such a child, so nothing is held back then.
        """
        if self.replication_method != REPLICATION_INCREMENTAL:
            return ReadWindow()
        own = self.own_since()
        needed = [child.parents_since() for child in self.dependents]
        if self.selected or not needed:
            needed.append(own)
        known = [since for since in needed if since is not None]
        since = min(known) if len(known) == len(needed) else self.query_binding.asked_since
        catching_up = own is not None and (since is None or since < own)
        anew = catching_up or not self.selected or not self.query_binding.matches
        return ReadWindow(since, anew=anew)

    def own_since(self) -> datetime | None:
        """Return from when on this stream itself needs changes; None for all."""
        return self.since(BOOKMARK)

    def since(self, name: str) -> datetime | None:
        """Return an instant of the state less the overlap, not before ``start_date``.

        Args:
            name: Its key. A state of another query counts as empty.
        """
        state = self.stream_state if self.query_binding.matches else {}
        return since_bookmark(state, name, self.query_binding.asked_since, self.run.overlap)

    def starts_over(self) -> bool:
        """Tell whether this run reads the list from its beginning."""
        incremental = self.replication_method == REPLICATION_INCREMENTAL
        known = self.query_binding.matches and self.stream_state.get(BOOKMARK)
        return not (incremental and known)

    # Reading

    @property
    @override
    def tracks_deletions(self) -> bool:
        return self.remembered and self.tap.detects_deletions

    @functools.cached_property
    def detector(self) -> DeletionDetector | None:
        """Finds deleted records, where that is asked for and possible."""
        possible = self.counted and not self.single
        if self.tap.detects_deletions and possible and self.selected:
            return DeletionDetector(self)
        return None

    @override
    def read(self) -> Generator[Rows, None, ReadOutcome]:
        self._newest: datetime | None = None
        if self.detector is not None:
            return (yield from self.detector.read(self.read_window()))
        return (yield from super().read())

    @property
    @override
    def leaves_rows(self) -> bool:
        if overridden(type(self), MocoStream, ROW_HOOKS) or self.columns:
            return False
        return self.detector is None and not (self.dependents and self.replication_key)

    @override
    def process_page(self, rows: list[Record], context: Context) -> list[Record]:
        if self.detector is not None:
            self.detector.census.see(rows)
        if self.dependents and self.replication_key:
            values = [row[self.replication_key] for row in rows if row.get(self.replication_key)]
            known = [self._newest] if self._newest else []
            self._newest = max([*known, *map(instant, values)], default=None)
        if not self.columns:
            return rows
        self.stream_state[COLUMNS] = self.columns.names
        return [self.columns.spread(row) for row in rows]

    @override
    def after_reading(self, outcome: ReadOutcome) -> None:
        """Note in the state, and in that of the children, until when the list was read."""
        super().after_reading(outcome)
        if outcome.complete:
            self._forget_other_lists()
            for child in self.dependents:
                if not child.forbidden:
                    child.note_parents(self._newest, self.state_manager.started_at)

    def _forget_other_lists(self) -> None:
        """Forget the years that are not read any more: their rows stay as they are."""
        contexts = self.config_contexts()
        if self.tracks_deletions and contexts is not None:
            known = self.reader.vanished.known
            known.forget(known.lists - set(map(self.context_id, contexts)))

    def forget_below(self, present: IdLog, *, whole: bool) -> None:
        """Tell the target that what belongs to the deleted records is gone, too.

        Args:
            present: The ids of the records that there are.
            whole: Whether these are all: a copy may be of a record from before ``start_date``.
        """
        for child in self.dependents:
            for parent in present.missing(set(child.known_parents)):
                child.forget_parent(parent)
        for copy in self.tap.copies_of(self.name) if whole else ():
            copy.forget_copies(self.name, present)

    def new_version(self) -> int:
        """Return the version of records that are read whole in this run: its start."""
        return self.tap.initialized_at

    def total(self) -> int | None:
        """Ask how many records the list has; None if it does not tell."""
        answer = self.run.fetch_now(self.first_row_request(), self.name)
        told = answer.response.headers.get("X-Total", "")
        if told.isdecimal():
            return int(told)
        found = self.extract_records(answer.data)
        return None if "next" in answer.response.links else len(found)
