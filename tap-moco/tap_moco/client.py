"""What MOCO streams have in common: paging, changes since, and children of changed records."""

from __future__ import annotations

import functools
import sys
import typing as t

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from tap_moco._kit.overlap import OVERLAP, Overlap
from tap_moco._kit.paginators import LinkPaginator
from tap_moco._kit.state import instant
from tap_moco.deletions import DetectingStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from requests import PreparedRequest
    from singer_sdk.helpers import types
    from singer_sdk.singerlib.catalog import Catalog

    from tap_moco._kit.listing import Listing
    from tap_moco._kit.records import Record
    from tap_moco.tap import TapMoco

# The most that the API grants (OpenAPI document; the default is the same).
PAGE_SIZE = 100
# Links to files are signed anew at every read: they tell nothing about changes.
SIGNED_LINKS = frozenset({"file_url", "attachment_url", "avatar_url", "signature_url", "file"})
# Where a stream keeps until when it knows its parents, or its own list, in the state.
READ_UNTIL = "read_until"


def _text(moment: datetime) -> str:
    """Return an instant in whole seconds, as MOCO writes and reads it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class MocoStream(DetectingStream):
    """A list of MOCO, incremental by ``updated_after``.

    Class attributes:
        area: The permission area that a user's role needs for it.
        flags: Parameters that are always true. Archived and disregarded rows vanish from
            incremental results unless they are asked for.
        child_key: Name under which children know the record's id.
        beta: Documented as beta only; 404 means that the account does not have it.
        entity: Names under which the definitions of custom fields mean these records.
        schema_name: Name of the schema file, where it is not the stream's own.
        counted: Deleted records can be found by counting.
    """

    primary_keys: t.Sequence[str] = ("id",)
    replication_key: str | None = "updated_at"
    area: str = "settings"
    flags: tuple[str, ...] = ()
    child_key: str | None = None
    beta: bool = False
    entity: tuple[str, ...] = ()
    schema_name: str | None = None
    counted: bool = True

    _tap: TapMoco
    forbidden = False

    # Schema

    @functools.cached_property
    def schema(self) -> dict[str, t.Any]:
        """The schema file, and the custom fields where they are asked for as columns."""
        schema = self._tap.schemas.get_schema(self.schema_name or self.name)
        return self._columns.extend(schema) if self._columns else schema

    @functools.cached_property
    def _columns(self) -> t.Any:  # noqa: ANN401 - Columns or None
        return self._tap.custom_columns(self)

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Use a catalog; custom fields that are newer than it become columns all the same."""
        super().apply_catalog(catalog)
        entry = catalog.get_stream(self.name)
        if entry is not None and self._columns:
            self._columns.add_to(entry)
            self._input_schema = entry.schema.to_dict()

    # Requests

    @override
    def get_new_paginator(self) -> LinkPaginator:
        return LinkPaginator()

    @override
    def get_url_params(
        self, context: types.Context | None, next_page_token: str | None
    ) -> dict[str, t.Any]:
        params: dict[str, t.Any] = {"per_page": PAGE_SIZE, **dict.fromkeys(self.flags, "true")}
        if since := self.updated_since():
            params["updated_after"] = _text(since)
        return params

    @override
    def child_parameters(self, record: Record) -> dict[str, t.Any]:
        return {self.child_key: record["id"]} if self.child_key else {}

    # Changes since

    @functools.cached_property
    def _overlap(self) -> Overlap | None:
        incremental = self.replication_method == REPLICATION_INCREMENTAL
        if not incremental or not self.replication_key or self.parent_stream_type:
            return None
        return Overlap(
            self.stream_state, self.replication_key, self._recent.key, volatile=SIGNED_LINKS
        )

    @property
    def _dependents(self) -> list[ChildStream]:
        """The selected children: they need the records that changed since *they* were read."""
        return [child for child in self.child_streams if child.selected]  # type: ignore[misc]

    @override
    def updated_since(self) -> datetime | None:
        """Return from when on changes are asked for: the earliest that is needed.

        A child that was selected only now, or not in the last runs, needs older parents.
        """
        if self.replication_method != REPLICATION_INCREMENTAL:
            return None
        if self._anew:
            return self._tap.start_date
        needed = [child.parents_since() for child in self._dependents]
        if self.selected or not needed:
            needed.append(self.own_since())
        known = [since for since in needed if since is not None]
        return min(known) if len(known) == len(needed) else self._tap.start_date

    def own_since(self) -> datetime | None:
        """Return from when on this stream itself needs changes."""
        return self._since("replication_key_value")

    def _since(self, name: str) -> datetime | None:
        """Return an instant of the state less the overlap, not before ``start_date``."""
        value, start = self.stream_state.get(name), self._tap.start_date
        if not value:
            return start
        since = instant(value) - OVERLAP
        return max(since, start) if start else since

    def _catching_up(self) -> bool:
        """Tell whether rows are needed that this stream itself has emitted before."""
        since, own = self.updated_since(), self.own_since()
        return not self.selected or (own is not None and (since is None or since < own))

    # Reading

    @override
    def read_all(self) -> Iterator[Record]:
        if self._catching_up():
            # What this stream emitted in the last run is news to a child.
            self._overlap = None
        self._newest: datetime | None = None
        if self._tap.detects_deletions and self.counted and self.selected:
            yield from self.read_detecting(super().read_all)
        else:
            yield from super().read_all()
        if not self.selected:
            # Read for its children only: its own bookmark speaks for records that went out.
            self.state_manager.drop_progress()
        if not self.denials:
            self.note_progress()

    def note_progress(self) -> None:
        """Take note in the state that the list was read to its end."""
        for child in self._dependents:
            if not child.forbidden:
                child.note_parents(self._newest, self.state_manager.started_at)

    @override
    def starts_over(self) -> bool:
        incremental = self.replication_method == REPLICATION_INCREMENTAL
        return not incremental or not self.stream_state.get("replication_key_value")

    @override
    def shape(self, rows: list[Record], context: types.Context) -> list[Record]:
        if self._dependents and self.replication_key:
            values = [row[self.replication_key] for row in rows if row.get(self.replication_key)]
            known = [self._newest] if self._newest else []
            self._newest = max([*known, *map(instant, values)], default=None)
        records = super().shape(rows, context)
        return [self._columns.spread(record) for record in records] if self._columns else records

    @override
    def total(self) -> int | None:
        answer = self._tap.fetch_now(self.first_row_request(), self.name)
        told = answer.response.headers.get("X-Total", "")
        if told.isdecimal():
            return int(told)
        return None if "next" in answer.response.links else len(self.select(answer.data))

    # Single requests

    def request_to(self, path: str, params: Mapping[str, t.Any] | None = None) -> PreparedRequest:
        """Build a signed request to any path of the API."""
        request: PreparedRequest = self.build_prepared_request(
            method="GET",
            url=f"{self.url_base}{path}",
            params=dict(params or {}),
            headers=self.http_headers,
        )
        return request

    def first_row_request(self, context: types.Context | None = None) -> PreparedRequest:
        """Build the cheapest request that this stream can make: one row, if it can."""
        params = {**self.get_url_params(context, None), "per_page": 1}
        params.pop("updated_after", None)
        path = self.get_url(context).removeprefix(self.url_base)
        return self.request_to(path, params)

    def read_list(self) -> Iterator[Record]:
        """Yield the rows of the whole list as they come, outside of any sync.

        Raises:
            DeniedError: If it may not be read.
        """
        self._anew = True
        for rows in self.read_pages(t.cast("Listing", self.open_listing({}, {})), None):
            yield from rows


class FullStream(MocoStream):
    """A list that is read whole in every run: the API has no ``updated_after`` for it."""

    replication_key = None


class ClockStream(MocoStream):
    """A list with ``updated_after`` whose records do not say when they changed.

    The bookmark is the start of the last run that read it; the overlap's records come again.
    """

    replication_key = None

    @override
    def updated_since(self) -> datetime | None:
        return self._tap.start_date if self._anew else self._since(READ_UNTIL)

    @override
    def own_since(self) -> datetime | None:
        return self.updated_since()

    @override
    def starts_over(self) -> bool:
        return READ_UNTIL not in self.stream_state

    @override
    def note_progress(self) -> None:
        self.stream_state[READ_UNTIL] = _text(self.state_manager.started_at)


class SingleStream(FullStream):
    """One record."""

    single = True
    counted = False

    @override
    def get_url_params(
        self, context: types.Context | None, next_page_token: str | None
    ) -> dict[str, t.Any]:
        return dict.fromkeys(self.flags, "true")


class ReportStream(FullStream):
    """A report: one list for each of the ``report_years``."""

    counted = False

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"year": year} for year in self._tap.report_years]

    @override
    def get_url_params(
        self, context: types.Context | None, next_page_token: str | None
    ) -> dict[str, t.Any]:
        return {"per_page": PAGE_SIZE, **(context or {})}


class PeriodReportStream(ReportStream):
    """A report on a period: from the first to the last day of each of the ``report_years``."""

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"from": f"{year}-01-01", "to": f"{year}-12-31"} for year in self._tap.report_years]


class ChildStream(MocoStream):
    """What belongs to one record of a list: one request per record that changed.

    Class attributes:
        every_run: It changes without its parent; so it is read for every parent in every run.
        none_is_404: 404 is MOCO's way of saying that there is none.
    """

    counted = False
    every_run: bool = False
    none_is_404: bool = False

    def parents_since(self) -> datetime | None:
        """Return from when on changed parents are needed; None for all."""
        if self.every_run or READ_UNTIL not in self.stream_state:
            return self._tap.start_date
        return self._since(READ_UNTIL)

    def note_parents(self, newest: datetime | None, started_at: datetime) -> None:
        """Take note that the children of all parents changed until then were read."""
        if self.every_run or newest is None:
            return
        until = min(newest, started_at)
        known = self.stream_state.get(READ_UNTIL)
        if known is None or instant(known) < until:
            self.stream_state[READ_UNTIL] = until.isoformat()

    @override
    def updated_since(self) -> None:
        """Return None: what is read for a parent is read whole, that costs no more."""

    @override
    def open_listing(self, context: types.Context, parent: Record) -> Listing | None:
        # Who may not read this of one record may not read it of the others.
        return None if self.forbidden else super().open_listing(context, parent)
