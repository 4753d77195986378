"""The streams of MiiMOSA. No response is documented: unknown keys pass, missing ones do no harm."""

from __future__ import annotations

import collections
import hashlib
import sys
import typing as t
from http import HTTPStatus

import msgspec
from singer_sdk.helpers._util import utc_now

from tap_miimosa._kit.errors import DeniedError
from tap_miimosa._kit.paginators import LinkPaginator
from tap_miimosa._kit.stream import ApiStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from singer_sdk.helpers import types

    from tap_miimosa._kit.listing import Listing
    from tap_miimosa._kit.records import Record
    from tap_miimosa.tap import TapMiiMosa

STATUS = "_status"
# What the API answers about a person: no news of a broken stream, but of that person.
ABSENT = {
    HTTPStatus.FORBIDDEN: "the birthdate does not match",
    HTTPStatus.NOT_FOUND: "not known, or without a wallet",
}


class MiiMosaStream(ApiStream):
    """A list or object of MiiMOSA; pagination is in the Link header only."""

    primary_keys: t.Sequence[str] = ("id",)

    @override
    def get_new_paginator(self) -> LinkPaginator:
        return LinkPaginator(total_header="Total", size_header="Per-Page")

    @property
    @override
    def envelopes(self) -> tuple[str, ...]:
        """A bare array or object is the likeliest; other APIs of its kind wrap them so."""
        return (self.name, "data")

    @override
    def select(self, data: t.Any) -> list[Record]:
        if self.single and isinstance(data, dict) and len(data) == 1:
            ((name, value),) = data.items()
            if name in self.envelopes and isinstance(value, dict):
                data = value
        return super().select(data)


class Projects(MiiMosaStream):
    """Published campaigns."""

    name = "projects"
    path = "/projects"

    @override
    def get_url_params(
        self, context: types.Context | None, next_page_token: str | None
    ) -> dict[str, t.Any]:
        filters = ("order", "category", "type", "region", "keyword")
        return {name: self.config.get(name) for name in filters}

    @override
    def transform(self, record: Record, context: types.Context) -> Record:
        """Give a campaign without id its URL: the only field that a document ever named."""
        if record.get("id") is None:
            record["id"] = record.get("url")
        return record

    @override
    def generate_child_contexts(
        self, record: Record, context: types.Context | None
    ) -> Iterable[types.Context | None]:
        """Return no context for a campaign without id: there is no way to ask for its details."""
        if record.get("id") in (None, record.get("url")):
            return ()
        return super().generate_child_contexts(record, context)

    @override
    def child_parameters(self, record: Record) -> dict[str, t.Any]:
        return {"project_id": record["id"]}


class ProjectDetails(MiiMosaStream):
    """One request per campaign."""

    name = "project_details"
    path = "/projects/{project_id}"
    single = True
    parent_stream_type = Projects

    @property
    @override
    def envelopes(self) -> tuple[str, ...]:
        return ("project", "data")

    @override
    def transform(self, record: Record, context: types.Context) -> Record:
        if record.get("id") is None:
            record["id"] = context["project_id"]
        return record


class UserStream(MiiMosaStream):
    """Something of each configured person.

    That a person is not known (404) or was born on another day (403) is what the API has to say
    about them: a row with ``_status`` says so, and the run goes on.

    Addresses and birthdates stay out of contexts that are logged, and out of the state, where a
    person is a digest keyed with the API key.
    """

    inject = ("user_email",)
    _tap: TapMiiMosa

    def __init__(self, tap: TapMiiMosa) -> None:
        """Take the paths of the configured variant."""
        super().__init__(tap)
        self._checked = tap.config.get("user_endpoints") == "user"
        if self._checked:
            self.path = f"/user{self.path}"
        self._absent: collections.Counter[int] = collections.Counter()

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"user_email": email} for email in self._tap.birthdates]

    @override
    def parent_key(self, context: types.Context) -> str:
        """Return what stands for a person in logs and state; it tells nothing without the key."""
        key = hashlib.sha256(str(self.config["api_key"]).encode()).digest()
        email = str(context["user_email"]).encode()
        return "user " + hashlib.blake2b(email, key=key, digest_size=8).hexdigest()

    @override
    def get_url_params(
        self, context: types.Context | None, next_page_token: str | None
    ) -> dict[str, t.Any]:
        email = (context or {})["user_email"]
        if self._checked:
            return {"user_email": email, "user_birthdate": self._tap.birthdates[email]}
        return {"email": email}

    @override
    def read_all(self) -> Iterator[Record]:
        self._absent.clear()
        yield from super().read_all()
        for status, count in sorted(self._absent.items()):
            of = len(self._tap.birthdates)
            # Everybody: then it is likelier that the paths, or this key, are the wrong ones.
            hint = "; check the setting 'user_endpoints'" if count == of else ""
            self.logger.info(
                "'%s': %d of %d people: %d (%s)%s.",
                self.name, count, of, status, ABSENT[HTTPStatus(status)], hint,
            )  # fmt: skip

    @override
    def _read_listing(self, listing: Listing, context: types.Context) -> Iterator[Record]:
        try:
            yield from super()._read_listing(listing, context)
        except DeniedError as error:
            # On a later page it would be no answer about the person.
            if error.status not in ABSENT or listing.url is not None:
                raise
            self._absent[error.status] += 1
            self._extracted_at = utc_now()
            yield from self.prepare([{STATUS: int(error.status)}], context)

    @override
    def _note(self, listing: Listing, mark: str) -> None:
        """Note no place inside a person's list: links may write an address in another way."""


class Pledges(UserStream):
    """Valid lending pledges of each person."""

    name = "pledges"
    path = "/pledges"

    @override
    def _read_listing(self, listing: Listing, context: types.Context) -> Iterator[Record]:
        self._equal: collections.Counter[str] = collections.Counter()
        yield from super()._read_listing(listing, context)

    @override
    def transform(self, record: Record, context: types.Context) -> Record:
        """Give a row without id, which nothing forbids, one that only depends on its content.

        Equal rows are numbered: they are different pledges. The row of a person without pledges
        keeps its id whatever the reason is.
        """
        if record.get("id") is None:
            content = {name: value for name, value in record.items() if name not in {STATUS, "id"}}
            digest = hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()
            number, self._equal[digest] = self._equal[digest], self._equal[digest] + 1
            record["id"] = f"{digest}-{number}" if number else digest
        return record


class Wallets(UserStream):
    """The wallet of each person's preferred account."""

    name = "wallets"
    path = "/wallet"
    single = True
    primary_keys = ("user_email",)

    @property
    @override
    def envelopes(self) -> tuple[str, ...]:
        return ("wallet", "data")


STREAMS = (Projects, ProjectDetails, Pledges, Wallets)
