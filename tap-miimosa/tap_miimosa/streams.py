"""The streams of MiiMOSA. No response is documented: unknown keys pass, missing ones do no harm."""

from __future__ import annotations

import hashlib
import sys
import typing as t

import msgspec

from tap_miimosa._kit.paginators import LinkPaginator
from tap_miimosa._kit.stream import ApiStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from singer_sdk.helpers import types

    from tap_miimosa._kit.records import Record


class MiiMosaStream(ApiStream):
    """A list or object of MiiMOSA; pagination is in the Link header only."""

    primary_keys: t.Sequence[str] = ("id",)

    @override
    def get_new_paginator(self) -> LinkPaginator:
        return LinkPaginator(total_header="Total", size_header="Per-Page")

    @property
    @override
    def envelopes(self) -> tuple[str, ...]:
        """A bare array is the likeliest; these were seen elsewhere."""
        return (self.name, "data")


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
    def child_parameters(self, record: Record) -> dict[str, t.Any]:
        return {"project_id": record["id"]}


class ProjectDetails(MiiMosaStream):
    """One request per campaign."""

    name = "project_details"
    path = "/projects/{project_id}"
    single = True
    parent_stream_type = Projects

    @override
    def transform(self, record: Record, context: types.Context) -> Record:
        record.setdefault("id", context["project_id"])
        return record


class UserStream(MiiMosaStream):
    """Something of each configured person."""

    inject = ("user_email",)

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"user_email": user["email"]} for user in self.config["users"]]

    @override
    def get_url_params(
        self, context: types.Context | None, next_page_token: str | None
    ) -> dict[str, t.Any]:
        return {"email": (context or {}).get("user_email")}


class Pledges(UserStream):
    """Valid lending pledges of each person."""

    name = "pledges"
    path = "/pledges"

    @override
    def transform(self, record: Record, context: types.Context) -> Record:
        """Give a row without id, which nothing forbids, one that only depends on its content."""
        if record.get("id") is None:
            content = msgspec.json.encode(record, order="deterministic")
            record["id"] = hashlib.sha256(content).hexdigest()
        return record


class Wallets(UserStream):
    """The wallet of each person's preferred account."""

    name = "wallets"
    path = "/wallet"
    single = True
    primary_keys = ("user_email",)


STREAMS = (Projects, ProjectDetails, Pledges, Wallets)
