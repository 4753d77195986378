"""What the platform itself offers: tags, channels, goals, newsletters."""

from __future__ import annotations

import sys
import typing as t

from tap_ulule.client import SharedListStream, UluleStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from singer_sdk.helpers import types

    from tap_ulule._kit.records import Record

# The main language of texts of the platform's own.
ENGLISH = "en"


class CatalogueStream(SharedListStream):
    """A list of the platform's own, in one piece."""

    page_size = None
    language = ENGLISH


class Tags(CatalogueStream):
    """Tags and categories: rows without a category are categories."""

    name = "tags"
    path = "/tags"
    envelope = "tags"


class Categories(CatalogueStream):
    """Categories, taken from the tags: no request of their own."""

    name = "categories"
    path = "/categories"
    selected_by_default = False
    hands_down: t.ClassVar[dict[str, str]] = {"category_slug": "slug"}

    @override
    def rows_of(self, context: types.Context) -> list[Record]:
        """Return the tags that are categories."""
        return [row for row in self._tap.tags if not row.get("category")]


class CategoryTags(CatalogueStream):
    """Tags by category, taken from the tags: no request of their own."""

    name = "category_tags"
    path = "/categories/{category_id}/tags"
    primary_keys = ("category_id", "id")
    selected_by_default = False

    @override
    def rows_of(self, context: types.Context) -> list[Record]:
        """Return the tags that have a category."""
        return [row for row in self._tap.tags if row.get("category")]

    @override
    def transform(self, record: Record, context: types.Context) -> Record | None:
        record["category_id"] = record.pop("category")["id"]
        return super().transform(record, context)


class CategoryDetails(UluleStream):
    """One category; the tags already have it all."""

    name = "category_details"
    path = "/categories/{category_slug}"
    parent_stream_type = Categories
    single = True
    language = ENGLISH
    selected_by_default = False


class Channels(UluleStream):
    """Channels."""

    name = "channels"
    path = "/channels"
    envelope = "channels"
    primary_keys = ("slug",)
    language = ENGLISH
    hands_down: t.ClassVar[dict[str, str]] = {"channel_slug": "slug"}


class ChannelDetails(UluleStream):
    """One channel; the list already has it all."""

    name = "channel_details"
    path = "/channels/{channel_slug}"
    parent_stream_type = Channels
    primary_keys = ("slug",)
    single = True
    language = ENGLISH
    signal = ("updated_at",)
    selected_by_default = False


class Sdgs(CatalogueStream):
    """The sustainable development goals."""

    name = "sdgs"
    path = "/sdgs"
    envelope = "sdgs"
    primary_keys = ("code",)


class Newsletters(CatalogueStream):
    """Newsletters."""

    name = "newsletters"
    path = "/newsletters"
    envelope = "newsletters"
    primary_keys = ("slug",)


STREAMS: tuple[type[UluleStream], ...] = (
    Tags,
    Categories,
    CategoryTags,
    CategoryDetails,
    Channels,
    ChannelDetails,
    Sdgs,
    Newsletters,
)
