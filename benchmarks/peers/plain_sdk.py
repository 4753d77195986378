"""A tap as the Singer SDK's template makes it, nothing tuned."""

from __future__ import annotations

import decimal
import sys
import typing as t

from shape import SCHEMA, SMALL_SCHEMA
from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import APIKeyAuthenticator
from singer_sdk.helpers.jsonpath import extract_jsonpath
from singer_sdk.pagination import SimpleHeaderPaginator

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    import requests
    from singer_sdk.helpers.types import Context, Record


class ApiStream(RESTStream[t.Any]):
    """What the streams share."""

    records_jsonpath = "$[*]"
    primary_keys: t.Sequence[str] = ("id",)
    schema: t.ClassVar[dict[str, t.Any]] = SMALL_SCHEMA

    @property
    def url_base(self) -> str:
        """The API's root."""
        return str(self.config["api_url"])

    @property
    def authenticator(self) -> APIKeyAuthenticator:
        """An API key in a header."""
        return APIKeyAuthenticator(key="x-api-key", value=self.config.get("auth_token", ""))

    def get_new_paginator(self) -> SimpleHeaderPaginator:
        """Return the paginator for X-Next-Page."""
        return SimpleHeaderPaginator("X-Next-Page")

    def get_url_params(
        self,
        context: Context | None,  # noqa: ARG002
        next_page_token: t.Any | None,  # noqa: ANN401
    ) -> dict[str, t.Any]:
        """Return the page, and the replication key to sort by."""
        params: dict[str, t.Any] = {}
        if next_page_token:
            params["page"] = next_page_token
        if self.replication_key:
            params["sort"] = "asc"
            params["order_by"] = self.replication_key
        return params

    def parse_response(self, response: requests.Response) -> Iterable[Record]:
        """Yield the records of a page."""
        yield from extract_jsonpath(
            self.records_jsonpath, input=response.json(parse_float=decimal.Decimal)
        )


class Records(ApiStream):
    """Contacts."""

    name = "records"
    path = "/records"
    replication_key = "updated_at"
    schema: t.ClassVar[dict[str, t.Any]] = SCHEMA


class Parents(ApiStream):
    """Parents."""

    name = "parents"
    path = "/parents"

    def get_child_context(self, record: Record, context: Context | None) -> dict[str, t.Any]:  # noqa: ARG002
        """Return the child's path parameter."""
        return {"parent_id": record["id"]}


class Children(ApiStream):
    """The children of one parent."""

    name = "children"
    path = "/parents/{parent_id}/children"
    parent_stream_type = Parents


class IncrementalChildren(Children):
    """The same with a bookmark."""

    replication_key = "updated_at"


STREAMS: dict[str, tuple[type[ApiStream], ...]] = {
    "records": (Records,),
    "children": (Parents, Children),
    "incremental_children": (Parents, IncrementalChildren),
}


class TapPlain(Tap):
    """The tap."""

    name = "tap-plain"
    config_jsonschema: t.ClassVar[dict[str, t.Any]] = th.PropertiesList(
        th.Property("api_url", th.StringType, required=True),
        th.Property("auth_token", th.StringType, secret=True),
        th.Property("work", th.StringType, required=True),
    ).to_dict()

    def discover_streams(self) -> list[ApiStream]:
        """Return the streams of the work."""
        return [stream_type(self) for stream_type in STREAMS[self.config["work"]]]


if __name__ == "__main__":
    TapPlain(config={"work": sys.argv[1], "api_url": sys.argv[2]}).sync_all()
