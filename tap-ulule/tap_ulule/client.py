"""What all Ulule streams have in common: headers, languages, shapes, and who may ask."""

from __future__ import annotations

import copy
import functools
import typing as t

from tap_ulule._kit.compat import override
from tap_ulule._kit.singer.emission import ROW_HOOKS, overridden
from tap_ulule._kit.singer.stream import ApiStream
from tap_ulule.paging import UlulePaginator
from tap_ulule.shared_rows import SharedRows

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from tap_ulule._kit.encoded_rows import EncodedRows
    from tap_ulule._kit.errors import DeniedError
    from tap_ulule._kit.records import Context, Record
    from tap_ulule.auth import Signer
    from tap_ulule.normalise import Normaliser

# The most that the API grants.
PAGE_SIZE = 20
# From this version on, what a project does not show unasked comes as extra_fields.
EXTRA_FIELDS_FROM = "2019-04-11"
# Key of a parent's copy, for its children: the main language of its texts.
LANGUAGE = "_lang"
DENIED = "denied"


class ListedProject(t.NamedTuple):
    """What is kept of a list's row of a project: lists may have many thousands.

    Attributes:
        slug: Its name in URLs.
        mark: Stands for all that the row tells; None if that is not enough.
    """

    slug: str | None
    mark: str | None


class UluleAccount(t.Protocol):
    """What streams need to know of their tap."""

    streams: Mapping[str, t.Any]
    identity: list[str]
    detects_deletions: bool
    discussions_url: str
    normaliser: Normaliser
    signer: Signer
    credentials_mark: str
    my_id: int | None
    me: Record
    users: list[int]
    configured_users: list[int]
    tags: list[Record]
    listed_projects: dict[t.Any, ListedProject]
    project_ids: list[int | str]
    denied_sources: bool

    def looks_back(self, project: Record) -> bool:
        """Tell whether a project's changeable lists are read in every run."""

    def pays_out(self, project_id: int | str) -> bool:
        """Tell whether orders of an ended campaign that waited for the payout do no more."""

    def handle_denied(self, stream: str, context: str, error: DeniedError) -> None:
        """Go on without a list, or fail."""


class UluleStream(ApiStream):
    """A list or object of Ulule.

    Attributes:
        page_size: Rows asked for per page; None where the list is not paginated.
        private: Anonymous requests are refused, so none is made; an answer proves that the
            credentials work, and a refusal is remembered until the credentials change.
        public_from: The version from which anybody may read a private list, poorer maybe.
        extra_fields: Asked for from the version ``extra_fields_from`` on.
        extra_fields_from: The version that offers them.
        marker_fields: Further extra fields, which tell of changes only and are no part of a record.
            They are asked for in every version: until 2019-03-07 unknown ones are ignored.
        extra_field: The one of the parent's extra_fields that holds this list.
        offered_from: The version from which ``extra_field`` is complete.
        looks_back: A list that changed is read down to ``lookback_days`` before its newest row.
        language: Main language of texts that belong to the platform and not to a project.
    """

    primary_keys: t.Sequence[str] = ("id",)
    # Codes become words, and plain texts objects by language.
    shaped_by_transform = True
    page_size: int | None = PAGE_SIZE
    private: bool = False
    public_from: str | None = None
    extra_fields: tuple[str, ...] = ()
    extra_fields_from: str = EXTRA_FIELDS_FROM
    marker_fields: tuple[str, ...] = ()
    extra_field: str | None = None
    offered_from: str = EXTRA_FIELDS_FROM
    looks_back: bool = False
    language: str | None = None

    tap: UluleAccount

    def __init__(self, tap: t.Any) -> None:  # noqa: ANN401 - of the SDK's own class
        """Take the rows from the parent where the version offers that."""
        super().__init__(tap)
        if self.extra_field and self.config["api_version"] >= self.offered_from:
            self.parent_field = self.extra_field

    @property
    def proves(self) -> bool:
        """Whether an answer proves that the credentials work."""
        public = self.public_from is not None and self.config["api_version"] >= self.public_from
        return self.private and not public

    @property
    @override
    def lookback_days(self) -> int | None:
        return int(self.config["lookback_days"]) if self.looks_back else None

    @property
    @override
    def tracks_deletions(self) -> bool:
        return bool(self.tap.detects_deletions)

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
        return UlulePaginator(self.newest_first, self.extract_records)

    @override
    def query_parameters(self, context: Context, since: datetime | None) -> dict[str, t.Any]:
        offered = self.config["api_version"] >= self.extra_fields_from
        extra = (*(self.extra_fields if offered else ()), *self.marker_fields)
        return {
            "limit": None if self.single else self.page_size,
            "lang": self.config.get("lang"),
            "extra_fields": ",".join(extra) or None,
        }

    @override
    def wants(self, context: Context, parent: Record) -> bool:
        if self.private and (
            self.tap.signer.anonymous or self.was_denied(self.context_id(context))
        ):
            return False
        return super().wants(context, parent)

    def remember_denial(self, parent: str) -> None:
        """Take note that these credentials may not read a parent's list.

        A private list is asked for again with other credentials, or when its refresh is due; a
        public one whenever its parent is read.
        """
        if self.parent_stream_type is not None:
            self.reader.markers.commit(parent, self._denied, None)

    @override
    def after_list(self, context: Context, parent: Record, *, resumed: bool) -> None:
        """Forget that the list could not be read; where it has a marker, that says so."""
        if self.parent_stream_type is not None and not self.change_markers:
            self.reader.markers.forget(self.context_id(context))

    def was_denied(self, parent: str) -> bool:
        """Tell whether an earlier run found that these credentials may not read a parent's list."""
        markers = self.reader.markers
        last = markers.last(parent) or ""
        # Only then is it worth a request to find out whose credentials they are.
        return last.startswith(DENIED) and markers.unchanged(parent, self._denied)

    @property
    def _denied(self) -> str:
        return f"{DENIED} {self.tap.credentials_mark}"

    # Records

    @override
    def extract_records(self, data: t.Any) -> list[Record]:
        """Accept the documented envelope, a bare array, or the only list that there is."""
        if isinstance(data, dict) and not self.single and self.envelope not in data:
            lists = [value for key, value in data.items() if isinstance(value, list)]
            if len(lists) == 1:
                data = lists[0]
        return super().extract_records(data)

    @override
    def rows_at_hand(self, context: Context, parent: Record) -> Iterable[Record] | None:
        if self.shared:
            return self.shared_rows.of(context)
        rows = super().rows_at_hand(context, parent)
        if rows is None and self.parent_field and self.private:
            # What the parent could show, but not to us.
            rows = []
        # The parent's record stays what it is.
        return None if rows is None else copy.deepcopy(rows)

    @functools.cached_property
    def shared_rows(self) -> SharedRows:
        """The rows of a list that other streams need too."""
        return SharedRows(self)

    @override
    def transform(self, record: Record, context: Context, parent: Record) -> Record | None:
        for name in self.marker_fields:
            record.pop(name, None)
        self.tap.normaliser.apply(record, self._main_language(parent))
        return record

    @property
    @override
    def leaves_rows(self) -> bool:
        return not self.marker_fields and not overridden(type(self), UluleStream, ROW_HOOKS)

    @override
    def leaves_page(self, rows: EncodedRows) -> bool:
        return self.tap.normaliser.leaves(rows)

    def _main_language(self, parent: Record) -> str | None:
        return self.language or parent.get("lang") or parent.get(LANGUAGE)

    @override
    def for_children(self, record: Record, parent: Record) -> Record:
        """Return a copy that knows the language of its texts."""
        return {**record, LANGUAGE: record.get("lang") or self._main_language(parent)}


class ProjectStream(UluleStream):
    """A list of one project."""

    context_fields = ("project_id",)


class UserStream(UluleStream):
    """A list of one user: of the signed-in one, and of those in ``user_ids``."""

    context_fields: tuple[str, ...] = ("user_id",)
    private = True
    only_self: bool = False

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        users = [self.tap.my_id] if self.only_self else self.tap.users
        return [{"user_id": user} for user in users if user is not None]


class PartnerStream(UluleStream):
    """A list of each partner in ``partner_slugs``."""

    context_fields = ("partner_slug",)
    configured_by = "partner_slugs"
    private = True

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"partner_slug": slug} for slug in self.config["partner_slugs"]]
