"""What the platform itself offers: tags, channels, goals, newsletters."""

from __future__ import annotations

import copy
import typing as t

from tap_ulule._kit.compat import override
from tap_ulule.client import UluleStream

if t.TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from requests import PreparedRequest as Request

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
    """Categories, taken from the tags: no request of their own, unless these tell no category."""

    name = "categories"
    path = "/categories"
    envelope = "categories"
    selected_by_default = False
    child_parameters: t.ClassVar[dict[str, str]] = {"category_slug": "slug"}

    @override
    def rows_at_hand(self, context: Context, parent: Record) -> Iterable[Record] | None:
        """Return the tags that are categories."""
        if not tell_categories(self.tap.tags):
            return super().rows_at_hand(context, parent)
        return [copy.deepcopy(row) for row in self.tap.tags if not row.get("category")]


class CategoryTags(CatalogueStream):
    """Tags by category, taken from the tags: no request of their own, unless these tell none."""

    name = "category_tags"
    path = "/categories/{category_id}/tags"
    envelope = "tags"
    primary_keys = ("category_id", "id")
    selected_by_default = False

    @override
    def config_contexts(self) -> list[dict[str, t.Any]] | None:
        """Return the categories, where each must be asked for its tags."""
        if tell_categories(self.tap.tags):
            return None
        categories = t.cast("UluleStream", self.tap.streams[Categories.name]).shared_rows.all()
        return [{"category_id": row["id"]} for row in categories]

    @override
    def rows_at_hand(self, context: Context, parent: Record) -> Iterable[Record] | None:
        """Return the tags that have a category."""
        if context:
            return super().rows_at_hand(context, parent)
        return [copy.deepcopy(row) for row in self.tap.tags if row.get("category")]

    @override
    def list_request(self, context: Context, since: datetime | None, **add: t.Any) -> Request:
        """Ask for the tags where it is from them that the rows were taken."""
        if context:
            return super().list_request(context, since, **add)
        tags = t.cast("UluleStream", self.tap.streams[Tags.name])
        return tags.list_request(context, since, **add)

    @override
    def transform(self, record: Record, context: Context, parent: Record) -> Record | None:
        category = record.pop("category", None) or {}
        if not context and not category:
            # It is a category, in a list of all tags.
            return None
        record["category_id"] = category.get("id", context.get("category_id"))
        return super().transform(record, context, parent)


def tell_categories(tags: list[Record]) -> bool:
    """Tell whether tags say to which category they belong."""
    return any("category" in tag for tag in tags)


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
