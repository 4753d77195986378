"""What all Ulule streams have in common: headers, languages, shapes, and who may ask."""

from __future__ import annotations

import functools
import sys
import typing as t

from tap_ulule._kit.errors import DeniedError
from tap_ulule._kit.stream import ApiStream
from tap_ulule.paging import UlulePaginator

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers import types

    from tap_ulule._kit.listing import Listing
    from tap_ulule._kit.records import Record
    from tap_ulule.tap import TapUlule

# The most that the API grants.
PAGE_SIZE = 20
# From this version on, what a project does not show unasked comes as extra_fields.
EXTRA_FIELDS_FROM = "2019-04-11"
# Key of a parent's copy, for its children: the main language of its texts.
LANGUAGE = "_lang"
DENIED = "denied"


class UluleStream(ApiStream):
    """A list or object of Ulule.

    Attributes:
        page_size: Rows asked for per page; None where the list is not paginated.
        private: Anonymous requests are refused, so none is made; an answer proves that the
            credentials work, and a refusal is remembered until the credentials change.
        public_from: The version from which anybody may read a private list, poorer maybe.
        extra_fields: Asked for from the version on that offers them.
        extra_field: The one of the parent's extra_fields that holds this list.
        offered_from: The version from which ``extra_field`` is complete.
        hands_down: Path parameters of children, and the fields that they come from.
        language: Main language of texts that belong to the platform and not to a project.
    """

    primary_keys: t.Sequence[str] = ("id",)
    page_size: int | None = PAGE_SIZE
    private: bool = False
    public_from: str | None = None
    extra_fields: tuple[str, ...] = ()
    extra_field: str | None = None
    offered_from: str = EXTRA_FIELDS_FROM
    hands_down: t.ClassVar[dict[str, str]] = {}
    language: str | None = None

    _tap: TapUlule

    def __init__(self, tap: TapUlule) -> None:
        """Take the rows from the parent where the version offers that."""
        super().__init__(tap)
        if self.extra_field and self.config["api_version"] >= self.offered_from:
            self.embedded = self.extra_field

    @property
    def proves(self) -> bool:
        """Whether an answer proves that the credentials work."""
        public = self.public_from is not None and self.config["api_version"] >= self.public_from
        return self.private and not public

    # Requests

    @property
    @override
    def http_headers(self) -> dict[str, str]:
        """The version decides the shape of every record, so it is always sent."""
        version = self.config["api_version"]
        headers = {"Accept": "application/json"}
        return {"Ulule-Version": version, **headers} if version else headers

    @override
    def get_new_paginator(self) -> UlulePaginator:
        return UlulePaginator(self.newest_first, self.select)

    @override
    def get_url_params(
        self, context: types.Context | None, next_page_token: str | None
    ) -> dict[str, t.Any]:
        offered = self.config["api_version"] >= EXTRA_FIELDS_FROM
        return {
            "limit": None if self.single else self.page_size,
            "lang": self.config.get("lang"),
            "extra_fields": ",".join(self.extra_fields) or None if offered else None,
        }

    @override
    def open_listing(self, context: types.Context, parent: Record) -> Listing | None:
        if self.private:
            if self._tap.signer.anonymous:
                return None
            if self._was_denied(self.parent_key(context)):
                return None
        return super().open_listing(context, parent)

    def remember_denial(self, parent: str) -> None:
        """Take note that these credentials may not read a parent's list.

        The list is asked for again with other credentials, or when its refresh is due.
        """
        if self.private and self.parent_stream_type is not None:
            self._signals.commit(parent, self._denied, None)

    def _was_denied(self, parent: str) -> bool:
        """Tell whether these very credentials may not read a parent's list."""
        last = self._signals.last(parent) or ""
        # Only then is it worth a request to find out whose credentials they are.
        return last.startswith(DENIED) and self._signals.unchanged(parent, self._denied)

    @property
    def _denied(self) -> str:
        return f"{DENIED} {self._tap.credentials_mark}"

    # Records

    @override
    def select(self, data: t.Any) -> list[Record]:
        """Accept the documented envelope, a bare array, or the only list that there is."""
        if isinstance(data, dict) and not self.single and self.envelope not in data:
            lists = [value for key, value in data.items() if isinstance(value, list)]
            if len(lists) == 1:
                data = lists[0]
        rows = super().select(data)
        # The parent's record stays what it is.
        return [dict(row) for row in rows] if self.embedded else rows

    @override
    def transform(self, record: Record, context: types.Context) -> Record | None:
        self._tap.normaliser.apply(record, self._main_language)
        return record

    @property
    def _main_language(self) -> str | None:
        parent = self._parent
        return self.language or parent.get("lang") or parent.get(LANGUAGE)

    @override
    def child_parameters(self, record: Record) -> dict[str, t.Any]:
        return {name: record[field] for name, field in self.hands_down.items()}

    @override
    def get_child_context(self, record: Record, context: types.Context | None) -> types.Context:
        found = super().get_child_context(record, context)
        copy = self.for_children(record)
        return {name: copy if value is record else value for name, value in found.items()}

    def for_children(self, record: Record) -> Record:
        """Return what children see of a record: a copy that knows the language of its texts."""
        return {**record, LANGUAGE: record.get("lang") or self._main_language}


class ProjectStream(UluleStream):
    """A list of one project."""

    inject = ("project_id",)


class UserStream(UluleStream):
    """A list of one user: of the signed-in one, and of those in ``user_ids``."""

    inject: tuple[str, ...] = ("user_id",)
    private = True
    only_self: bool = False

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        users = [self._tap.my_id] if self.only_self else self._tap.users
        return [{"user_id": user} for user in users if user is not None]


class PartnerStream(UluleStream):
    """A list of each partner in ``partner_slugs``."""

    inject = ("partner_slug",)
    configured_by = "partner_slugs"
    private = True

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"partner_slug": slug} for slug in self.config["partner_slugs"]]


class SharedListStream(UluleStream):
    """A list that other streams need too: it is read once a run, whoever asks first."""

    @functools.cached_property
    def rows(self) -> dict[tuple[t.Any, ...], list[Record]]:
        """The rows of each context."""
        return {}

    def rows_of(self, context: types.Context) -> list[Record]:
        """Return all rows of a context, as they came; empty if there is nothing to ask."""
        key = tuple(context.values())
        if key not in self.rows:
            self.rows[key] = rows = []
            try:
                listing = self.open_listing(context, {})
                for page in self.read_pages(listing, None) if listing else ():
                    rows.extend(page)
                if listing:
                    self._tap.reach.reached(self.setting_of(context))
            except DeniedError as error:
                self._tap.reach.denied(error, self.setting_of(context))
                self._tap.denied(self.name, self.parent_key(context), error)
        return self.rows[key]

    def all_rows(self) -> list[Record]:
        """Return the rows of all contexts."""
        contexts = self.config_contexts()
        return [
            row for each in ([{}] if contexts is None else contexts) for row in self.rows_of(each)
        ]

    @override
    def _open_ahead(self, context: types.Context, parent: Record) -> None:
        """Open nothing ahead: the rows are kept."""

    @override
    def read_context(self, context: types.Context, parent: Record) -> Iterator[Record]:
        rows = [dict(row) for row in self.rows_of(context)]
        yield from self.emit(self.prepare(rows, context), context)
