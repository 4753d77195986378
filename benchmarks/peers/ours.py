"""Ours: the same streams over the kit that the taps of this repository share."""

from __future__ import annotations

import sys
import typing as t

import kit_start  # noqa: F401 - before the SDK
from shape import SCHEMA, SMALL_SCHEMA
from singer_sdk import typing as th

from singer_kit.paging.paginators import LinkPaginator
from singer_kit.settings import common_settings
from singer_kit.singer.stream import ApiStream
from singer_kit.singer.tap import ApiTap


class Schemas:
    """In place of a folder of schema files."""

    def get_schema(self, name: str) -> dict[str, t.Any]:
        """Return the schema of a stream."""
        return SCHEMA if name == "records" else SMALL_SCHEMA


class LinkedStream(ApiStream):
    """Paged by the Link header."""

    primary_keys: t.Sequence[str] = ("id",)

    def get_new_paginator(self) -> LinkPaginator:
        """Follow rel="next"."""
        return LinkPaginator()


class Records(LinkedStream):
    """Contacts."""

    name = "records"
    path = "/records"
    replication_key = "updated_at"


class Parents(LinkedStream):
    """Parents."""

    name = "parents"
    path = "/parents"
    child_parameters: t.ClassVar[dict[str, str]] = {"parent_id": "id"}


class Children(LinkedStream):
    """The children of one parent."""

    name = "children"
    path = "/parents/{parent_id}/children"
    context_fields = ("parent_id",)
    parent_stream_type = Parents


class IncrementalChildren(Children):
    """The same, read again only when the parent's counter moved."""

    change_markers = ("children_count",)
    replication_key = "updated_at"


STREAMS: dict[str, tuple[type[ApiStream], ...]] = {
    "records": (Records,),
    "children": (Parents, Children),
    "incremental_children": (Parents, IncrementalChildren),
}


class TapOurs(ApiTap):
    """The tap."""

    name = "tap-ours"
    schemas = Schemas()  # type: ignore[assignment]
    config_jsonschema: t.ClassVar[dict[str, t.Any]] = th.PropertiesList(
        th.Property("work", th.StringType, required=True),
        *common_settings("singer-sdk", api_url=None, rate_limits=(), concurrency=4, refresh_days=0),
    ).to_dict()


def main(work: str, url: str, concurrency: str = "4", requests: str = "0", s: str = "0") -> None:
    """Run the tap."""
    windows = [{"requests": int(requests), "seconds": float(s)}] if int(requests) else []
    config = {
        "work": work, "api_url": url, "concurrency": int(concurrency), "rate_limits": windows,
    }  # fmt: skip
    TapOurs.stream_types = STREAMS[work]
    TapOurs(config=config).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
