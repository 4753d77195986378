"""The streams of MiiMOSA. No response is documented: unknown keys pass, missing ones do no harm."""

from __future__ import annotations

import collections
import hashlib
import typing as t
from http import HTTPStatus

import msgspec

from tap_miimosa._kit.compat import override
from tap_miimosa._kit.paging.paginators import LinkPaginator
from tap_miimosa._kit.singer.stream import ApiStream

if t.TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from singer_sdk.helpers import types

    from tap_miimosa._kit.errors import DeniedError
    from tap_miimosa._kit.reading.spec import ReadOutcome
    from tap_miimosa._kit.records import Context, Record

# An order, too: nothing says that `in_progress` lists the campaigns that are not.
FILTERS = ("order", "category", "type", "region", "keyword")
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
    def tracks_deletions(self) -> bool:
        return bool(self.tap.detects_deletions)

    @property
    @override
    def envelopes(self) -> tuple[str, ...]:
        """A bare array or object is the likeliest; other APIs of its kind wrap them so."""
        return (self.name, "data")

    @override
    def extract_records(self, data: t.Any) -> list[Record]:
        if self.single and isinstance(data, dict) and len(data) == 1:
            ((name, value),) = data.items()
            if name in self.envelopes and isinstance(value, dict):
                data = value
        return super().extract_records(data)


class CampaignStream(MiiMosaStream):
    """Something of each campaign that the filters let through."""

    @property
    def filters(self) -> dict[str, t.Any]:
        """The parameters that say which campaigns are listed; those that are not set are None."""
        return {name: self.config.get(name) for name in FILTERS}

    @override
    def query_identity(self) -> t.Sequence[object]:
        """Return the filters, too: what others leave out is not gone.

        A state from a run without filters stays what it was when there were none in here.
        """
        filters = [f"{name}={value}" for name, value in self.filters.items() if value is not None]
        return (*super().query_identity(), *filters)


class Projects(CampaignStream):
    """Published campaigns."""

    name = "projects"
    path = "/projects"
    child_parameters: t.ClassVar[dict[str, str]] = {"project_id": "id"}

    @override
    def query_parameters(self, context: Context, since: datetime | None) -> dict[str, t.Any]:
        return self.filters

    @override
    def transform(self, record: Record, context: Context, parent: Record) -> Record:
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


class ProjectDetails(CampaignStream):
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
    def transform(self, record: Record, context: Context, parent: Record) -> Record:
        if record.get("id") is None:
            record["id"] = context["project_id"]
        return record


class People(t.Protocol):
    """What streams need to know of their tap.

    Attributes:
        birthdates: The birthdate of each configured person, by e-mail address.
    """

    birthdates: dict[str, str | None]

    def check_address(self) -> None:
        """Check that the API is where it is looked for, before somebody is said to be absent."""


class UserStream(MiiMosaStream):
    """Something of each configured person.

    That a person is not known (404) or was born on another day (403) is what the API has to say
    about them: a row with ``_status`` says so, and the run goes on.

    Addresses and birthdates stay out of contexts that are logged, and out of the state, where a
    person is a digest keyed with the API key.
    """

    context_fields = ("user_email",)
    # Links may write an address in another way.
    resumable = False
    tap: People

    def __init__(self, tap: t.Any) -> None:  # noqa: ANN401 - of the SDK's own class
        """Take the paths of the configured variant."""
        super().__init__(tap)
        self._checked = tap.config.get("user_endpoints") == "user"
        if self._checked:
            self.path = f"/user{self.path}"
        self._absent: collections.Counter[int] = collections.Counter()

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"user_email": email} for email in self.tap.birthdates]

    @override
    def context_id(self, context: Context) -> str:
        """Return what stands for a person in logs and state; it tells nothing without the key."""
        key = hashlib.sha256(str(self.config["api_key"]).encode()).digest()
        email = str(context["user_email"]).encode()
        return "user " + hashlib.blake2b(email, key=key, digest_size=8).hexdigest()

    @override
    def query_parameters(self, context: Context, since: datetime | None) -> dict[str, t.Any]:
        email = context["user_email"]
        if self._checked:
            return {"user_email": email, "user_birthdate": self.tap.birthdates[email]}
        return {"email": email}

    @override
    def after_reading(self, outcome: ReadOutcome) -> None:
        super().after_reading(outcome)
        for status, count in sorted(self._absent.items()):
            of = len(self.tap.birthdates)
            # Everybody: then it is likelier that the paths, or this key, are the wrong ones.
            hint = "; check the setting 'user_endpoints'" if count == of else ""
            self.logger.info(
                "'%s': %d of %d people: %d (%s)%s.",
                self.name, count, of, status, ABSENT[HTTPStatus(status)], hint,
            )  # fmt: skip

    @override
    def rows_for_denied(self, error: DeniedError, context: Context) -> list[Record] | None:
        if error.status not in ABSENT:
            return None
        self.tap.check_address()
        self._absent[error.status] += 1
        return [{STATUS: int(error.status)}]


class Pledges(UserStream):
    """Valid lending pledges of each person."""

    name = "pledges"
    path = "/pledges"

    @override
    def transform(self, record: Record, context: Context, parent: Record) -> Record:
        """Give a row without id, which nothing forbids, one that only depends on its content.

        Equal rows are numbered: they are different pledges. The row of a person without pledges
        keeps its id whatever the reason is.
        """
        if record.get("id") is None:
            content = {k: value for k, value in record.items() if k not in {STATUS, "id"}}
            encoded = msgspec.json.encode(content, order="deterministic")
            digest = hashlib.sha256(encoded).hexdigest()
            number = self.reader.lists.numbers.number(digest)
            record["id"] = f"{digest}-{number}" if number else digest
        return record


class Wallets(UserStream):
    """The wallet of each person's preferred account."""

    name = "wallets"
    path = "/wallet"
    single = True
    primary_keys = ("user_email",)
    # Its key is an address; a person without a wallet has a row that says so.
    tracks_deletions = False

    @property
    @override
    def envelopes(self) -> tuple[str, ...]:
        return ("wallet", "data")


STREAMS = (Projects, ProjectDetails, Pledges, Wallets)
