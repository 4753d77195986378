"""What a reader asks of a stream: the hooks that cannot be data.

They are documented at :class:`~..singer.stream.ApiStream`.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    import requests

    from ..encoded_rows import EncodedRows, Rows
    from ..errors import DeniedError
    from ..paging.paginators import UrlPaginator
    from ..records import Context, Record, Transform
    from ..state.bookmarks import BookmarkManager
    from ..state.query_binding import QueryBinding
    from .unknown_fields import UnknownFields


class LostLists(t.Protocol):
    """Tells the target of lists whose parent is gone."""

    def forget_list(self, context: Context) -> None:
        """Tell that a list is gone with all its rows."""


class ChildReader(t.Protocol):
    """What a reader asks of those of the child streams."""

    @property
    def vanished(self) -> LostLists:
        """Finds the rows that its lists have lost."""

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
    def child_parameters(self) -> Mapping[str, str]:
        """The parameters of the children's contexts: name, and the record's field."""

    @property
    def child_readers(self) -> Sequence[ChildReader]:
        """Readers of the child streams that are read in this run."""

    @property
    def lookback_days(self) -> int | None:
        """See :class:`~..state.change_markers.ChangeMarkers`."""

    @property
    def query_binding(self) -> QueryBinding:
        """Tells whether the state belongs to the present query."""

    @property
    def tracks_deletions(self) -> bool:
        """Whether the target is told of rows that are gone."""

    @property
    def follows_missing(self) -> bool:
        """Whether rows that leave a list are looked for elsewhere."""

    def queries_for_missing(self, parent: Record) -> Iterable[dict[str, t.Any]]:
        """Return what to add to a list's query, in turn, for rows that may have left the list."""

    def reads_to_end(self, context: Context, parent: Record) -> bool:
        """Tell whether a newest-first list is read to its end, whatever is known of it."""

    def after_list(self, context: Context, parent: Record, *, resumed: bool) -> None:
        """Take note that all of a list was read, its records being out.

        Args:
            context: Path parameters.
            parent: The parent's record.
            resumed: Whether an earlier run had read its first part.
        """

    def write_deleted(self, record: Record) -> None:
        """Tell the target that the row with this key is gone."""

    def find_setting(self, context: Context) -> str | None:
        """Return the name of the setting that holds a context's id, or None."""

    def listed_row(self, context: Context) -> Record:
        """Return what stands for the parent's record of a configured context."""

    def config_contexts(self) -> list[dict[str, t.Any]] | None:
        """Return one context per configured id, or None if there is one list."""

    def context_id(self, context: Context) -> str:
        """Return the text that names a context in state and logs."""

    def list_request(
        self,
        context: Context,
        since: datetime | None,
        **add: t.Any,  # noqa: ANN401 - JSON
    ) -> requests.PreparedRequest:
        """Build the request of a context's first page, with parameters to add to its query."""

    def get_new_paginator(self) -> UrlPaginator:
        """Return a fresh paginator."""

    def extract_records(self, data: t.Any) -> list[Record]:  # noqa: ANN401
        """Return the records of an answer."""

    def wants(self, context: Context, parent: Record) -> bool:
        """Tell whether a parent's list is worth a request."""

    def rows_at_hand(self, context: Context, parent: Record) -> Iterable[Record] | None:
        """Return the rows of a list that need no request, or None."""

    def record_transform(self, context: Context, parent: Record) -> Transform | None:
        """Return what changes each record of one list, or None."""

    def process_page(self, rows: list[Record], context: Context) -> list[Record]:
        """Change the records of a page."""

    @property
    def envelopes(self) -> tuple[str, ...]:
        """Keys under which the list may stand in an answer."""

    def leaves_page(self, rows: EncodedRows) -> bool:
        """Tell whether the hooks would leave the rows of a page as they are."""

    def note_records(self, records: Rows, context: Context, parent: Record) -> None:
        """Look at the records of a page before they go out."""

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
