"""A tap as the Singer SDK's template makes it, nothing tuned."""

from __future__ import annotations

import decimal
import sys
import typing as t
from urllib.parse import parse_qsl

from lists import LISTS, ApiList
from shape import SCHEMA, SMALL_SCHEMA
from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import APIKeyAuthenticator
from singer_sdk.helpers.jsonpath import extract_jsonpath
from singer_sdk.pagination import (
    BaseHATEOASPaginator,
    HeaderLinkPaginator,
    SimpleHeaderPaginator,
)

if t.TYPE_CHECKING:
    from collections.abc import Iterable
    from urllib.parse import ParseResult

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


class MetaNextPaginator(BaseHATEOASPaginator):
    """Follows ``meta.next``, a query string."""

    def get_next_url(self, response: requests.Response) -> str | None:
        """Return the link to the next page."""
        return response.json()["meta"]["next"]


class ListStream(ApiStream):
    """A list of MOCO or Ulule."""

    described: t.ClassVar[ApiList]

    def get_new_paginator(self) -> BaseHATEOASPaginator:  # type: ignore[override]
        """Return the paginator for its links."""
        return MetaNextPaginator() if self.described.envelope else HeaderLinkPaginator()

    def get_url_params(
        self,
        context: Context | None,  # noqa: ARG002
        next_page_token: ParseResult | None,
    ) -> dict[str, t.Any]:
        """Return the parameters of the next link, or the first page's."""
        query = next_page_token.query if next_page_token else self.described.query
        return dict(parse_qsl(query))


def list_stream(found: ApiList) -> type[ListStream]:
    """Return the stream of a list."""
    return type(
        "Listed",
        (ListStream,),
        {
            "described": found,
            "name": found.name,
            "path": found.path,
            "schema": found.schema(),
            "records_jsonpath": f"$.{found.envelope}[*]" if found.envelope else "$[*]",
            "replication_key": found.bookmark,
        },
    )


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
        work = self.config["work"]
        found = (list_stream(LISTS[work]),) if work in LISTS else STREAMS[work]
        return [stream_type(self) for stream_type in found]


if __name__ == "__main__":
    TapPlain(config={"work": sys.argv[1], "api_url": sys.argv[2]}).sync_all()
