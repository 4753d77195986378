"""A tap on a made-up library, to test the kit's engine: parents, children, grandchildren.

Runs inside a test, or as a program: ``python tests/kit/tiny_tap.py --config config.json``.
"""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2] / "kit"))

from singer_sdk import typing as th
from singer_sdk.authenticators import APIKeyAuthenticator

from singer_kit.paging.paginators import LinkPaginator, MetaNextPaginator, UrlPaginator
from singer_kit.settings import common_settings
from singer_kit.singer.stream import ApiStream
from singer_kit.singer.tap import ApiTap

if t.TYPE_CHECKING:
    from datetime import datetime

    from singer_kit.records import Context, Record

ANY_ID: dict[str, t.Any] = {"type": ["integer", "string", "null"]}
TEXT: dict[str, t.Any] = {"type": ["string", "null"]}
MOMENT: dict[str, t.Any] = {"type": ["string", "null"], "format": "date-time"}


class Schemas:
    """In place of a folder of schema files."""

    def get_schema(self, name: str) -> dict[str, t.Any]:  # noqa: ARG002 - one for all
        ids = {f"{kind}_id": ANY_ID for kind in ("author", "book", "shelf")}
        moments = {"updated_at": MOMENT, "written_at": MOMENT}
        properties = {"id": ANY_ID, "name": TEXT, **ids, **moments}
        return {"type": "object", "additionalProperties": True, "properties": properties}


class LibraryStream(ApiStream):
    """Tells of deletions where the configuration says so."""

    @property
    def tracks_deletions(self) -> bool:
        return bool(self.tap.detects_deletions)


class Authors(LibraryStream):
    """Paged by the Link header."""

    name = "authors"
    path = "/authors"
    primary_keys = ("id",)
    child_parameters: t.ClassVar[dict[str, str]] = {"author_id": "id"}

    def get_new_paginator(self) -> UrlPaginator:
        return LinkPaginator()


class Awards(LibraryStream):
    """Carried by the author."""

    name = "awards"
    path = "/authors/{author_id}/awards"
    primary_keys = ("id",)
    context_fields = ("author_id",)
    parent_stream_type = Authors
    parent_field = "awards"


class Books(LibraryStream):
    """Paged by meta.next; read when the author's counter moved."""

    name = "books"
    path = "/authors/{author_id}/books"
    envelope = "books"
    primary_keys = ("id",)
    context_fields = ("author_id",)
    parent_stream_type = Authors
    count_field = "books_count"
    change_markers = ("books_count", "books_changed")
    child_parameters: t.ClassVar[dict[str, str]] = {"book_id": "id"}

    def get_new_paginator(self) -> UrlPaginator:
        return MetaNextPaginator()


class Reviews(LibraryStream):
    """Newest first."""

    name = "reviews"
    path = "/books/{book_id}/reviews"
    primary_keys = ("id",)
    context_fields = ("book_id",)
    parent_stream_type = Books
    replication_key = "written_at"
    count_field = "reviews_count"
    change_markers = ("reviews_count",)
    newest_first = "written_at"

    def get_new_paginator(self) -> UrlPaginator:
        return LinkPaginator()


class Loans(LibraryStream):
    """Incremental by ``updated_after``."""

    name = "loans"
    path = "/loans"
    primary_keys = ("id",)
    replication_key = "updated_at"

    def get_new_paginator(self) -> UrlPaginator:
        return LinkPaginator()

    def query_parameters(self, context: Context, since: datetime | None) -> dict[str, t.Any]:  # noqa: ARG002
        return {"updated_after": since.strftime("%Y-%m-%dT%H:%M:%SZ") if since else None}


class Shelves(LibraryStream):
    """One list per configured shelf."""

    name = "shelves"
    path = "/shelves/{shelf_id}"
    child_parameters: t.ClassVar[dict[str, str]] = {"item_id": "id"}
    primary_keys = ("id",)
    context_fields = ("shelf_id",)

    def get_new_paginator(self) -> UrlPaginator:
        return LinkPaginator()

    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"shelf_id": shelf_id} for shelf_id in self.config["shelf_ids"]]

    def transform(self, record: Record, context: Context, parent: Record) -> Record:  # noqa: ARG002
        if "name" in record:
            record.setdefault("id", f"{context['shelf_id']}-{record['name']}")
        return record


class Items(LibraryStream):
    """What stands on a shelf, in full."""

    name = "items"
    path = "/items/{item_id}"
    single = True
    primary_keys = ("id",)
    parent_stream_type = Shelves


class TinyTap(ApiTap):
    """Reads the library."""

    name = "tap-tiny"
    schemas = Schemas()  # type: ignore[assignment]
    stream_types = (Authors, Awards, Books, Reviews, Loans, Shelves, Items)
    probe_path: str | None = "/me"

    config_jsonschema: t.ClassVar[dict[str, t.Any]] = th.PropertiesList(
        th.Property("api_key", th.StringType, secret=True),
        th.Property("detect", th.BooleanType, default=False),
        th.Property("shelf_ids", th.ArrayType(th.StringType), default=[]),
        *common_settings("singer-sdk", api_url=None, rate_limits=(), concurrency=1, refresh_days=0),
    ).to_dict()

    @property
    def detects_deletions(self) -> bool:
        return bool(self.config.get("detect"))

    @property
    def authenticator(self) -> APIKeyAuthenticator:
        return APIKeyAuthenticator(key="Authorization", value=self.config.get("api_key") or "none")


class TinyTapWithoutProbe(TinyTap):
    """Where no cheap request tells whether the credentials work."""

    probe_path = None


if __name__ == "__main__":
    TinyTap.cli()
