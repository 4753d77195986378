"""The streams of microPledge: two requests per project at most."""

from __future__ import annotations

import collections
import sys
import typing as t

from tap_micropledge._kit.errors import DeniedError
from tap_micropledge._kit.stream import ApiStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from singer_sdk.helpers import types

    from tap_micropledge._kit.records import Record

NOT_FOUND = 404


class MicroPledgeStream(ApiStream):
    """A page of the site, as JSON."""

    inject = ("project_slug",)

    @override
    def get_url_params(
        self, context: types.Context | None, next_page_token: str | None
    ) -> dict[str, t.Any]:
        return {"format": "json"}

    @override
    def select(self, data: t.Any) -> list[Record]:
        """Judge by the ``result`` field: an error may come with status 200."""
        if isinstance(data, dict) and data.get("result", "success") != "success":
            raise DeniedError(f"microPledge has no such page for '{self.name}'.", status=NOT_FOUND)
        return super().select(data)


class Projects(MicroPledgeStream):
    """One request per configured slug."""

    name = "projects"
    path = "/projects/{project_slug}"
    single = True
    primary_keys = ("project_slug",)

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"project_slug": slug} for slug in dict.fromkeys(self.config["project_slugs"])]

    @override
    def transform(self, record: Record, context: types.Context) -> Record:
        record.pop("result", None)
        return record

    @override
    def child_parameters(self, record: Record) -> dict[str, t.Any]:
        return {"project_slug": record["project_slug"]}


class Pledges(MicroPledgeStream):
    """All pledges of a project, read again only when their number or sum moved.

    A pledge has no id, and anonymous ones no name: equal rows are numbered, from the oldest on, so
    that the number of an old pledge does not depend on new ones.
    """

    name = "pledges"
    path = "/projects/{project_slug}/pledges"
    envelope = "pledges"
    parent_stream_type = Projects
    primary_keys = ("project_slug", "date", "userslug", "amount", "_occurrence")
    counter = "numPledges"
    signal = ("numPledges", "pledged")

    @override
    def select(self, data: t.Any) -> list[Record]:
        rows = super().select(data)
        seen: collections.Counter[tuple[t.Any, ...]] = collections.Counter()
        for row in reversed(rows):
            row["userslug"] = row.get("userslug") or ""
            key = (row.get("date"), row["userslug"], row.get("amount"))
            row["_occurrence"] = seen[key]
            seen[key] += 1
        return rows


STREAMS = (Projects, Pledges)
