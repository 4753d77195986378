"""Ulule's projects and their lists, as the Singer SDK's template would have them."""

from __future__ import annotations

import decimal
import json
import sys
import typing as t
from pathlib import Path
from urllib.parse import parse_qsl

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import APIKeyAuthenticator
from singer_sdk.helpers.jsonpath import extract_jsonpath
from singer_sdk.pagination import BaseHATEOASPaginator, SinglePagePaginator

if t.TYPE_CHECKING:
    from collections.abc import Iterable
    from urllib.parse import ParseResult

    import requests
    from singer_sdk.helpers.types import Context, Record

# The work counts requests: the types of the other fields do not matter.
SCHEMA: dict[str, t.Any] = {
    "type": "object",
    "additionalProperties": True,
    "properties": {
        "id": {"type": ["integer"]},
        "project_id": {"type": ["integer", "null"]},
        "submit_date": {"type": ["string", "null"], "format": "date-time"},
    },
}


class MetaNextPaginator(BaseHATEOASPaginator):
    """Follows ``meta.next``, a query string."""

    def get_next_url(self, response: requests.Response) -> str | None:
        """Return the link to the next page."""
        return (response.json().get("meta") or {}).get("next")


class UluleStream(RESTStream[t.Any]):
    """What the streams share."""

    primary_keys: t.Sequence[str] = ("id",)
    schema: t.ClassVar[dict[str, t.Any]] = SCHEMA

    @property
    def url_base(self) -> str:
        """The API's root."""
        return str(self.config["api_url"])

    @property
    def authenticator(self) -> APIKeyAuthenticator:
        """An API key in a header."""
        return APIKeyAuthenticator(
            key="Authorization", value=f"ApiKey {self.config['username']}:{self.config['api_key']}"
        )

    @property
    def http_headers(self) -> dict[str, str]:
        """The version."""
        return {"Ulule-Version": "2017-10-10"}

    def get_new_paginator(self) -> BaseHATEOASPaginator:
        """Return the paginator."""
        return MetaNextPaginator()

    def get_url_params(
        self,
        context: Context | None,  # noqa: ARG002
        next_page_token: ParseResult | None,
    ) -> dict[str, t.Any]:
        """Return the parameters of the next link, or the page size."""
        if next_page_token:
            return dict(parse_qsl(next_page_token.query))
        return {"limit": 20}

    def parse_response(self, response: requests.Response) -> Iterable[Record]:
        """Yield the records of a page."""
        yield from extract_jsonpath(
            self.records_jsonpath, input=response.json(parse_float=decimal.Decimal)
        )


class Projects(UluleStream):
    """One request per project."""

    name = "projects"
    path = "/projects/{project_id}"
    records_jsonpath = "$"

    @property
    def partitions(self) -> list[dict[str, t.Any]]:
        """One partition per configured project."""
        return [{"project_id": number} for number in self.config["project_ids"]]

    def get_new_paginator(self) -> SinglePagePaginator:  # type: ignore[override]
        """A project is one page."""
        return SinglePagePaginator()

    def get_child_context(self, record: Record, context: Context | None) -> dict[str, t.Any]:  # noqa: ARG002
        """Return the child's path parameter."""
        return {"project_id": record["id"]}


def child(list_name: str, bookmark: str | None = None) -> type[UluleStream]:
    """Return the stream of one list of a project."""
    return type(
        list_name.title(),
        (UluleStream,),
        {
            "name": f"project_{list_name}",
            "path": f"/projects/{{project_id}}/{list_name}",
            "records_jsonpath": f"$.{list_name}[*]",
            "parent_stream_type": Projects,
            "replication_key": bookmark,
        },
    )


STREAMS = (
    Projects,
    child("rewards"),
    child("comments", "submit_date"),
    child("news"),
    child("supporters"),
    child("orders"),
)


class TapUlulePlain(Tap):
    """The tap."""

    name = "tap-ulule-plain"
    config_jsonschema: t.ClassVar[dict[str, t.Any]] = th.PropertiesList(
        th.Property("api_url", th.StringType, required=True),
        th.Property("username", th.StringType),
        th.Property("api_key", th.StringType, secret=True),
        th.Property("project_ids", th.ArrayType(th.IntegerType), required=True),
    ).to_dict()

    def discover_streams(self) -> list[UluleStream]:
        """Return all streams."""
        return [stream_type(self) for stream_type in STREAMS]


def _load(file: str) -> dict[str, t.Any]:
    content: dict[str, t.Any] = json.loads(Path(file).read_text(encoding="utf-8"))
    return content


def main(config: str, state: str | None = None) -> None:
    """Sync with a configuration file and the state of an earlier run."""
    TapUlulePlain(config=_load(config), state=_load(state) if state else None).sync_all()


if __name__ == "__main__":
    main(*sys.argv[1:])
