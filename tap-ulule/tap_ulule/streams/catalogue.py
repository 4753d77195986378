"""What the platform itself offers: tags, channels, goals, newsletters."""

from __future__ import annotations

import copy
import typing as t

from tap_ulule._kit.compat import override
from tap_ulule.client import UluleStream

if t.TYPE_CHECKING:
    from tap_ulule._kit.records import Context, Record

# The main language of texts of the platform's own.
ENGLISH = "en"


class CatalogueStream(UluleStream):
    """A list of the platform's own, in one piece."""

    shared = True
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
    child_parameters: t.ClassVar[dict[str, str]] = {"category_slug": "slug"}

    @override
    def rows_at_hand(self, context: Context, parent: Record) -> list[Record]:
        """Return the tags that are categories."""
        return [copy.deepcopy(row) for row in self.tap.tags if not row.get("category")]


class CategoryTags(CatalogueStream):
    """Tags by category, taken from the tags: no request of their own."""

    name = "category_tags"
    path = "/categories/{category_id}/tags"
    primary_keys = ("category_id", "id")
    selected_by_default = False

    @override
    def rows_at_hand(self, context: Context, parent: Record) -> list[Record]:
        """Return the tags that have a category."""
        return [copy.deepcopy(row) for row in self.tap.tags if row.get("category")]

    @override
    def transform(self, record: Record, context: Context, parent: Record) -> Record | None:
        record["category_id"] = record.pop("category")["id"]
        return super().transform(record, context, parent)


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
    child_parameters: t.ClassVar[dict[str, str]] = {"channel_slug": "slug"}


class ChannelDetails(UluleStream):
    """One channel; the list already has it all."""

    name = "channel_details"
    path = "/channels/{channel_slug}"
    parent_stream_type = Channels
    primary_keys = ("slug",)
    single = True
    language = ENGLISH
    change_markers = ("updated_at",)
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
